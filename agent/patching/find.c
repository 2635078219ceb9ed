#include "agent/patching/find.h"

#include <string.h>

#include "agent/base/machine/decode.h"

#define SAMPLE       16 /* words: of each stretch as long as a table, its first one and this one are looked at */
#define INSTRUCTIONS 8  /* of a function that returns a constant */
#define TEXT_MAX     128

struct words {
    const uintptr_t *first, *end;
};

/* False: it is no function that returns a number, by its first bytes. Most that are asked about are not: those in tables of
 * virtual functions. */
static bool may_return_number(const struct image *image, uintptr_t function)
{
    const uint8_t *code = (const uint8_t *)function;

    if (image_code_left(image, function) < 16)
        return true; /* who looks closer knows */
    if (code[0] == 0xf3)
        code += 4; /* endbr64 */
    if (code[0] == 0x55)
        code += code[1] == 0x48 ? 4 : 1; /* push rbp; mov rbp, rsp */
    return code[0] == 0xb8 || code[0] == 0x90 || (code[0] == 0x48 && (code[1] == 0xb8 || code[1] == 0xc7));
}

/* What a function returns that does nothing else; false: it does something else. */
static bool constant_of(const struct image *image, uintptr_t function, uint64_t *ret)
{
    static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
    bool known = false;

    for (unsigned i = 0; i < INSTRUCTIONS; i++) {
        size_t left = image_code_left(image, function);
        const uint8_t *code = (const uint8_t *)function;
        struct instruction instruction;
        uint32_t immediate = 0;

        if (!left || !decode(code, left, function, &instruction))
            return false;
        if (instruction.immediate_at)
            memcpy(&immediate, code + instruction.immediate_at, sizeof immediate);
        if (instruction.kind == DECODE_RETURN)
            return known;
        if (instruction.kind != DECODE_PLAIN)
            return false;
        if (instruction.length == 7 && memcmp(code, "\x48\x8d\x05", 3) == 0) { /* lea rax, [rip + x] */
            *ret = instruction.target;
            known = true;
        } else if (instruction.length == 7 && memcmp(code, "\x48\x8b\x05", 3) == 0) { /* mov rax, [rip + x] */
            const void *from = image_at(image, instruction.target, sizeof *ret);
            if (!from)
                return false;
            memcpy(ret, from, sizeof *ret);
            known = true;
        } else if (instruction.length == 5 && code[0] == 0xb8) { /* mov eax, x */
            *ret = immediate;
            known = true;
        } else if (instruction.length == 7 && memcmp(code, "\x48\xc7\xc0", 3) == 0) { /* mov rax, x */
            *ret = (uint64_t)(int64_t)(int32_t)immediate;
            known = true;
        } else if (instruction.length == 10 && memcmp(code, "\x48\xb8", 2) == 0) { /* movabs rax, x */
            memcpy(ret, code + 2, sizeof *ret);
            known = true;
        } else if (!(instruction.length == 4 && memcmp(code, endbr64, 4) == 0) &&
                   !(instruction.length == 1 && (code[0] == 0x55 || code[0] == 0x5d || code[0] == 0xc9 || code[0] == 0x90)) &&
                   !(instruction.length == 3 && memcmp(code, "\x48\x89\xe5", 3) == 0)) { /* a frame pointer of its own */
            return false;
        }
        function += instruction.length;
    }
    return false;
}

static const char *text_of(const struct image *image, uintptr_t function)
{
    uint64_t address = 0;

    if (!constant_of(image, function, &address))
        return NULL;
    for (size_t i = 0; i < TEXT_MAX; i++) {
        const char *byte = image_at(image, (uintptr_t)address + i, 1);
        if (!byte)
            return NULL;
        if (!*byte)
            return (const char *)(uintptr_t)address;
    }
    return NULL;
}

static bool may_stand_in_table(const struct image *image, uintptr_t word)
{
    return word == 0 || (word >= image->range.start && word < image->range.end && image_is_code(image, word));
}

static bool is_table(const struct image *image, const struct copies_hidden *library, const uintptr_t *slots, const uintptr_t *end,
                     struct found_table *ret)
{
    size_t functions = 0;
    uint64_t number = 0;

    *ret = (struct found_table){.slots = slots};
    if (!slots[library->text_slot] || !slots[library->number_slot] || !slots[library->source_slot] ||
        !may_return_number(image, slots[library->number_slot]))
        return false;
    if (!constant_of(image, slots[library->number_slot], &number))
        return false;
    ret->version = text_of(image, slots[library->text_slot]);
    if (!ret->version)
        return false;
    ret->count = library->slots_of(ret->version, number);
    ret->source = text_of(image, slots[library->source_slot]);
    if (ret->count == 0 || ret->count > (size_t)(end - slots))
        return false;
    for (size_t i = 0; i < ret->count; i++)
        functions += slots[i] != 0;
    return functions >= library->least_functions;
}

/* In a row of words that may all stand in a table. */
static bool find_in_row(const struct image *image, const struct copies_hidden *library, struct words row, const uintptr_t *after,
                        struct found_table *ret)
{
    for (const uintptr_t *slots = row.first; slots + library->least_slots <= row.end; slots++) {
        if ((!after || slots > after) && is_table(image, library, slots, row.end, ret))
            return true;
    }
    return false;
}

static bool find_in_words(const struct image *image, const struct copies_hidden *library, struct words words,
                          const uintptr_t *after, struct found_table *ret)
{
    const uintptr_t *at = words.first;
    ptrdiff_t step = (ptrdiff_t)library->least_slots - SAMPLE; /* each row has such a place, with SAMPLE words behind it */

    while (words.end - at > SAMPLE) {
        struct words row = {at, at};
        if (!may_stand_in_table(image, at[0]) || !may_stand_in_table(image, at[SAMPLE])) {
            at += step;
            continue;
        }
        while (row.first > words.first && may_stand_in_table(image, row.first[-1]))
            row.first--;
        while (row.end < words.end && may_stand_in_table(image, *row.end))
            row.end++;
        if (find_in_row(image, library, row, after, ret))
            return true;
        at = row.end > at + step ? row.end : at + step;
    }
    return false;
}

/* Whether a constant table of pointers may stand there. Those of a module that may lie anywhere are written when it is loaded.
 * One that is linked for a fixed address has them in its file; its constants lie among its code, when the linker did not keep
 * them apart (ld before 2.31, gold). */
static bool may_have_table(const struct image *image, const struct image_segment *segment, bool is_apart)
{
    if (segment->is_writable)
        return !segment->is_code;
    return image->base == 0 && (!segment->is_code || !is_apart);
}

bool find_table(const struct image *image, const struct copies_hidden *library, const uintptr_t *after, struct found_table *ret)
{
    bool is_apart = false;

    for (size_t i = 0; i < image->segment_count; i++)
        is_apart = is_apart || (!image->segments[i].is_code && !image->segments[i].is_writable);
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *segment = &image->segments[i];
        uintptr_t start = (segment->range.start + sizeof(uintptr_t) - 1) & ~(sizeof(uintptr_t) - 1);
        struct words words = {(const uintptr_t *)start, (const uintptr_t *)(segment->file_end & ~(sizeof(uintptr_t) - 1))};

        if (!may_have_table(image, segment, is_apart) || words.first >= words.end)
            continue;
        if (find_in_words(image, library, words, after, ret))
            return true;
    }
    return false;
}
