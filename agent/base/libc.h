/* What the agent takes from libc, past whatever the program has put in front of it.
 *
 * A sanitizer, linked into the program or loaded with it, stands in for functions of memory, texts and files: it cannot be called
 * before it has started, which is when it asks our dlsym, and later takes what the agent does for the program's. So libnplus1.so
 * is linked with --wrap (agent/meson.build) for the functions of libc.c: system calls are made directly, texts are short, and
 * functions of memory are simple ones until libc_start has found those of libc itself.
 */
#ifndef NPLUS1_AGENT_BASE_LIBC_H
#define NPLUS1_AGENT_BASE_LIBC_H

/* By the constructor; takes the loader's lock. The loader's own dlopen and dlsym: ours would take it for the program's first
 * load.
 */
void libc_start(void *(*open)(const char *, int), void *(*symbol)(void *, const char *));

#endif
