#include "agent/patching/outline/marks.h"

#include <emmintrin.h>
#include <string.h>

#include "agent/base/memory.h"

#define UNIT   4 /* bytes that have a bit */
#define BITS   64
#define LEA    0x8d
#define LENGTH 7 /* bytes of such an instruction */

static void add(struct marks *marks, const struct image *image, uintptr_t address)
{
    size_t number = (address - marks->start) / UNIT;

    if (address >= image->range.start && address < image->range.end)
        marks->bits[number / BITS] |= UINT64_C(1) << number % BITS;
}

static bool is_lea(const uint8_t *code)
{
    return (code[0] & 0xf8) == 0x48 && code[1] == LEA && (code[2] & 0xc7) == 0x05;
}

static __m128i bytes_at(uintptr_t at)
{
    return _mm_loadu_si128((const __m128i *)at);
}

static __m128i are(__m128i bytes, unsigned mask, unsigned wanted)
{
    return _mm_cmpeq_epi8(_mm_and_si128(bytes, _mm_set1_epi8((char)mask)), _mm_set1_epi8((char)wanted));
}

/* The same as is_lea, of 16 places: a bit for each. */
static unsigned find_leas(uintptr_t at)
{
    __m128i rex = are(bytes_at(at), 0xf8, 0x48), opcode = are(bytes_at(at + 1), 0xff, LEA),
            modrm = are(bytes_at(at + 2), 0xc7, 0x05);

    return (unsigned)_mm_movemask_epi8(_mm_and_si128(_mm_and_si128(rex, opcode), modrm));
}

static void look_at_lea(struct marks *marks, const struct image *image, uintptr_t at)
{
    int32_t distance;

    memcpy(&distance, (const void *)(at + 3), sizeof distance);
    add(marks, image, at + LENGTH + (uintptr_t)(intptr_t)distance);
}

static void look_at_code(struct marks *marks, const struct image *image, const struct image_segment *segment)
{
    uintptr_t at = segment->range.start, end = segment->file_end;

    for (; at + sizeof(__m128i) + LENGTH <= end; at += sizeof(__m128i)) {
        for (unsigned found = find_leas(at); found; found &= found - 1)
            look_at_lea(marks, image, at + (unsigned)__builtin_ctz(found));
    }
    for (; at + LENGTH <= end; at++) {
        if (is_lea((const uint8_t *)at))
            look_at_lea(marks, image, at);
    }
}

static void look_at_data(struct marks *marks, const struct image *image, const struct image_segment *segment)
{
    const uintptr_t *word = (const uintptr_t *)((segment->range.start + sizeof *word - 1) & ~(sizeof *word - 1));

    for (; (uintptr_t)(word + 1) <= segment->file_end; word++)
        add(marks, image, *word);
}

bool marks_make(const struct image *image, struct marks *ret)
{
    struct marks marks = {.start = image->range.start & ~(uintptr_t)(UNIT - 1)};

    marks.size = ((image->range.end - marks.start) / UNIT / BITS + 1) * sizeof *marks.bits;
    marks.bits = memory_map(marks.size);
    if (!marks.bits)
        return false;
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *segment = &image->segments[i];
        if (segment->is_code)
            look_at_code(&marks, image, segment);
        else if (segment->is_writable)
            look_at_data(&marks, image, segment);
    }
    *ret = marks;
    return true;
}

void marks_free(struct marks *marks)
{
    memory_unmap(marks->bits, marks->size);
    marks->bits = NULL;
}

uintptr_t marks_end(const struct marks *marks, uintptr_t address, uintptr_t end)
{
    size_t number = (address - marks->start) / UNIT + 1;

    for (; marks->start + number * UNIT < end; number++) {
        if (marks->bits[number / BITS] >> number % BITS & 1)
            return marks->start + number * UNIT;
    }
    return end;
}
