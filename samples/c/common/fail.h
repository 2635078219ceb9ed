/* The end of a sample that cannot go on. */
#ifndef NPLUS1_SAMPLES_C_COMMON_FAIL_H
#define NPLUS1_SAMPLES_C_COMMON_FAIL_H

_Noreturn void sample_fail(const char *why);

#endif
