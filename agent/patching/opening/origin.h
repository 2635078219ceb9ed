/* Whether it matters who calls dlopen.
 *
 * The real one looks its caller up, by the return address: for the caller's DT_RUNPATH or DT_RPATH when the name has no slash,
 * for $ORIGIN in the name, for its namespace (dlopen(3), ld.so(8)); and a DT_RPATH goes on to count for what is loaded. Where
 * none of that is there, a call from the agent finds the same.
 */
#ifndef NPLUS1_AGENT_PATCHING_OPENING_ORIGIN_H
#define NPLUS1_AGENT_PATCHING_OPENING_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>

/* Any thread; takes the loader's lock for a few microseconds, allocates nothing; may look into the file. */
bool origin_is_same(const char *file, uintptr_t caller);

#endif
