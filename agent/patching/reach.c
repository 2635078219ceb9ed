#include "agent/patching/reach.h"

#include <string.h>

#include "agent/base/memory.h"
#include "agent/patching/decode.h"

#define DATA_WORDS   32                 /* of data that code refers to: a table of functions is no longer */
#define SMALL_NUMBER 65536              /* numbers stand in such tables, too */
#define CODE_MAX     ((size_t)16 << 20) /* bytes that are looked at */
#define CALLEES_MAX  96
#define TABLES_MAX   65536

struct walk {
    const struct image *image;
    struct reach *reach;
    uint32_t *left; /* functions that are reached, and not looked at yet */
    size_t left_count, looked_at;
    uintptr_t *tables; /* in data that they refer to, not looked at yet */
    size_t table_count;
    struct image_range cluster; /* of functions that are reached by calls and jumps */
};

static void add_number(struct walk *walk, size_t number)
{
    uint64_t bit = UINT64_C(1) << number % 64;

    if (walk->reach->bits[number / 64] & bit)
        return;
    walk->reach->bits[number / 64] |= bit;
    walk->left[walk->left_count++] = (uint32_t)number;
}

/* Where code goes: to a function, or a part of one. */
static void add(struct walk *walk, uintptr_t address)
{
    struct image_range range;
    size_t number;

    if (!image_function(walk->image, address, &range, &number))
        return;
    walk->cluster.start = range.start < walk->cluster.start ? range.start : walk->cluster.start;
    walk->cluster.end = range.end > walk->cluster.end ? range.end : walk->cluster.end;
    add_number(walk, number);
}

/* An address of which code makes use: a function's beginning, or data in which there may be a table of functions. */
static void add_address(struct walk *walk, uintptr_t address)
{
    struct image_range range;
    size_t number;

    if (image_is_code(walk->image, address)) {
        if (image_function(walk->image, address, &range, &number) && range.start == address)
            add_number(walk, number);
    } else if (walk->table_count < TABLES_MAX) {
        walk->tables[walk->table_count++] = address;
    }
}

/* What is read from there may be an address itself: the linker's table of addresses (GOT), where neighbours mean nothing. */
static void add_read(struct walk *walk, uintptr_t address)
{
    const uintptr_t *word = address % sizeof *word == 0 ? image_at(walk->image, address, sizeof *word) : NULL;

    if (word && image_at(walk->image, *word, 1))
        add_address(walk, *word);
}

/* Where the data ends nobody knows: what it leads to counts only when it is among the library's other functions. */
static void look_at_table(struct walk *walk, uintptr_t address)
{
    address = (address + sizeof(uintptr_t) - 1) & ~(sizeof(uintptr_t) - 1);
    for (size_t i = 0; i < DATA_WORDS; i++) {
        const uintptr_t *word = image_at(walk->image, address + i * sizeof *word, sizeof *word);
        struct image_range range;
        size_t number;
        if (!word)
            return;
        if (*word >= walk->cluster.start && *word < walk->cluster.end) {
            if (image_function(walk->image, *word, &range, &number) && range.start == *word)
                add_number(walk, number);
        } else if (*word >= SMALL_NUMBER && !image_at(walk->image, *word, 1)) {
            return;
        }
    }
}

static void look_at(struct walk *walk, const struct image_range *function)
{
    struct instruction instruction;

    for (uintptr_t at = function->start; at < function->end; at += instruction.length) {
        uint32_t immediate;
        if (!decode((const uint8_t *)at, function->end - at, at, &instruction))
            return;
        if (instruction.relative_at) {
            if (instruction.target < function->start || instruction.target >= function->end)
                add(walk, instruction.target);
        } else if (instruction.displacement_at) {
            if (instruction.is_lea)
                add_address(walk, instruction.target);
            else if (instruction.kind == DECODE_PLAIN) /* not what is called through it: that is found at run time */
                add_read(walk, instruction.target);
        } else if (instruction.immediate_at && walk->image->base == 0) { /* linked for a fixed address below 2 GiB */
            memcpy(&immediate, (const uint8_t *)at + instruction.immediate_at, sizeof immediate);
            if (immediate >= walk->image->range.start && immediate < walk->image->range.end)
                add_address(walk, immediate);
        }
    }
}

bool reach_make(const struct image *image, const uintptr_t *functions, size_t count, struct reach *ret)
{
    struct reach reach = {.size = (image->function_count + 63) / 64 * sizeof(uint64_t)};
    struct walk walk = {.image = image, .reach = &reach, .cluster = {UINTPTR_MAX, 0}};
    size_t left_size = image->function_count * sizeof *walk.left, tables_size = TABLES_MAX * sizeof *walk.tables;
    bool done = false;

    if (image->function_count == 0)
        return false;
    reach.bits = memory_map(reach.size);
    walk.left = memory_map(left_size);
    walk.tables = memory_map(tables_size);
    if (!reach.bits || !walk.left || !walk.tables)
        goto out;
    for (size_t i = 0; i < count; i++) {
        if (functions[i])
            add(&walk, functions[i]);
    }
    while ((walk.left_count > 0 || walk.table_count > 0) && walk.looked_at < CODE_MAX) {
        struct image_range function;
        if (walk.left_count == 0) {
            look_at_table(&walk, walk.tables[--walk.table_count]);
        } else if (image_function_at(image, walk.left[--walk.left_count], &function)) {
            look_at(&walk, &function);
            walk.looked_at += function.end - function.start;
        }
    }
    done = true;
out:
    memory_unmap(walk.tables, tables_size);
    memory_unmap(walk.left, left_size);
    if (done)
        *ret = reach;
    else
        reach_free(&reach);
    return done;
}

void reach_free(struct reach *reach)
{
    memory_unmap(reach->bits, reach->size);
    reach->bits = NULL;
}

bool reach_has(const struct reach *reach, const struct image *image, uintptr_t address)
{
    struct image_range function;
    size_t number;

    return image_function(image, address, &function, &number) && reach->bits[number / 64] >> number % 64 & 1;
}

bool reach_calls_unknown(const struct image *image, uintptr_t function)
{
    uintptr_t callees[CALLEES_MAX] = {function};
    size_t count = 1;

    for (size_t i = 0; i < count; i++) {
        struct image_range range;
        struct instruction instruction;
        size_t number;

        if (!image_function(image, callees[i], &range, &number))
            continue;
        for (uintptr_t at = callees[i]; at < range.end; at += instruction.length) {
            size_t known = 0;
            if (!decode((const uint8_t *)at, range.end - at, at, &instruction))
                break;
            if (instruction.kind == DECODE_CALL_POINTER || instruction.kind == DECODE_JUMP_POINTER)
                return true;
            if (!instruction.relative_at || (instruction.target >= range.start && instruction.target < range.end))
                continue;
            while (known < count && callees[known] != instruction.target)
                known++;
            if (known == count && count < CALLEES_MAX)
                callees[count++] = instruction.target;
        }
    }
    return false;
}
