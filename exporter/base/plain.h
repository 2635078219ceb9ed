/* Runs of plain characters, which are most of every text: what handles characters one by one passes over them eight at a time.
 * Pure, safe from any thread.
 */
#ifndef NPLUS1_EXPORTER_BASE_PLAIN_H
#define NPLUS1_EXPORTER_BASE_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* How many bytes at the start are printable ASCII, and not one of the two. */
static inline size_t plain_without(const char *text, size_t length, char a, char b)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t tops = 0x80 * ones;
    size_t i = 0;
    for (; length - i >= 8; i += 8) {
        uint64_t v;
        memcpy(&v, text + i, sizeof v);
        uint64_t x = v ^ (uint8_t)a * ones;
        uint64_t y = v ^ (uint8_t)b * ones;
        /* The lowest byte for which one of them is true is told exactly, and none when all are false. */
        uint64_t found = (v | (v + ones) | (v - 0x20 * ones) | ((x - ones) & ~x) | ((y - ones) & ~y)) & tops;
        if (found)
            return i + (size_t)__builtin_ctzll(found) / 8;
    }
    while (i < length && text[i] >= 0x20 && text[i] < 0x7f && text[i] != a && text[i] != b)
        i++;
    return i;
}

/* How many bytes at the start are printable ASCII. */
static inline size_t plain_length(const char *text, size_t length)
{
    return plain_without(text, length, '\0', '\0');
}

#endif
