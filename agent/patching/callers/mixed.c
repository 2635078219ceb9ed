#include "agent/patching/callers/mixed.h"

#include <emmintrin.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/patching/callers/referred.h"
#include "agent/base/machine/decode.h"
#include "agent/patching/plan.h"

#define CALLEES_MAX 512
#define RUN_MAX     4096                 /* bytes of instructions that are looked at from a call on */
#define AROUND      ((uintptr_t)4 << 20) /* bytes on either side that are looked at */

/* Functions of the library by their addresses, in a table that is hashed. */
struct callees {
    uintptr_t addresses[2 * CALLEES_MAX];
    bool is_public[2 * CALLEES_MAX];
    size_t count;
    struct image_range range;
};

static size_t place_of(const struct callees *callees, uintptr_t address)
{
    size_t i = address * UINT64_C(0x9e3779b97f4a7c15) >> 54; /* 1024 places */

    _Static_assert(2 * CALLEES_MAX == 1024, "ten bits");
    while (callees->addresses[i] && callees->addresses[i] != address)
        i = (i + 1) % (2 * (size_t)CALLEES_MAX);
    return i;
}

static void add(struct callees *callees, uintptr_t address, bool is_public)
{
    size_t i = place_of(callees, address);

    if (callees->addresses[i] || callees->count == CALLEES_MAX)
        return;
    callees->addresses[i] = address;
    callees->is_public[i] = is_public;
    callees->count++;
    if (address < callees->range.start)
        callees->range.start = address;
    if (address >= callees->range.end)
        callees->range.end = address + 1;
}

static bool is_public(const struct found_table *table, uintptr_t address)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->slots[i] == address)
            return true;
    }
    return false;
}

/* What a public function calls for itself. */
static void add_callees(struct callees *callees, const struct image *image, const struct found_table *table, uintptr_t address)
{
    struct image_range function, callee;
    struct instruction instruction;
    size_t number;

    if (!image_function(image, address, &function, &number))
        return;
    for (uintptr_t at = address; at < function.end; at += instruction.length) {
        if (!decode((const uint8_t *)at, function.end - at, at, &instruction))
            return;
        if (instruction.relative_at && (instruction.kind == DECODE_CALL || instruction.kind == DECODE_JUMP) &&
            image_function(image, instruction.target, &callee, &number) && callee.start == instruction.target &&
            !is_public(table, instruction.target) && !reach_leads_out(&callee))
            add(callees, instruction.target, false);
    }
}

/* Of the functions that are interposed. */
static void find_callees(struct callees *callees, const struct image *image, const struct copies_hidden *library,
                         const struct found_table *table)
{
    /* Without those that open connections: what they call (sqlite3_initialize) is public, too. */
    for (size_t i = library->opening_count; i < library->interposed_count; i++) {
        if (plan_function(library, table, i))
            add(callees, plan_function(library, table, i), true);
    }
    for (size_t i = library->opening_count; i < library->interposed_count; i++) {
        if (plan_function(library, table, i))
            add_callees(callees, image, table, plan_function(library, table, i));
    }
}

static bool calls_both(const struct callees *callees, const struct image_range *function)
{
    struct instruction instruction;
    bool calls_public = false, calls_inner = false;

    for (uintptr_t at = function->start; at < function->end && !(calls_public && calls_inner); at += instruction.length) {
        size_t i;
        if (!decode((const uint8_t *)at, function->end - at, at, &instruction))
            return false;
        if (!instruction.relative_at || instruction.target < callees->range.start || instruction.target >= callees->range.end)
            continue;
        i = place_of(callees, instruction.target);
        if (!callees->addresses[i])
            continue;
        calls_public = calls_public || callees->is_public[i];
        calls_inner = calls_inner || !callees->is_public[i];
    }
    return calls_public && calls_inner;
}

/* Parts of the library that the table does not lead to, and that are compiled with the rest of it, call both likewise. */
static bool has_such_parts(const struct image *image, const struct copies_hidden *library)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *segment = &image->segments[i];
        for (size_t k = 0; k < ARRAY_LENGTH(library->part_texts); k++) {
            if (!segment->is_writable && memmem((const void *)segment->range.start, segment->file_end - segment->range.start,
                                                library->part_texts[k], strlen(library->part_texts[k])))
                return true;
        }
    }
    return false;
}

/* Nobody can use a copy that is opened by nobody. */
bool mixed_is_unused(const struct image *image, const struct copies_hidden *library, const struct found_table *table)
{
    struct image_range range = {(uintptr_t)table->slots, (uintptr_t)(table->slots + table->count)};
    uintptr_t functions[REFERRED_MAX];
    size_t count = library->opening_count < REFERRED_MAX ? library->opening_count : REFERRED_MAX;

    for (size_t i = 0; i < count; i++)
        functions[i] = plan_function(library, table, i);
    return !referred_is_one_of(image, functions, count, &range);
}

bool mixed_is(const struct image *image, const struct copies_hidden *library, const struct found_table *table,
              const struct reach *reach)
{
    struct callees callees = {.range = {UINTPTR_MAX, 0}};
    struct image_range function, around;

    if (mixed_is_unused(image, library, table))
        return true;
    find_callees(&callees, image, library, table);
    if (callees.count == 0)
        return false;
    around.start = callees.range.start > AROUND ? callees.range.start - AROUND : 0;
    around.end = callees.range.end + AROUND;
    for (size_t i = 0; i < image->function_count; i++) {
        if (reach->bits[i / 64] >> i % 64 & 1)
            continue;
        if (image_function_at(image, i, &function) && function.start >= around.start && function.start < around.end &&
            calls_both(&callees, &function))
            return !has_such_parts(image, library);
    }
    return false;
}

/* Of the library's functions that a call goes to; false: none. */
static bool is_called(const struct callees *callees, uintptr_t target, bool *ret_public)
{
    size_t i;

    if (target < callees->range.start || target >= callees->range.end)
        return false;
    i = place_of(callees, target);
    *ret_public = callees->is_public[i];
    return callees->addresses[i] != 0;
}

/* at: of a byte that is a call's or jump's opcode, with four behind it. Whether code that is not the library's calls one of its
 * functions there, and then, before it returns, one of the other kind. */
static bool calls_both_from(const struct callees *callees, const struct image *image, uintptr_t at)
{
    struct instruction instruction;
    struct image_range function;
    bool first, next;
    size_t number, left;
    int32_t distance;

    memcpy(&distance, (const void *)(at + 1), sizeof distance);
    if (!is_called(callees, at + 5 + (uintptr_t)(intptr_t)distance, &first) || image_function(image, at, &function, &number))
        return false;
    left = image_code_left(image, at);
    if (!decode((const uint8_t *)at, left, at, &instruction))
        return false;
    for (uintptr_t end = at + (left < RUN_MAX ? left : RUN_MAX); at < end && instruction.kind != DECODE_RETURN;) {
        if (instruction.relative_at && is_called(callees, instruction.target, &next) && next != first)
            return true;
        if (instruction.kind == DECODE_JUMP || instruction.kind == DECODE_TRAP)
            return false;
        at += instruction.length;
        if (at >= end || !decode((const uint8_t *)at, end - at, at, &instruction))
            return false;
    }
    return false;
}

bool mixed_is_called_inside(const struct image *image, const struct copies_hidden *library, const struct found_table *table)
{
    const __m128i opcodes = _mm_set1_epi8((char)0xe8), but_one_bit = _mm_set1_epi8((char)0xfe); /* e8: call, e9: jump */
    struct callees callees = {.range = {UINTPTR_MAX, 0}};

    find_callees(&callees, image, library, table);
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *segment = &image->segments[i];
        uintptr_t end = segment->file_end;
        for (uintptr_t at = segment->range.start; segment->is_code && at + 16 + 5 <= end; at += 16) {
            __m128i bytes = _mm_and_si128(_mm_loadu_si128((const __m128i *)at), but_one_bit);
            unsigned found = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, opcodes));
            for (; found; found &= found - 1) {
                if (calls_both_from(&callees, image, at + (unsigned)__builtin_ctz(found)))
                    return !has_such_parts(image, library);
            }
        }
    }
    return false;
}
