/* What the agent takes from libc, past whatever the program has put in front of it.
 *
 * A sanitizer, linked into the program or loaded with it, stands in for functions of memory, texts and files: it cannot be called
 * before it has started, which is when it asks our dlsym, and later takes what the agent does for the program's. So libnplus1.so
 * is linked with --wrap (agent/meson.build) for the functions of libc.c: system calls are made directly, texts are short, and
 * functions of memory are simple ones until libc_start has found those of libc itself.
 */
#ifndef NPLUS1_AGENT_BASE_LIBC_H
#define NPLUS1_AGENT_BASE_LIBC_H

/* Before the first statement, once. find: what libc itself has under a name. */
void libc_start(void *(*find)(const char *name));

#endif
