#include "agent/patching/referred.h"

#include <string.h>

struct wanted {
    uint32_t low[REFERRED_MAX]; /* the lower halves of the addresses; the same one again where there are fewer */
    uint64_t whole[REFERRED_MAX];
};

static bool is_wanted(const uint32_t *low, uint32_t word)
{
    return (word == low[0]) | (word == low[1]) | (word == low[2]) | (word == low[3]);
}

_Static_assert(REFERRED_MAX == 4, "is_wanted compares with each");

/* Relative to the end of the 4 bytes, as calls, jumps and most operands are; or the address itself, in code that is linked for a
 * fixed place. */
static bool in_code(const struct image *image, const struct image_segment *segment, const struct wanted *wanted)
{
    uintptr_t end = segment->file_end - sizeof(uint32_t);
    bool is_fixed = image->base == 0;

    for (uintptr_t at = segment->range.start; at <= end; at++) {
        uint32_t word;
        memcpy(&word, (const void *)at, sizeof word);
        /* Zeros are what fills the room before a function. */
        if ((word != 0 && is_wanted(wanted->low, word + (uint32_t)at + (uint32_t)sizeof word)) ||
            (is_fixed && is_wanted(wanted->low, word)))
            return true;
    }
    return false;
}

static bool in_data(const struct image_segment *segment, const struct wanted *wanted, const struct image_range *table)
{
    const uint64_t *word = (const uint64_t *)((segment->range.start + sizeof *word - 1) & ~(uintptr_t)(sizeof *word - 1));

    for (; (uintptr_t)(word + 1) <= segment->file_end; word++) {
        for (size_t i = 0; i < REFERRED_MAX; i++) {
            if (*word == wanted->whole[i] && (uintptr_t)word - table->start >= table->end - table->start)
                return true;
        }
    }
    return false;
}

bool referred_is_one_of(const struct image *image, const uintptr_t *functions, size_t count, const struct image_range *table)
{
    struct wanted wanted;
    size_t n = 0;

    for (size_t i = 0; i < count && n < REFERRED_MAX; i++) {
        if (functions[i])
            wanted.whole[n++] = functions[i];
    }
    if (n == 0)
        return false;
    for (size_t i = n; i < REFERRED_MAX; i++)
        wanted.whole[i] = wanted.whole[0];
    for (size_t i = 0; i < REFERRED_MAX; i++)
        wanted.low[i] = (uint32_t)wanted.whole[i];
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *segment = &image->segments[i];
        if (segment->file_end - segment->range.start < sizeof(uint64_t))
            continue;
        if (segment->is_code ? in_code(image, segment, &wanted) : in_data(segment, &wanted, table))
            return true;
    }
    return false;
}
