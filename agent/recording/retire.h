/* NPLUS1_MAX_FILES: old recordings make room for a new one. */
#ifndef NPLUS1_AGENT_RECORDING_RETIRE_H
#define NPLUS1_AGENT_RECORDING_RETIRE_H

#include <stdint.h>

/* Removes the oldest recordings beside the one at `path`, which has just begun, until `most` are left. A recording is what has a
 * name that `pattern` (settings.output) can give, and begins like one; those of processes that run, or of other machines, stay.
 * Locked. */
void retire_recordings(const char *path, const char *pattern, uint64_t most);

#endif
