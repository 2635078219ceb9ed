/* Copies of libraries that are called directly, by no name that we could stand in for, looked for in what is loaded, and patched
 * before anybody runs them.
 *
 * At the start, when the process has one thread and nothing has run but constructors; and behind a dlopen, before it returns
 * (agent/loading/loader.h). What cannot be patched safely is left alone, and is not seen: that is noted. Preserves errno.
 */
#ifndef NPLUS1_AGENT_PATCHING_LOOKOUT_H
#define NPLUS1_AGENT_PATCHING_LOOKOUT_H

/* By the constructor, when the settings are known. note: is told of each copy that is left alone; keeps the words; any thread. */
void lookout_start(void (*note)(const char *words));
void lookout_reset_after_fork(void);

#endif
