/* A module in memory, damaged: searched for a library that is known by its table, as agent and doctor do; what is to be patched
 * must be sound whatever the module says of itself.
 *
 * Input: four segments of 8 bytes (start and bytes in the file, 2 bytes each in units of 16; bytes behind them, likewise; what
 * may be done to it, 1 byte; of the first one, whether the module is linked for a fixed address, 1 byte), 8 bytes for
 * .eh_frame_hdr (start and size, 4 bytes each), and then the module's memory. Words of its writable segments that are small
 * enough are addresses in it, as the loader has relocated them. */
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/patching/callers/mixed.h"
#include "agent/base/machine/decode.h"
#include "agent/patching/find.h"
#include "agent/patching/late/way.h"
#include "agent/patching/reach.h"
#include "tests/unit/agent/patching/made_library.h"

#define SEGMENTS 4
#define HEADER   (SEGMENTS * 8 + 8)
#define MEMORY   65536 /* at most */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int ok)
{
    if (!ok)
        abort();
}

static uint64_t number_at(const uint8_t *data, size_t size)
{
    uint64_t number = 0;

    memcpy(&number, data, size);
    return number;
}

/* What the loader maps is there: segments are cut to the memory. */
static void read_headers(const uint8_t *data, size_t size, ElfW(Phdr) headers[SEGMENTS + 1])
{
    for (size_t i = 0; i < SEGMENTS; i++, data += 8) {
        uint64_t start = number_at(data, 2) * 16, in_file = number_at(data + 2, 2) * 16, behind = number_at(data + 4, 2) * 16;
        start = start < size ? start : size;
        in_file = in_file < size - start ? in_file : size - start;
        behind = behind < size - start - in_file ? behind : size - start - in_file;
        headers[i] = (ElfW(Phdr)){
            .p_type = PT_LOAD, .p_flags = data[6], .p_vaddr = start, .p_filesz = in_file, .p_memsz = in_file + behind};
    }
    headers[SEGMENTS] = (ElfW(Phdr)){.p_type = PT_GNU_EH_FRAME, .p_vaddr = number_at(data, 4), .p_memsz = number_at(data + 4, 4)};
}

static void relocate(uint8_t *memory, size_t size, const ElfW(Phdr) * headers)
{
    for (size_t i = 0; i < SEGMENTS; i++) {
        for (size_t at = headers[i].p_vaddr; headers[i].p_flags & PF_W && at + 8 <= headers[i].p_vaddr + headers[i].p_filesz;
             at += 8) {
            uint64_t word = number_at(memory + at, 8) + (uintptr_t)memory;
            if (word > (uintptr_t)memory && word < (uintptr_t)memory + size)
                memcpy(memory + at, &word, sizeof word);
        }
    }
}

/* One beginning: whole instructions of one function, in code, with room for the jump, and nobody else's. */
static void check_moved(const struct image *image, const struct plan *plan, size_t n)
{
    const struct moved *moved = &plan->moved[n];
    struct image_range function;
    struct instruction instruction;
    size_t number;
    uintptr_t end = moved->at + (moved->covered > MOVE_JUMP ? moved->covered : MOVE_JUMP), at = moved->at;

    require(moved->length <= MOVE_MAX && moved->covered > 0);
    require(image_function(image, plan->functions[n], &function, &number) && function.start == plan->functions[n]);
    require(moved->at == function.start || moved->at == function.start + 4);
    require(moved->at + moved->covered <= function.end && image_code_left(image, moved->at) >= end - moved->at);
    while (at < moved->at + moved->covered) {
        require(decode((const uint8_t *)at, function.end - at, at, &instruction) && !instruction.is_fixed);
        at += instruction.length;
    }
    require(at == moved->at + moved->covered);
    for (at = end; at < function.end; at += instruction.length) {
        require(decode((const uint8_t *)at, function.end - at, at, &instruction));
        require(!instruction.relative_at || instruction.target <= moved->at || instruction.target >= end);
    }
    for (size_t i = 0; i < image->function_count; i++) {
        struct image_range other;
        require(!image_function_at(image, i, &other) || other.start <= moved->at || other.start >= end ||
                other.start == function.start);
    }
}

static void look(const struct image *image)
{
    const uintptr_t *after = NULL;
    struct found_table table;
    struct patch_outcome outcome;
    static struct way way;

    while (find_table(image, &made_library, after, &table)) {
        struct reach reach;
        require(table.slots > after && strcmp(table.version, MADE_TEXT) == 0);
        require((uintptr_t)(table.slots + table.count) <= image->range.end);
        after = table.slots;
        if (!plan_make(image, &made_library, &table, NULL, image->range.end + 4096, &way.plan, &outcome)) {
            require(plan_words(&outcome) != NULL);
        } else {
            for (size_t i = 0; i < way.plan.count; i++)
                check_moved(image, &way.plan, i);
        }
        if (reach_make(image, table.slots, table.count, NULL, &reach)) {
            mixed_is(image, &made_library, &table, &reach);
            reach_free(&reach);
        }
        if (way_find(image, &made_library, &table, image->range.end + 4096, &way, &outcome)) {
            require(way.plan.count > 0 && way.late.behalf_count <= LATE_BEHALF);
            reach_free(&way.reach);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ElfW(Phdr) headers[SEGMENTS + 1];
    struct image image;
    uint8_t *memory;
    size_t left = size < HEADER ? 0 : (size - HEADER) & ~(size_t)15;

    if (left == 0 || left > MEMORY || !(memory = aligned_alloc(16, left)))
        return 0;
    memcpy(memory, data + HEADER, left);
    read_headers(data, left, headers);
    relocate(memory, left, headers);
    if (data[7] & 1) {
        for (size_t i = 0; i <= SEGMENTS; i++)
            headers[i].p_vaddr += (uintptr_t)memory;
    }
    if (image_read(data[7] & 1 ? 0 : (uintptr_t)memory, headers, SEGMENTS + 1, &image))
        look(&image);
    free(memory);
    return 0;
}
