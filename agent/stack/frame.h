/* Frames: places in the program, interned and written to the recording when they are new.
 *
 * Any thread; recording_lock is taken only for a new one. 0: it does not fit, or there is no recording.
 */
#ifndef NPLUS1_AGENT_STACK_FRAME_H
#define NPLUS1_AGENT_STACK_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/stack/walker.h"

uint32_t frame_known_native(uintptr_t return_address); /* 0: it is new */
uint32_t frame_intern_native(uintptr_t return_address);
uint32_t frame_intern_vm(const struct language_walker *walker, const struct vm_frame *frame);

/* Tells the frame's function from others; 0: not known. */
uint64_t frame_function(uint32_t id);

/* Whether what the frame calls is a task, which a pool's thread may come to just as well. */
bool frame_runs_task(uint32_t id);

/* Whether the frame belongs to a client of a database, see `clients` of language_walker. */
bool frame_is_client(uint32_t id);

void frame_reset_after_fork(void);

#endif
