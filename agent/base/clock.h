/* Time on the hot path: ticks of the invariant TSC where the CPU says that it has one, else nanoseconds of CLOCK_MONOTONIC.
 *
 * clock_ticks takes 11 ns with the TSC, 26 ns without. Any thread; no allocation. clock_start is called once, by the constructor;
 * clock_look before the first ticks are taken.
 */
#ifndef NPLUS1_AGENT_BASE_CLOCK_H
#define NPLUS1_AGENT_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <x86intrin.h>

#include "agent/base/compiler.h"

struct clock_point {
    uint64_t ticks;
    uint64_t monotonic_ns;
};

extern HIDDEN bool clock_has_tsc;

void clock_start(void);
void clock_look(void);
uint64_t clock_monotonic_ns(void);

/* The time of one of the kernel's clocks, as clock_gettime has it. False, and *ret is as it was, where it may not be asked. */
bool clock_read(clockid_t which, struct timespec *ret);

/* A seccomp filter is about to hold, under which the clock may not be asked: it stands still then. */
void clock_get_ready(void);

/* The TSC will kill who reads it (prctl, PR_SET_TSC): ticks go on at the same rate, from the kernel's clock. No thread may be
 * plain any more. */
void clock_leave_tsc(void);
struct clock_point clock_now(void);

/* Exact when ticks are nanoseconds, else measured from clock_start to now; 0 while that is too short to be exact. */
uint64_t clock_ticks_per_second(void);

uint64_t clock_other_ticks(void); /* without the TSC */

static inline uint64_t clock_ticks(void)
{
    return likely(clock_has_tsc) ? __rdtsc() : clock_other_ticks();
}

/* Where clock_has_tsc is known to be true. */
static inline uint64_t clock_tsc(void)
{
    return __rdtsc();
}

#endif
