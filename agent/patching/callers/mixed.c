#include "agent/patching/callers/mixed.h"

#include <string.h>

#include "agent/base/compiler.h"
#include "agent/patching/callers/referred.h"
#include "agent/patching/decode.h"
#include "agent/patching/plan.h"

#define CALLEES_MAX 512
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
    /* Without those that open connections: what they call (sqlite3_initialize) is public, too. */
    for (size_t i = library->opening_count; i < library->interposed_count; i++) {
        if (plan_function(library, table, i))
            add(&callees, plan_function(library, table, i), true);
    }
    for (size_t i = library->opening_count; i < library->interposed_count; i++) {
        if (plan_function(library, table, i))
            add_callees(&callees, image, table, plan_function(library, table, i));
    }
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
