#include "agent/patching/move.h"

#include <string.h>

#include "agent/base/machine/decode.h"

#define ENDBR64     4  /* bytes */
#define PARTS_MAX   16 /* of a function, that a compiler has moved apart */
#define BRANCH_LONG 6

struct writing {
    struct moved *moved;
    uintptr_t place;
};

static uintptr_t here(const struct writing *w)
{
    return w->place + w->moved->length;
}

static void put(struct writing *w, const void *bytes, size_t size)
{
    memcpy(w->moved->code + w->moved->length, bytes, size);
    w->moved->length += size;
}

/* What is relative to the end of an instruction; false: too far. */
static bool relative_to(uintptr_t end, uintptr_t target, int32_t *ret)
{
    intptr_t distance = (intptr_t)(target - end);

    *ret = (int32_t)distance;
    return distance == *ret;
}

bool move_jump(uintptr_t at, uintptr_t to, uint8_t *ret)
{
    int32_t distance;

    if (!relative_to(at + MOVE_JUMP, to, &distance))
        return false;
    ret[0] = 0xe9;
    memcpy(ret + 1, &distance, sizeof distance);
    return true;
}

static bool put_jump(struct writing *w, uintptr_t to)
{
    uint8_t jump[MOVE_JUMP];

    if (!move_jump(here(w), to, jump))
        return false;
    put(w, jump, sizeof jump);
    return true;
}

static bool put_branch(struct writing *w, const struct instruction *instruction)
{
    uint8_t code[BRANCH_LONG] = {0x0f, (uint8_t)(0x80 | instruction->condition)};
    int32_t distance;

    if (!relative_to(here(w) + sizeof code, instruction->target, &distance))
        return false;
    memcpy(code + 2, &distance, sizeof distance);
    put(w, code, sizeof code);
    return true;
}

/* A call that returns to where it would have, so that nobody who walks the stack meets our code; it is always the last one. */
static bool put_call(struct writing *w, const struct instruction *instruction, uintptr_t from)
{
    uint8_t code[] = {0xff, 0x35, MOVE_JUMP, 0, 0, 0}; /* push [rip + 5] */
    uintptr_t back = from + instruction->length;

    put(w, code, sizeof code);
    if (!put_jump(w, instruction->target))
        return false;
    put(w, &back, sizeof back);
    return true;
}

/* Where the processor keeps return addresses for itself (CET), that would not do. 0: it does not. */
static uint64_t shadow_stack(void)
{
    uint64_t pointer = 0;

    __asm__ volatile("rdsspq %0" : "+r"(pointer));
    return pointer;
}

static bool put_plain(struct writing *w, const struct instruction *instruction, uintptr_t from)
{
    uint8_t code[DECODE_MAX];
    int32_t distance;

    memcpy(code, (const void *)from, instruction->length);
    if (instruction->displacement_at) {
        if (!relative_to(here(w) + instruction->length, instruction->target, &distance))
            return false;
        memcpy(code + instruction->displacement_at, &distance, sizeof distance);
    }
    put(w, code, instruction->length);
    return true;
}

static bool is_within(uintptr_t address, uintptr_t start, uintptr_t end)
{
    return address >= start && address < end;
}

/* nop in one of its forms (volume 2, NOP), or int3. */
static bool is_nop(const uint8_t *code, size_t length)
{
    while (length > 1 && (*code == 0x66 || *code == 0x2e)) {
        code++;
        length--;
    }
    return *code == 0x90 || *code == 0xcc || (length > 2 && code[0] == 0x0f && code[1] == 0x1f);
}

/* Bytes that fill up to where the next function begins. */
static bool is_filling(const struct image *image, uintptr_t from, uintptr_t to)
{
    struct instruction instruction;

    for (uintptr_t at = from; at < to; at += instruction.length) {
        struct image_range other;
        size_t number;
        if (image_function(image, at, &other, &number) ||
            !decode((const uint8_t *)at, image_code_left(image, at), at, &instruction) ||
            !is_nop((const uint8_t *)at, instruction.length))
            return false;
    }
    return true;
}

/* No instruction of the function, nor of its parts elsewhere, goes to what is moved. */
static enum move_result check_branches(const struct image *image, const struct image_range *function, uintptr_t moved_end)
{
    struct image_range parts[PARTS_MAX] = {*function};
    size_t count = 1;

    for (size_t i = 0; i < count; i++) {
        struct instruction instruction;
        for (uintptr_t at = parts[i].start; at < parts[i].end; at += instruction.length) {
            struct image_range other;
            size_t number, known = 0;
            if (!decode((const uint8_t *)at, parts[i].end - at, at, &instruction))
                return MOVE_UNKNOWN;
            if (!instruction.relative_at && !instruction.displacement_at)
                continue;
            if (is_within(instruction.target, function->start, moved_end) &&
                (instruction.kind != DECODE_CALL || instruction.target != function->start) &&
                (instruction.relative_at || instruction.target != function->start))
                return MOVE_BRANCH;
            if (!instruction.relative_at || instruction.kind == DECODE_CALL ||
                is_within(instruction.target, parts[i].start, parts[i].end) ||
                !image_function(image, instruction.target, &other, &number))
                continue;
            while (known < count && parts[known].start != other.start)
                known++;
            if (known == count && count < PARTS_MAX)
                parts[count++] = other;
        }
    }
    return MOVE_DONE;
}

static enum move_result put_instruction(struct writing *w, const struct instruction *instruction, uintptr_t from)
{
    bool done = false;

    if (instruction->is_fixed || w->moved->length + 2 * DECODE_MAX + MOVE_JUMP > MOVE_MAX)
        return MOVE_FIXED;
    switch (instruction->kind) {
    case DECODE_PLAIN:
    case DECODE_RETURN:
    case DECODE_JUMP_POINTER:
    case DECODE_JUMP_REGISTER:
        done = put_plain(w, instruction, from);
        break;
    case DECODE_JUMP:
        done = put_jump(w, instruction->target);
        break;
    case DECODE_BRANCH:
        done = put_branch(w, instruction);
        break;
    case DECODE_CALL:
        if (shadow_stack() != 0)
            return MOVE_FIXED;
        done = put_call(w, instruction, from);
        break;
    case DECODE_COUNTER_BRANCH:
    case DECODE_CALL_POINTER:
    case DECODE_TRAP:
        return MOVE_FIXED;
    }
    return done ? MOVE_DONE : MOVE_FAR;
}

enum move_result move_beginning(const struct image *image, uintptr_t function, uintptr_t place, struct moved *ret)
{
    static const uint8_t endbr64[ENDBR64] = {0xf3, 0x0f, 0x1e, 0xfa};
    struct image_range range;
    struct instruction instruction = {0};
    struct writing writing = {ret, place};
    enum move_result result;
    size_t number;

    *ret = (struct moved){.at = function};
    if (!image_function(image, function, &range, &number) || range.start != function)
        return MOVE_NO_FUNCTION;
    if (range.end - function > ENDBR64 && memcmp((const void *)function, endbr64, ENDBR64) == 0)
        ret->at += ENDBR64;
    while (ret->covered < MOVE_JUMP && ret->at + ret->covered < range.end) {
        uintptr_t from = ret->at + ret->covered;
        if (!decode((const uint8_t *)from, range.end - from, from, &instruction))
            return MOVE_UNKNOWN;
        result = put_instruction(&writing, &instruction, from);
        if (result != MOVE_DONE)
            return result;
        ret->covered += instruction.length;
    }
    if (ret->covered < MOVE_JUMP && !is_filling(image, range.end, ret->at + MOVE_JUMP))
        return MOVE_SHORT;
    result = check_branches(image, &range, ret->at + (ret->covered < MOVE_JUMP ? MOVE_JUMP : ret->covered));
    if (result != MOVE_DONE)
        return result;
    return put_jump(&writing, ret->at + ret->covered) ? MOVE_DONE : MOVE_FAR;
}
