/* The bounds of the calling thread's own stack, found without malloc (pthread_getattr_np uses it). */
#ifndef NPLUS1_AGENT_STACK_STACK_BOUNDS_H
#define NPLUS1_AGENT_STACK_STACK_BOUNDS_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/process/thread.h"

/* Whether `address` lies in the calling thread's own stack (and not in a coroutine's or a signal stack). Fills thread->stack_low
 * and stack_high on the first call, by a question to /proc/self/maps once per thread, or by reading it. */
bool stack_bounds_hold(struct thread *thread, uintptr_t address);

#endif
