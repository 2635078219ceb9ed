/* A module as it lies in memory: which of it may be read, what is code, and where its functions begin and end.
 *
 * Read from its program headers and from .eh_frame_hdr, by which every linker says where functions are, also those without a name
 * (Linux Standard Base Core 5.0, 10.6; DWARF 5, 7.24). Every read stays within the segments. Pure; any thread; allocates nothing.
 */
#ifndef NPLUS1_AGENT_PATCHING_IMAGE_H
#define NPLUS1_AGENT_PATCHING_IMAGE_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_SEGMENTS 16

struct image_range {
    uintptr_t start, end;
};

struct image_segment {
    struct image_range range;
    uintptr_t file_end; /* what lies behind it is not in the file, and zero to begin with */
    bool is_code, is_writable;
};

struct image {
    uintptr_t base;
    struct image_range range; /* of all segments */
    struct image_segment segments[IMAGE_SEGMENTS];
    size_t segment_count;
    uintptr_t dynamic;   /* its dynamic section; 0: it has none */
    uintptr_t functions; /* the table of .eh_frame_hdr, and what its numbers are relative to */
    uintptr_t origin;
    size_t function_count;             /* 0: nothing is known of its functions */
    const struct image_range *outline; /* the functions themselves, in place of that table (outline/); NULL: none */
};

/* False: it is no module whose segments can be read. */
bool image_read(uintptr_t base, const ElfW(Phdr) * headers, size_t count, struct image *ret);

/* The bytes at an address; NULL: they are not the module's, not all of them. */
const void *image_at(const struct image *image, uintptr_t address, size_t size);

bool image_is_code(const struct image *image, uintptr_t address);

/* The bytes of code from an address to the end of its segment, 0: none. */
size_t image_code_left(const struct image *image, uintptr_t address);

/* The function, or the part of one, that has an address: its extent and its number, lower than function_count. False: it is not
 * known to be in one. */
bool image_function(const struct image *image, uintptr_t address, struct image_range *ret, size_t *ret_number);
bool image_function_at(const struct image *image, size_t number, struct image_range *ret);

#endif
