/* Decimal numbers as doubles, rounded to the nearest as strtod does, in no locale.
 *
 * Pure, allocate nothing: safe from any thread.
 */
#ifndef NPLUS1_AGENT_VALUE_DECIMAL_H
#define NPLUS1_AGENT_VALUE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* digits * 10^exponent. False where that takes more than 128 bits of arithmetic. */
bool decimal_double(uint64_t digits, int exponent, double *ret);

/* 1.50, -0.25, 1e+16, 1.5e-07: as databases and languages print what is no plain integer. False for anything else, and for what
 * decimal_double cannot do. *ret_plain: the length without the zeros that end the fraction, set for 1.50 whether it is one or
 * not, else 0. */
bool decimal_parse(const char *text, size_t length, double *ret, size_t *ret_plain);

/* The double that has the shortest decimals of those that are the same single-precision number: 0.1 for what 0.1f is. A double
 * that is no single-precision number stays. */
double decimal_of_single(double v);

#endif
