#include "agent/patching/outline/follow.h"

#include <string.h>

#include "agent/base/memory.h"
#include "agent/base/machine/decode.h"
#include "agent/patching/outline/switches.h"

#define LEFT_MAX     65536
#define DATA_MAX     16384
#define FOLLOWED_MAX ((size_t)8 << 20) /* bytes: SQLite with all of its parts has two */
#define OBJECT_MAX   16384             /* bytes: of what lies between two marks, the first ones may be the library's */
#define SWITCH_MAX   ((uintptr_t)131072)

static bool set(uint64_t *bits, size_t number)
{
    bool was_set = bits[number / 64] >> number % 64 & 1;

    bits[number / 64] |= UINT64_C(1) << number % 64;
    return was_set;
}

static bool is_within(const struct image_range *range, uintptr_t address)
{
    return address - range->start < range->end - range->start;
}

static void go_on_at(struct follow *follow, uintptr_t address)
{
    if (!is_within(&follow->code, address) || follow->left_count == LEFT_MAX)
        follow->failed = true;
    else if (!follow_has(follow, follow->begins, address))
        follow->left[follow->left_count++] = address;
}

void follow_add(struct follow *follow, uintptr_t function)
{
    if (is_within(&follow->code, function) && !set(follow->starts, function - follow->code.start))
        go_on_at(follow, function);
}

static const struct image_segment *data_at(const struct image *image, uintptr_t address)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *segment = &image->segments[i];
        if (address >= segment->range.start && address < segment->file_end && segment->is_writable && !segment->is_code)
            return segment;
    }
    return NULL;
}

static void add_object(struct follow *follow, uintptr_t address)
{
    size_t number = (address - follow->marks->start) / 4;

    if (address % sizeof(uintptr_t) != 0 || !data_at(follow->image, address) || set(follow->objects, number))
        return;
    if (follow->data_count == DATA_MAX)
        follow->failed = true;
    else
        follow->data[follow->data_count++] = address;
}

/* A word of the library's data: a function, or data that has some. */
static void add_word(struct follow *follow, uintptr_t word)
{
    if (is_within(&follow->code, word))
        follow_add(follow, word);
    else
        add_object(follow, word);
}

static void look_at_words(struct follow *follow, uintptr_t address, size_t bytes)
{
    const struct image_segment *segment = address % sizeof(uintptr_t) == 0 ? data_at(follow->image, address) : NULL;
    uintptr_t end;

    if (!segment)
        return;
    end = segment->file_end - address > bytes ? address + bytes : segment->file_end;
    for (const uintptr_t *word = (const uintptr_t *)address; (uintptr_t)(word + 1) <= end; word++)
        add_word(follow, *word);
}

/* Bytes that an instruction reads at least, when it may read pointers: one, or several in a register for vectors, as compilers
 * copy structures. */
static size_t read_size(const uint8_t *code)
{
    while (*code == 0x66 || *code == 0xf3 || *code == 0xf2)
        code++;
    if (*code == 0xc4 || *code == 0xc5 || *code == 0x62)
        return 32;
    code += (*code & 0xf0) == 0x40;
    return *code == 0x0f ? 16 : sizeof(uintptr_t);
}

static void look_at_operand(struct follow *follow, const struct instruction *instruction, uintptr_t at)
{
    if (!instruction->is_lea) {
        if (instruction->kind == DECODE_PLAIN) /* not what is called through it: that is found at run time */
            look_at_words(follow, instruction->target, read_size((const uint8_t *)at));
    } else {
        add_word(follow, instruction->target);
    }
}

/* A table's entries are near the jump, as they are of one function; behind it lie other constants. A loop may be come to from its
 * end first: then what leads to it is seen later. False: where the jump goes is not known. */
static bool follow_switch(struct follow *follow, uintptr_t at)
{
    struct switch_table table;
    enum switch_result result = switch_find(follow, at, &table);

    if (result != SWITCH_FOUND)
        return result == SWITCH_NONE;
    for (uintptr_t entry = table.start; entry + 4 <= table.end; entry += 4) {
        int32_t distance;
        uintptr_t target;
        memcpy(&distance, (const void *)entry, sizeof distance);
        target = table.start + (uintptr_t)(intptr_t)distance;
        if (!is_within(&follow->code, target) || target - (at - SWITCH_MAX) > 2 * SWITCH_MAX)
            break;
        go_on_at(follow, target);
    }
    return true;
}

static void follow_or_wait(struct follow *follow, uintptr_t at)
{
    if (follow_switch(follow, at))
        return;
    if (follow->waiting_count == FOLLOW_WAITING)
        follow->failed = true;
    else
        follow->waiting[follow->waiting_count++] = at;
}

/* False: there is nothing more to do, or nothing that can be done. */
static bool follow_waiting(struct follow *follow)
{
    size_t before = follow->waiting_count;

    follow->waiting_count = 0;
    for (size_t i = 0; i < before; i++)
        follow_or_wait(follow, follow->waiting[i]);
    if (before > 0 && follow->waiting_count == before)
        follow->failed = true;
    return before > 0 && !follow->failed;
}

/* Up to where it does not go on behind an instruction, or where somebody was already. */
static void follow_from(struct follow *follow, uintptr_t at)
{
    struct instruction instruction;

    while (!follow->failed && is_within(&follow->code, at) && !set(follow->begins, at - follow->code.start)) {
        if (!decode((const uint8_t *)at, follow->code.end - at, at, &instruction) || follow->followed > FOLLOWED_MAX) {
            follow->failed = true;
            return;
        }
        follow->followed += instruction.length;
        if (instruction.relative_at) {
            if (instruction.kind == DECODE_CALL)
                follow_add(follow, instruction.target);
            else
                go_on_at(follow, instruction.target);
        } else if (instruction.displacement_at) {
            look_at_operand(follow, &instruction, at);
        }
        if (instruction.kind == DECODE_JUMP_REGISTER)
            follow_or_wait(follow, at);
        if (instruction.kind == DECODE_RETURN || instruction.kind == DECODE_JUMP || instruction.kind == DECODE_TRAP ||
            instruction.kind == DECODE_JUMP_REGISTER || instruction.kind == DECODE_JUMP_POINTER)
            return;
        at += instruction.length;
    }
}

bool follow_all(struct follow *follow)
{
    while (!follow->failed && (follow->left_count > 0 || follow->data_count > 0 || follow_waiting(follow))) {
        uintptr_t object, end;
        if (follow->left_count > 0) {
            follow_from(follow, follow->left[--follow->left_count]);
            continue;
        }
        if (follow->data_count == 0)
            continue;
        object = follow->data[--follow->data_count];
        end = data_at(follow->image, object)->file_end;
        end = end - object > OBJECT_MAX ? object + OBJECT_MAX : end;
        look_at_words(follow, object, marks_end(follow->marks, object, end) - object);
    }
    return !follow->failed;
}

/* False: there is none, or there are several. */
static bool find_code(const struct image *image, struct image_range *ret)
{
    size_t count = 0;

    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *segment = &image->segments[i];
        if (!segment->is_code)
            continue;
        *ret = (struct image_range){segment->range.start, segment->file_end};
        count++;
    }
    return count == 1;
}

bool follow_begin(const struct image *image, const struct marks *marks, struct follow *ret)
{
    struct follow follow = {.image = image, .marks = marks};

    if (image->base == 0 || !find_code(image, &follow.code))
        return false;
    follow.size = ((follow.code.end - follow.code.start) / 64 + 1) * sizeof(uint64_t);
    follow.begins = memory_map(follow.size);
    follow.starts = memory_map(follow.size);
    follow.objects = memory_map(marks->size);
    follow.left = memory_map(LEFT_MAX * sizeof *follow.left);
    follow.data = memory_map(DATA_MAX * sizeof *follow.data);
    *ret = follow;
    if (follow.begins && follow.starts && follow.objects && follow.left && follow.data)
        return true;
    follow_end(ret);
    return false;
}

void follow_end(struct follow *follow)
{
    memory_unmap(follow->begins, follow->size);
    memory_unmap(follow->starts, follow->size);
    memory_unmap(follow->objects, follow->marks->size);
    memory_unmap(follow->left, LEFT_MAX * sizeof *follow->left);
    memory_unmap(follow->data, DATA_MAX * sizeof *follow->data);
}
