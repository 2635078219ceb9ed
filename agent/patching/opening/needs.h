/* What a module's file needs that is not loaded yet. */
#ifndef NPLUS1_AGENT_PATCHING_OPENING_NEEDS_H
#define NPLUS1_AGENT_PATCHING_OPENING_NEEDS_H

#include <stdbool.h>

/* Whether every library that the file names (DT_NEEDED) is loaded or a part of libc, so that none will be searched for. False,
 * too, when the file cannot be read or is no module for this machine. Maps the file for the while; any thread; takes the loader's
 * lock; errno is preserved. */
bool needs_nothing_more(const char *file);

#endif
