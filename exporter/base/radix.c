#include "exporter/base/radix.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"

#define DIGITS 8
#define VALUES 256

static unsigned digit_of(uint64_t key, unsigned digit)
{
    return key >> (8 * digit) & (VALUES - 1);
}

static bool is_sorted(const struct radix_item *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (items[i].key < items[i - 1].key)
            return false;
    }
    return true;
}

/* By one digit after the other, the least one first; one that all keys have in common moves nothing. */
void radix_sort(struct radix_item *items, size_t count)
{
    if (is_sorted(items, count))
        return;
    size_t(*starts)[VALUES] = alloc_zeroed(DIGITS, sizeof *starts);
    struct radix_item *other = alloc_resize(NULL, count, sizeof *other);
    struct radix_item *from = items;
    struct radix_item *to = other;
    for (size_t i = 0; i < count; i++) {
        for (unsigned digit = 0; digit < DIGITS; digit++)
            starts[digit][digit_of(items[i].key, digit)]++;
    }
    for (unsigned digit = 0; digit < DIGITS; digit++) {
        size_t *start = starts[digit];
        size_t before = 0;
        if (start[digit_of(items[0].key, digit)] == count)
            continue;
        for (unsigned value = 0; value < VALUES; value++) {
            size_t here = start[value];
            start[value] = before;
            before += here;
        }
        for (size_t i = 0; i < count; i++)
            to[start[digit_of(from[i].key, digit)]++] = from[i];
        struct radix_item *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != items)
        memcpy(items, from, count * sizeof *items);
    free(other);
    free(starts);
}
