#include "agent/patching/late/objects.h"

#include <string.h>

#include "agent/base/memory.h"
#include "agent/base/machine/decode.h"

#define WORD sizeof(uint64_t)

static void add(struct objects *objects, const struct image *image, uintptr_t address)
{
    size_t number = (address - objects->start) / WORD;

    if (address >= image->range.start && address < image->range.end)
        objects->bits[number / 64] |= UINT64_C(1) << number % 64;
}

static void look_at_code(struct objects *objects, const struct image *image, const struct image_range *function)
{
    struct instruction instruction;
    uint32_t immediate;

    for (uintptr_t at = function->start; at < function->end; at += instruction.length) {
        if (!decode((const uint8_t *)at, function->end - at, at, &instruction))
            return;
        if (!instruction.relative_at && instruction.displacement_at)
            add(objects, image, instruction.target);
        if (instruction.immediate_at && image->base == 0) {
            memcpy(&immediate, (const uint8_t *)at + instruction.immediate_at, sizeof immediate);
            add(objects, image, immediate);
        }
    }
}

static void look_at_data(struct objects *objects, const struct image *image, const struct image_segment *segment)
{
    const uintptr_t *word = (const uintptr_t *)((segment->range.start + WORD - 1) & ~(uintptr_t)(WORD - 1));

    for (; (uintptr_t)(word + 1) <= segment->file_end; word++)
        add(objects, image, *word);
}

bool objects_make(const struct image *image, struct objects *ret)
{
    struct objects objects = {.start = image->range.start & ~(uintptr_t)(WORD - 1)};
    struct image_range function;

    objects.size = ((image->range.end - objects.start) / WORD / 64 + 1) * WORD;
    objects.bits = memory_map(objects.size);
    if (!objects.bits)
        return false;
    for (size_t i = 0; i < image->function_count; i++) {
        if (image_function_at(image, i, &function))
            look_at_code(&objects, image, &function);
    }
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *segment = &image->segments[i];
        if (!segment->is_code && (segment->is_writable || image->base == 0))
            look_at_data(&objects, image, segment);
    }
    *ret = objects;
    return true;
}

void objects_free(struct objects *objects)
{
    memory_unmap(objects->bits, objects->size);
    objects->bits = NULL;
}

uintptr_t objects_end(const struct objects *objects, uintptr_t address, uintptr_t end)
{
    size_t number = (address - objects->start) / WORD + 1;

    for (; objects->start + number * WORD < end; number++) {
        if (objects->bits[number / 64] >> number % 64 & 1)
            return objects->start + number * WORD;
    }
    return end;
}
