#include "agent/patching/image.h"

#include <string.h>

#define HEADER       12   /* bytes before the table */
#define ENTRY        8    /* of the table */
#define RELATIVE_32  0x1b /* DW_EH_PE_pcrel | DW_EH_PE_sdata4 */
#define UNSIGNED_32  0x03
#define TABLE_32     0x3b /* DW_EH_PE_datarel | DW_EH_PE_sdata4 */
#define LENGTH_IS_64 UINT32_MAX

const void *image_at(const struct image *image, uintptr_t address, size_t size)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_range *range = &image->segments[i].range;
        if (address >= range->start && address < range->end)
            return size <= range->end - address ? (const void *)address : NULL;
    }
    return NULL;
}

size_t image_code_left(const struct image *image, uintptr_t address)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *segment = &image->segments[i];
        if (segment->is_code && address >= segment->range.start && address < segment->file_end)
            return segment->file_end - address;
    }
    return 0;
}

bool image_is_code(const struct image *image, uintptr_t address)
{
    return image_code_left(image, address) != 0;
}

static uint32_t word_at(uintptr_t address)
{
    uint32_t word;

    memcpy(&word, (const void *)address, sizeof word);
    return word;
}

static void read_functions(struct image *image, uintptr_t header, size_t size)
{
    const uint8_t *encodings = image_at(image, header, size);
    size_t count;

    if (!encodings || size < HEADER || encodings[0] != 1 || encodings[1] != RELATIVE_32 || encodings[2] != UNSIGNED_32 ||
        encodings[3] != TABLE_32)
        return;
    count = word_at(header + 8);
    if (count > (size - HEADER) / ENTRY)
        return;
    image->origin = header;
    image->functions = header + HEADER;
    image->function_count = count;
}

bool image_read(uintptr_t base, const ElfW(Phdr) * headers, size_t count, struct image *ret)
{
    const ElfW(Phdr) *functions = NULL;

    *ret = (struct image){.base = base, .range = {UINTPTR_MAX, 0}};
    for (size_t i = 0; i < count; i++) {
        uintptr_t start = base + headers[i].p_vaddr, end = start + headers[i].p_memsz;
        struct image_segment *segment = &ret->segments[ret->segment_count];
        if (headers[i].p_type == PT_GNU_EH_FRAME)
            functions = &headers[i];
        if (headers[i].p_type == PT_DYNAMIC)
            ret->dynamic = start;
        if (headers[i].p_type != PT_LOAD || headers[i].p_memsz == 0)
            continue;
        if (end < start || headers[i].p_filesz > headers[i].p_memsz)
            return false;
        ret->range.start = start < ret->range.start ? start : ret->range.start;
        ret->range.end = end > ret->range.end ? end : ret->range.end;
        if (!(headers[i].p_flags & PF_R))
            continue;
        if (ret->segment_count == IMAGE_SEGMENTS)
            return false;
        segment->range = (struct image_range){start, end};
        segment->file_end = start + headers[i].p_filesz;
        segment->is_code = headers[i].p_flags & PF_X;
        segment->is_writable = headers[i].p_flags & PF_W;
        ret->segment_count++;
    }
    if (functions)
        read_functions(ret, base + functions->p_vaddr, functions->p_memsz);
    return ret->segment_count > 0;
}

static uintptr_t start_of(const struct image *image, size_t number)
{
    if (image->outline)
        return image->outline[number].start;
    return image->origin + (uintptr_t)(intptr_t)(int32_t)word_at(image->functions + number * ENTRY);
}

/* Its FDE says how long it is. Addresses in FDEs have the form that compilers use for all of them, else it is not known. */
bool image_function_at(const struct image *image, size_t number, struct image_range *ret)
{
    uintptr_t start, record, length;

    if (number >= image->function_count)
        return false;
    if (image->outline) {
        *ret = image->outline[number];
        return true;
    }
    start = start_of(image, number);
    record = image->origin + (uintptr_t)(intptr_t)(int32_t)word_at(image->functions + number * ENTRY + 4);
    if (!image_at(image, record, 16) || word_at(record) < 12 || word_at(record) == LENGTH_IS_64 || word_at(record + 4) == 0 ||
        record + 8 + (uintptr_t)(intptr_t)(int32_t)word_at(record + 8) != start)
        return false;
    length = word_at(record + 12);
    if (length == 0 || image_code_left(image, start) < length)
        return false;
    ret->start = start;
    ret->end = start + length;
    return true;
}

bool image_function(const struct image *image, uintptr_t address, struct image_range *ret, size_t *ret_number)
{
    size_t low = 0, high = image->function_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (start_of(image, middle) <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || !image_function_at(image, low - 1, ret) || address >= ret->end || address < ret->start)
        return false;
    *ret_number = low - 1;
    return true;
}
