/* Values as salted 64-bit hashes.
 *
 * One value hashes alike in every form in which a program may hand it over: 42 as an integer, as the text "42", as a binary
 * int4, as the double 42.0 and as the numeric 42.00; 0.1 as a text, a double, a single-precision number; a UUID as 36 characters
 * of either case (with or without hyphens) and as 16 bytes; bytes as such and as \x6162; true as t and 1; a date as a text, as
 * PostgreSQL's days since 2000 and as the midnight it begins with; a text with and without the blanks of a char(n); an array of
 * one element as that element. Text that is none of these ("007", "+5", "4 2") hashes by its bytes. Nothing that is hashed can be
 * read back: the salt is random per process and never leaves it.
 *
 * All functions are pure but for the salt, allocate nothing, take no lock: safe from any thread. VALUE_NULL stands for NULL,
 * which never matches anything; no value hashes to it.
 */
#ifndef NPLUS1_AGENT_VALUE_VALUE_H
#define NPLUS1_AGENT_VALUE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/compiler.h"

#include "agent/base/hash.h"

#define VALUE_NULL UINT64_C(0)
#define VALUE_LONG 4096 /* bytes up to which a value is hashed as a whole */

extern HIDDEN uint64_t value_salt; /* odd; set once, before the first statement */

/* The lowest bits of a hash say how much it is worth that the value is met again. Bit 0 tells integers from all others. Of an
 * integer the next VALUE_NUMBER_BITS are its own, so that the next number of a sequence is recognised as such, and small ones can
 * be read back; of others VALUE_WIDTH_BITS say how many bits tell them from others of their kind. */
#define VALUE_INTEGER     UINT64_C(1)
#define VALUE_NUMBER_BITS 20
#define VALUE_NUMBER_MASK ((UINT64_C(1) << (VALUE_NUMBER_BITS + 1)) - 1)
#define VALUE_WIDTH_BITS  6
#define VALUE_WIDTH_MASK  ((UINT64_C(1) << (VALUE_WIDTH_BITS + 1)) - 1)

#define VALUE_WIDTH_LARGE 24 /* of an integer with more than VALUE_NUMBER_BITS, and of a negative one */
#define VALUE_WIDTH_LIST  63 /* a text that is an array or a JSON array of several elements: a list in one value */

/* The golden ratio spreads what comes in sequence, as ids do, evenly over a table, whatever the salt (Knuth, The Art of Computer
 * Programming, volume 3, 6.4). Multiplied by its inverse modulo 2^21, the lowest bits of a product become those of the factor. */
#define VALUE_GOLDEN         UINT64_C(0x9e3779b97f4a7c15)
#define VALUE_GOLDEN_INVERSE UINT64_C(0x17733d)

_Static_assert((VALUE_GOLDEN * VALUE_GOLDEN_INVERSE & VALUE_NUMBER_MASK) == 1, "one undoes the other");

static inline bool value_is_integer(uint64_t value)
{
    return (value & VALUE_INTEGER) != 0;
}

static inline bool value_is_list(uint64_t value)
{
    return (value & VALUE_WIDTH_MASK) == VALUE_WIDTH_LIST << 1;
}

/* The product's lower half as it is in the lowest bits: an odd factor times an odd one is odd. Integers that differ in nothing
 * but their sign bit hash alike. */
static inline uint64_t value_hash_int(int64_t v)
{
    uint64_t low, high;

    /* What GCC makes of __int128, without two moves. */
    __asm__("mulq %3" : "=a"(low), "=d"(high) : "0"((uint64_t)v * 2 ^ value_salt), "r"(VALUE_GOLDEN) : "cc");
    return low ^ (high & ~VALUE_NUMBER_MASK);
}

/* Of an integer: the number modulo 2^VALUE_NUMBER_BITS. */
static inline uint32_t value_number(uint64_t value)
{
    return (uint32_t)(((value * VALUE_GOLDEN_INVERSE ^ value_salt) & VALUE_NUMBER_MASK) >> 1);
}

/* An integer that can be a bit of a word: value_number is all of it. */
static inline bool value_is_small(uint64_t value)
{
    return value_is_integer(value) && value_number(value) < 64 && value_hash_int(value_number(value)) == value;
}

/* Bits that tell the value from others of its kind; of an integer, those of its size. */
static inline uint32_t value_width(uint64_t value)
{
    uint32_t number;

    if (!value_is_integer(value))
        return (uint32_t)(value & VALUE_WIDTH_MASK) >> 1;
    number = value_number(value);
    return value_hash_int(number) == value ? 31U ^ (uint32_t)__builtin_clz(number * 2 + 1) : VALUE_WIDTH_LARGE;
}

/* A double with an integral value in the range of int64_t hashes as that integer; -0.0 as 0; every NaN alike; what is a
 * single-precision number as its shortest decimals. */
uint64_t value_hash_double(double v);

/* Microseconds since 2000: a midnight hashes as its day, counted from there; days follow each other as numbers do. */
uint64_t value_hash_moment(int64_t microseconds);

/* An array of several elements, in a form of its own. */
uint64_t value_hash_list(const void *data, size_t length);

/* text may be NULL only when length is 0; need not be terminated; may be any bytes. */
uint64_t value_hash_text(const char *text, size_t length);

/* A text or bytes of more than VALUE_LONG bytes: by its beginning, its end and its length. Whether it is a list is told as of a
 * short one, by its ends and its beginning. */
uint64_t value_hash_long(const void *data, size_t length);

/* 16 bytes hash as a UUID; others by their bytes, and alike with text of the same bytes. */
uint64_t value_hash_blob(const void *data, size_t length);

#endif
