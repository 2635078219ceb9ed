/* What a seccomp filter allows that nobody has seen, as it was there before the program: each system call that the agent makes is
 * made once, without effect, in a child that may die of it. */
#ifndef NPLUS1_AGENT_BASE_SANDBOX_TRIAL_H
#define NPLUS1_AGENT_BASE_SANDBOX_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#define TRIAL_NUMBERS 512 /* system calls have numbers below that */

struct trial {
    uint64_t harmless[TRIAL_NUMBERS / 64]; /* bits: numbers of system calls */
};

/* Where no child can be had, harmless are those that the loader has just made. The child is seen by no wait of the program and
 * sends no signal; if the filter kills who makes one, nothing helps. Some 40 us where nothing is killed. */
void trial_run(struct trial *ret);

static inline bool trial_has(const struct trial *trial, long number)
{
    return number >= 0 && number < TRIAL_NUMBERS && trial->harmless[number / 64] >> number % 64 & 1;
}

#endif
