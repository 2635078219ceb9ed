/* A stack walker that says what the test wants, and the table that names it: the agent without any collector. */
#ifndef NPLUS1_TESTS_UNIT_AGENT_STUB_WALKER_H
#define NPLUS1_TESTS_UNIT_AGENT_STUB_WALKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The stack that is walked from now on: the real return address of the probe's caller, then `frames`, innermost first. */
void stub_walker_set(const uintptr_t *frames, size_t count);

/* There is no walker, if this is said before the first connection. */
void stub_walker_fail(void);

/* To be called by whoever plays the interposed function: what its return address is. */
void stub_walker_enter(uintptr_t return_address);

#endif
