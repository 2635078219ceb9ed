#include "agent/patching/outline/outline.h"

#include <string.h>

#include "agent/base/memory.h"
#include "agent/base/machine/decode.h"
#include "agent/patching/outline/follow.h"
#include "agent/patching/outline/marks.h"

#define FILLING_MAX   15 /* bytes */
#define FUNCTIONS_MAX 65536

/* nop in one of its forms */
static bool is_nop(const uint8_t *code, size_t length)
{
    while (length > 1 && (*code == 0x66 || *code == 0x2e)) {
        code++;
        length--;
    }
    return (length == 1 && *code == 0x90) || (length > 2 && code[0] == 0x0f && code[1] == 0x1f);
}

/* What fills up to where a loop begins is never run, and the function goes on behind it. */
static bool is_filling(uintptr_t from, uintptr_t to)
{
    struct instruction instruction;

    if (to - from > FILLING_MAX)
        return false;
    for (uintptr_t at = from; at < to; at += instruction.length) {
        if (!decode((const uint8_t *)at, to - at, at, &instruction) || !is_nop((const uint8_t *)at, instruction.length))
            return false;
    }
    return true;
}

/* A walk over all instructions in their order. */
struct cutting {
    const struct follow *follow;
    const uintptr_t *foreign;
    struct image_range *functions; /* FUNCTIONS_MAX of them */
    size_t count;
    uintptr_t start, end; /* of the one that is being made; 0: none */
    bool failed;
};

static void cut(struct cutting *cutting)
{
    if (cutting->start == 0)
        return;
    if (cutting->count == FUNCTIONS_MAX)
        cutting->failed = true;
    else
        cutting->functions[cutting->count++] = (struct image_range){cutting->start, cutting->end};
}

static bool is_foreign(const struct cutting *cutting, const struct instruction *instruction)
{
    for (size_t i = 0; i < OUTLINE_FOREIGN && instruction->relative_at; i++) {
        if (cutting->foreign[i] && instruction->target == cutting->foreign[i])
            return true;
    }
    return false;
}

static void take(struct cutting *cutting, uintptr_t at)
{
    const struct follow *follow = cutting->follow;
    struct instruction instruction;

    if (at < cutting->end || !decode((const uint8_t *)at, follow->code.end - at, at, &instruction) ||
        is_foreign(cutting, &instruction)) {
        cutting->failed = true;
        return;
    }
    if (cutting->start == 0 || follow_has(follow, follow->starts, at) || !is_filling(cutting->end, at)) {
        cut(cutting);
        cutting->start = at;
    }
    cutting->end = at + instruction.length;
}

/* False: instructions overlap, or lead where the library does not. */
static bool cut_all(struct cutting *cutting)
{
    const struct follow *follow = cutting->follow;

    for (size_t i = 0; i < follow->size / sizeof *follow->begins && !cutting->failed; i++) {
        for (uint64_t bits = follow->begins[i]; bits; bits &= bits - 1)
            take(cutting, follow->code.start + i * 64 + (unsigned)__builtin_ctzll(bits));
    }
    cut(cutting);
    return !cutting->failed;
}

static bool make(const struct follow *follow, const uintptr_t *foreign, struct outline *ret)
{
    struct cutting cutting = {.follow = follow, .foreign = foreign};
    size_t room = FUNCTIONS_MAX * sizeof *cutting.functions;
    struct outline outline = {0};

    cutting.functions = memory_map(room);
    if (cutting.functions && cut_all(&cutting) && cutting.count > 0) {
        outline.count = cutting.count;
        outline.size = outline.count * sizeof *outline.functions;
        outline.functions = memory_map(outline.size);
    }
    if (outline.functions)
        memcpy(outline.functions, cutting.functions, outline.size);
    memory_unmap(cutting.functions, room);
    *ret = outline;
    return outline.functions != NULL;
}

bool outline_make(const struct image *image, const uintptr_t *functions, size_t count, const uintptr_t foreign[OUTLINE_FOREIGN],
                  struct outline *ret)
{
    struct marks marks;
    struct follow follow;
    bool done = false;

    if (!marks_make(image, &marks))
        return false;
    if (follow_begin(image, &marks, &follow)) {
        for (size_t i = 0; i < count; i++)
            follow_add(&follow, functions[i]);
        done = follow_all(&follow) && make(&follow, foreign, ret);
        follow_end(&follow);
    }
    marks_free(&marks);
    return done;
}

void outline_free(struct outline *outline)
{
    memory_unmap(outline->functions, outline->size);
    *outline = (struct outline){0};
}

void outline_attach(const struct outline *outline, struct image *image)
{
    image->outline = outline->functions;
    image->function_count = outline->count;
}
