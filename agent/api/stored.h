/* Frames of stacks, read back from the recording: the agent keeps their numbers alone.
 *
 * The recording's bytes are the agent's own; a damaged one (another process wrote to it) gives fewer frames. Any thread. Memory
 * is the agent's and given back by stored_close.
 */
#ifndef NPLUS1_AGENT_API_STORED_H
#define NPLUS1_AGENT_API_STORED_H

#include <stddef.h>
#include <stdint.h>

#include "exporter/stream/nplus1.pb-c.h"

#define STORED_FRAMES 128

struct stored;

/* Takes the recording's lock for a moment, and looks through the recording, 1 ms for each MiB. NULL: there is none, or no memory.
 */
struct stored *stored_open(void);

/* The frames of a stack, innermost first; their number. They stay valid until stored_close. */
size_t stored_stack(struct stored *stored, uint32_t stack, const Nplus1__Frame *ret[STORED_FRAMES]);

/* Where a frame of native code lies; NULL: nobody knows. */
const char *stored_module(struct stored *stored, const Nplus1__Frame *frame);

/* Where a frame of native code was in memory when it was recorded; 0: nobody knows. */
uintptr_t stored_address(struct stored *stored, const Nplus1__Frame *frame);

/* The command line of the program, as it is recorded. */
const char *const *stored_command(const struct stored *stored, size_t *ret_count);

void stored_close(struct stored *stored); /* takes NULL */

#endif
