#include "agent/patching/late/late.h"

#include <string.h>

#include "agent/base/compiler.h"
#include "agent/base/machine/decode.h"
#include "agent/patching/plan.h"

#define CALLEES_MAX 128
#define SHORT_JUMP  256  /* bytes that a jump with one byte does not go */
#define HEART_LEAST 8192 /* bytes: an interpreter has more, what it calls has less */

/* Functions, each once, that a function calls or jumps to; ways into other modules are left out. */
struct callees {
    uintptr_t functions[CALLEES_MAX];
    size_t count;
};

static bool has(const struct callees *callees, uintptr_t function)
{
    for (size_t i = 0; i < callees->count; i++) {
        if (callees->functions[i] == function)
            return true;
    }
    return false;
}

/* False: there are more than there is room for, or not all of it can be read. */
static bool find_callees(const struct image *image, const struct image_range *function, struct callees *ret)
{
    struct instruction instruction;

    ret->count = 0;
    for (uintptr_t at = function->start; at < function->end; at += instruction.length) {
        struct image_range callee;
        size_t number;
        if (!decode((const uint8_t *)at, function->end - at, at, &instruction))
            return false;
        if (!instruction.relative_at || (instruction.target >= function->start && instruction.target < function->end) ||
            !image_function(image, instruction.target, &callee, &number) || callee.start != instruction.target ||
            has(ret, callee.start) || reach_leads_out(&callee))
            continue;
        if (ret->count == CALLEES_MAX)
            return false;
        ret->functions[ret->count++] = callee.start;
    }
    return true;
}

static bool callees_of(const struct image *image, uintptr_t address, struct callees *ret)
{
    struct image_range function;
    size_t number;

    return image_function(image, address, &function, &number) && function.start == address && find_callees(image, &function, ret);
}

static size_t size_of(const struct image *image, uintptr_t address)
{
    struct image_range function;
    size_t number;

    return image_function(image, address, &function, &number) ? function.end - function.start : 0;
}

static bool is_public(const struct found_table *table, uintptr_t address)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->slots[i] == address)
            return true;
    }
    return false;
}

static uintptr_t largest(const struct image *image, const struct callees *callees)
{
    uintptr_t found = 0;
    size_t size = 0;

    for (size_t i = 0; i < callees->count; i++) {
        if (size_of(image, callees->functions[i]) > size) {
            found = callees->functions[i];
            size = size_of(image, found);
        }
    }
    return size >= HEART_LEAST ? found : 0;
}

/* The heart, and what leads from the function to it; none where it is in the function itself. False: there is none. */
static bool find_heart(const struct image *image, const struct found_table *table, uintptr_t step, struct callees *ret)
{
    struct callees direct, next;
    uintptr_t heart;

    ret->count = 0;
    if (size_of(image, step) >= HEART_LEAST)
        return true;
    if (!callees_of(image, step, &direct))
        return false;
    heart = largest(image, &direct);
    for (size_t i = 0; i < direct.count && !heart; i++) {
        if (!is_public(table, direct.functions[i]) && callees_of(image, direct.functions[i], &next))
            heart = largest(image, &next);
    }
    if (!heart)
        return false;
    ret->functions[ret->count++] = heart;
    for (size_t i = 0; i < direct.count; i++) {
        if (!is_public(table, direct.functions[i]) && direct.functions[i] != heart &&
            callees_of(image, direct.functions[i], &next) && has(&next, heart))
            ret->functions[ret->count++] = direct.functions[i];
    }
    return true;
}

/* Without decoding: some 4 bytes would lead there from where they end, as those of calls, jumps and lea do; or it is so near that
 * a single byte would. */
static bool may_refer_to(const struct image_range *function, uintptr_t wanted)
{
    if (wanted + SHORT_JUMP >= function->start && wanted < function->end + SHORT_JUMP)
        return true;
    for (uintptr_t at = function->start; at + sizeof(uint32_t) <= function->end; at++) {
        uint32_t word;
        memcpy(&word, (const void *)at, sizeof word);
        if (word + (uint32_t)at + (uint32_t)sizeof word == (uint32_t)wanted)
            return true;
    }
    return false;
}

/* Whether a function calls one of these, or takes the address of one. */
static bool refers_to(const struct image_range *function, const struct callees *wanted)
{
    struct instruction instruction;
    bool may = false;

    for (size_t i = 0; i < wanted->count && !may; i++)
        may = may_refer_to(function, wanted->functions[i]);
    if (!may)
        return false;
    for (uintptr_t at = function->start; at < function->end; at += instruction.length) {
        if (!decode((const uint8_t *)at, function->end - at, at, &instruction))
            return false;
        if ((instruction.relative_at || (instruction.displacement_at && instruction.is_lea)) && has(wanted, instruction.target))
            return true;
    }
    return false;
}

static bool is_librarys(const struct reach *reach, size_t number)
{
    return reach->bits[number / 64] >> number % 64 & 1;
}

/* Whether a function of the program's part refers to one of these. */
static bool is_used(const struct image *image, const struct reach *reach, const struct callees *wanted)
{
    struct image_range function;

    for (size_t i = 0; i < image->function_count; i++) {
        if (!is_librarys(reach, i) && image_function_at(image, i, &function) && refers_to(&function, wanted))
            return true;
    }
    return false;
}

/* What a copy of a function calls the function calls, too, and it is a good part of that. Where more than half is the same, it
 * may be a copy with something more. */
enum likeness { OTHER, ALIKE, DOUBTFUL };

static enum likeness compare(const struct callees *callees, const struct callees *model)
{
    size_t common = 0;

    for (size_t i = 0; i < callees->count; i++)
        common += has(model, callees->functions[i]);
    if (3 * common < model->count)
        return OTHER;
    if (common == callees->count)
        return ALIKE;
    return 2 * common > callees->count ? DOUBTFUL : OTHER;
}

/* The function that runs statements one by one for the program, or the part of it that does. */
static uintptr_t find_model(const struct image *image, uintptr_t exec, uintptr_t step, struct callees *ret)
{
    struct callees direct;

    if (!callees_of(image, exec, ret))
        return 0;
    if (has(ret, step))
        return exec;
    direct = *ret;
    for (size_t i = 0; i < direct.count; i++) {
        if (callees_of(image, direct.functions[i], ret) && has(ret, step))
            return direct.functions[i];
    }
    return 0;
}

static bool add_behalf(struct late *late, uintptr_t function)
{
    for (size_t i = 0; i < late->behalf_count; i++) {
        if (late->behalf[i] == function)
            return true;
    }
    if (late->behalf_count == LATE_BEHALF)
        return false;
    late->behalf[late->behalf_count++] = function;
    return true;
}

/* False: the program calls a function of which nobody can tell whether it runs statements for it. */
static bool find_copies(const struct image *image, const struct reach *reach, uintptr_t step, const struct callees *model,
                        struct late *late)
{
    struct image_range function;
    struct callees callees;

    for (size_t i = 0; i < image->function_count; i++) {
        enum likeness likeness;
        if (!is_librarys(reach, i) || !image_function_at(image, i, &function) ||
            !refers_to(&function, &(struct callees){{step}, 1}) || !find_callees(image, &function, &callees))
            continue;
        likeness = compare(&callees, model);
        if (likeness == ALIKE && !add_behalf(late, function.start))
            return false;
        if (likeness == DOUBTFUL && is_used(image, reach, &(struct callees){{function.start}, 1}))
            return false;
    }
    return true;
}

bool late_is_possible(const struct image *image, const struct copies_hidden *library, const struct found_table *table,
                      const struct reach *reach, struct late *ret)
{
    uintptr_t step = plan_function(library, table, library->late[0]), exec = table->slots[library->behalf_slots[0]];
    struct callees heart, model;
    uintptr_t runs;

    *ret = (struct late){0};
    for (size_t i = 0; i < ARRAY_LENGTH(library->behalf_slots); i++) {
        if (table->slots[library->behalf_slots[i]])
            add_behalf(ret, table->slots[library->behalf_slots[i]]);
    }
    runs = find_model(image, exec, step, &model);
    return runs && add_behalf(ret, runs) && is_used(image, reach, &(struct callees){{step}, 1}) &&
           find_heart(image, table, step, &heart) && !is_used(image, reach, &heart) &&
           find_copies(image, reach, step, &model, ret);
}
