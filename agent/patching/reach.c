#include "agent/patching/reach.h"

#include <string.h>

#include "agent/base/memory.h"
#include "agent/base/machine/decode.h"

#define TABLE_WORDS  32
#define SMALL_NUMBER 65536
#define BLOCK        512                /* bytes of data that are looked at together */
#define BLOCKS_MAX   48                 /* of data that code refers to: where it ends nobody knows */
#define CODE_MAX     ((size_t)16 << 20) /* bytes that are looked at */
#define GAP_MAX      32768              /* bytes */
#define TABLES_MAX   65536

struct walk {
    const struct image *image;
    struct reach *reach;
    uint32_t *left; /* functions that are reached, and not looked at yet */
    size_t left_count, looked_at;
    uintptr_t *tables; /* in data that they refer to, not looked at yet */
    size_t table_count, table_looked_at, blocks_size;
    uint8_t *blocks;            /* a bit for each block of the image whose words were looked at, or for each object */
    uint64_t *called;           /* a bit for each function that is called as such */
    size_t first, last;         /* numbers of public functions */
    struct image_range cluster; /* where the library's functions lie, see find_cluster */
    const struct objects *objects;
};

static void add_number(struct walk *walk, size_t number)
{
    uint64_t bit = UINT64_C(1) << number % 64;

    if (walk->reach->bits[number / 64] & bit)
        return;
    walk->reach->bits[number / 64] |= bit;
    walk->left[walk->left_count++] = (uint32_t)number;
}

bool reach_leads_out(const struct image_range *function)
{
    struct instruction instruction;
    uintptr_t at = function->start;

    for (unsigned i = 0; i < 2; i++) { /* endbr64 may come first */
        if (!decode((const uint8_t *)at, function->end - at, at, &instruction) || instruction.kind == DECODE_JUMP_POINTER)
            return true;
        at += instruction.length;
    }
    return false;
}

/* Where code goes: to a function, or a part of one (a compiler moves what is rarely run elsewhere). */
static void add(struct walk *walk, uintptr_t address, bool is_call)
{
    struct image_range range;
    size_t number;

    if (!image_function(walk->image, address, &range, &number))
        return;
    if (is_call && range.start == address && !reach_leads_out(&range))
        walk->called[number / 64] |= UINT64_C(1) << number % 64;
    add_number(walk, number);
}

/* An address of which code makes use: a function's beginning, or data in which there may be a table of functions. Constants of a
 * module that is linked for a fixed address may lie among its code. */
static void add_address(struct walk *walk, uintptr_t address)
{
    struct image_range range;
    size_t number;

    if (image_function(walk->image, address, &range, &number)) {
        if (range.start == address)
            add_number(walk, number);
    } else if (walk->table_count < TABLES_MAX && (walk->image->base == 0 || !image_is_code(walk->image, address))) {
        walk->tables[walk->table_count++] = address;
    }
}

/* What is read from there may be an address itself: the linker's table of addresses (GOT), where neighbours mean nothing. */
static void add_read(struct walk *walk, uintptr_t address)
{
    const uintptr_t *word = address % sizeof *word == 0 ? image_at(walk->image, address, sizeof *word) : NULL;

    if (walk->objects)
        add_address(walk, address); /* several words may be read together */
    else if (word && image_at(walk->image, *word, 1))
        add_address(walk, *word);
}

static bool is_called(const struct walk *walk, size_t number)
{
    return walk->called[number / 64] >> number % 64 & 1;
}

/* A library that was compiled as one lies in one place: from its public functions on as far as there is one of its functions
 * every few KiB. Parts that are rarely run lie elsewhere, and so does what it calls of others (memcpy, linked statically). */
static void find_cluster(struct walk *walk)
{
    struct image_range function;

    if (!image_function_at(walk->image, walk->first, &walk->cluster))
        return;
    for (size_t i = walk->first; i < walk->image->function_count; i++) {
        if (!is_called(walk, i) || !image_function_at(walk->image, i, &function))
            continue;
        if (i > walk->last && function.start - walk->cluster.end > GAP_MAX)
            break;
        walk->cluster.end = function.end;
    }
    for (size_t i = walk->first; i-- > 0;) {
        if (!is_called(walk, i) || !image_function_at(walk->image, i, &function))
            continue;
        if (walk->cluster.start - function.end > GAP_MAX)
            break;
        walk->cluster.start = function.start;
    }
}

static const struct image_segment *segment_of(const struct image *image, uintptr_t address)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        if (address >= image->segments[i].range.start && address < image->segments[i].file_end)
            return &image->segments[i];
    }
    return NULL;
}

static void add_from_table(struct walk *walk, uintptr_t word, uintptr_t around)
{
    struct image_range range;
    size_t number;

    if (word - (walk->cluster.start - around) < walk->cluster.end - walk->cluster.start + 2 * around &&
        image_function(walk->image, word, &range, &number) && range.start == word)
        add_number(walk, number);
}

static void look_at_block(struct walk *walk, uintptr_t from, uintptr_t to)
{
    for (const uintptr_t *word = (const uintptr_t *)from; (uintptr_t)(word + 1) <= to; word++)
        add_from_table(walk, *word, 0);
}

/* A table begins where code refers to it, and has functions, other addresses and small numbers. */
static void look_at_beginning(struct walk *walk, uintptr_t address, uintptr_t end)
{
    const uintptr_t *word = (const uintptr_t *)((address + sizeof *word - 1) & ~(sizeof *word - 1));

    for (size_t i = 0; i < TABLE_WORDS && (uintptr_t)(word + 1) <= end; i++, word++) {
        if (*word >= SMALL_NUMBER && !image_at(walk->image, *word, 1))
            return;
        add_from_table(walk, *word, walk->cluster.end - walk->cluster.start);
    }
}

/* Where it is known where the table ends, all that it leads to is the library's. */
static void look_at_object(struct walk *walk, uintptr_t address, uintptr_t end)
{
    const uintptr_t *word = (const uintptr_t *)((address + sizeof *word - 1) & ~(sizeof *word - 1));
    uintptr_t object_end = objects_end(walk->objects, address, end);
    size_t object = (address - walk->objects->start) / sizeof *word, number;
    struct image_range range;

    /* What is linked for a fixed address begins where numbers may point to (0x400008); the file's header leads to where the
     * program begins. */
    if (address - walk->image->range.start < sizeof(ElfW(Ehdr)) || walk->blocks[object / 8] >> object % 8 & 1)
        return;
    walk->blocks[object / 8] |= (uint8_t)(1 << object % 8);

    for (; (uintptr_t)(word + 1) <= object_end; word++) {
        if (image_function(walk->image, *word, &range, &number) && range.start == *word)
            add_number(walk, number);
        else if (image_at(walk->image, *word, 1) && !image_is_code(walk->image, *word) && walk->table_count < TABLES_MAX)
            walk->tables[walk->table_count++] = *word;
    }
}

/* What a table leads to counts only when it is among the library's other functions, or near them for its first words: the rest
 * may be another's data already. */
static void look_at_table(struct walk *walk, uintptr_t address)
{
    const struct image_segment *segment = segment_of(walk->image, address);

    if (!segment || (!segment->is_writable && walk->image->base != 0)) /* pointers are written when the module is loaded */
        return;
    if (walk->objects) {
        look_at_object(walk, address, segment->file_end);
        return;
    }
    look_at_beginning(walk, address, segment->file_end);
    for (size_t i = 0; i < BLOCKS_MAX; i++) {
        uintptr_t from = (address & ~(uintptr_t)(BLOCK - 1)) + i * BLOCK, to = from + BLOCK;
        size_t number = (from - (walk->image->range.start & ~(uintptr_t)(BLOCK - 1))) / BLOCK;
        if (from >= segment->file_end)
            return;
        if (walk->blocks[number / 8] >> number % 8 & 1)
            continue;
        walk->blocks[number / 8] |= (uint8_t)(1 << number % 8);
        from = from < segment->range.start ? (segment->range.start + sizeof(uintptr_t) - 1) & ~(sizeof(uintptr_t) - 1) : from;
        look_at_block(walk, from, to < segment->file_end ? to : segment->file_end);
    }
}

/* With each function that they lead to, more may lie between functions of the library: then all are looked at again. False: there
 * is nothing left. */
static bool look_at_tables(struct walk *walk)
{
    struct image_range before = walk->cluster;

    if (!walk->objects)
        find_cluster(walk);
    if (before.start != walk->cluster.start || before.end != walk->cluster.end) {
        memset(walk->blocks, 0, walk->blocks_size);
        walk->table_looked_at = 0;
    }
    while (walk->table_looked_at < walk->table_count && walk->left_count == 0)
        look_at_table(walk, walk->tables[walk->table_looked_at++]);
    return walk->left_count > 0;
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
                add(walk, instruction.target, instruction.kind == DECODE_CALL);
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

bool reach_make(const struct image *image, const uintptr_t *functions, size_t count, const struct objects *objects,
                struct reach *ret)
{
    struct reach reach = {.size = (image->function_count + 63) / 64 * sizeof(uint64_t)};
    struct walk walk = {.image = image, .reach = &reach, .first = SIZE_MAX, .objects = objects};
    size_t left_size = image->function_count * sizeof *walk.left, tables_size = TABLES_MAX * sizeof *walk.tables;
    size_t blocks_size = objects ? objects->size : (image->range.end - image->range.start) / BLOCK / 8 + 2;
    bool done = false;

    if (image->function_count == 0)
        return false;
    walk.blocks_size = blocks_size;
    reach.bits = memory_map(reach.size);
    walk.left = memory_map(left_size);
    walk.tables = memory_map(tables_size);
    walk.blocks = memory_map(blocks_size);
    walk.called = memory_map(reach.size);
    if (!reach.bits || !walk.called || !walk.left || !walk.tables || !walk.blocks)
        goto out;
    for (size_t i = 0; i < count; i++) {
        struct image_range function;
        size_t number;
        if (!functions[i] || !image_function(image, functions[i], &function, &number))
            continue;
        walk.first = number < walk.first ? number : walk.first;
        walk.last = number > walk.last ? number : walk.last;
        add(&walk, functions[i], true);
    }
    while (walk.looked_at < CODE_MAX && (walk.left_count > 0 || look_at_tables(&walk))) {
        struct image_range function;
        if (walk.left_count == 0 || !image_function_at(image, walk.left[--walk.left_count], &function))
            continue;
        look_at(&walk, &function);
        walk.looked_at += function.end - function.start;
    }
    done = true;
out:
    memory_unmap(walk.called, reach.size);
    memory_unmap(walk.blocks, blocks_size);
    memory_unmap(walk.tables, tables_size);
    memory_unmap(walk.left, left_size);
    if (done)
        *ret = reach;
    else
        reach_free(&reach);
    return done;
}

bool reach_make_of_outline(const struct outline *outline, struct reach *ret)
{
    struct reach reach = {.size = (outline->count + 63) / 64 * sizeof(uint64_t), .outline = *outline};

    reach.bits = memory_map(reach.size);
    if (!reach.bits)
        return false;
    memset(reach.bits, 0xff, reach.size);
    *ret = reach;
    return true;
}

void reach_free(struct reach *reach)
{
    memory_unmap(reach->bits, reach->size);
    reach->bits = NULL;
    outline_free(&reach->outline);
}

bool reach_has(const struct reach *reach, const struct image *image, uintptr_t address)
{
    struct image_range function;
    size_t number;

    return reach->bits && image_function(image, address, &function, &number) && reach->bits[number / 64] >> number % 64 & 1;
}
