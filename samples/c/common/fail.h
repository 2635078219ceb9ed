/* The end of a sample that cannot go on. */
#ifndef SAMPLES_FAIL_H
#define SAMPLES_FAIL_H

/* Says why on stderr, behind the name of the program, and exits with status 2. */
_Noreturn void sample_fail(const char *why);

#endif
