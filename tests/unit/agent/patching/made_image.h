/* A module made of one function, or of several, in memory of its own: for tests of what reads modules. */
#ifndef NPLUS1_TESTS_UNIT_AGENT_PATCHING_MADE_IMAGE_H
#define NPLUS1_TESTS_UNIT_AGENT_PATCHING_MADE_IMAGE_H

#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "agent/patching/image.h"

#define MADE_SIZE 32768
#define MADE_CODE 4096  /* where the code begins; before it, the table of functions */
#define MADE_ROOM 24576 /* for what is moved */
#define MADE_DATA 28672

struct made {
    uint8_t *memory;
    ElfW(Phdr) headers[3];
    struct image image;
};

static inline void made_word(uint8_t *to, int64_t word)
{
    int32_t narrow = (int32_t)word;

    memcpy(to, &narrow, sizeof narrow);
}

/* sizes: of the functions, one behind the other at MADE_CODE, each aligned to 64 bytes. Filled with int3. */
static inline void made_begin(struct made *made, const size_t *sizes, size_t count)
{
    uint8_t *record, *at;

    made->memory = mmap(NULL, MADE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(made->memory, (const uint8_t[]){1, 0x1b, 0x03, 0x3b}, 4);
    made_word(made->memory + 8, (int64_t)count);
    memset(made->memory + MADE_CODE, 0xcc, MADE_ROOM);
    record = made->memory + 2048;
    at = made->memory + MADE_CODE;
    for (size_t i = 0; i < count; i++) {
        made_word(made->memory + 12 + i * 8, at - made->memory);
        made_word(made->memory + 16 + i * 8, record - made->memory);
        made_word(record, 16);
        made_word(record + 4, 1);
        made_word(record + 8, at - (record + 8));
        made_word(record + 12, (int64_t)sizes[i]);
        record += 32;
        at += (sizes[i] + 63) / 64 * 64;
    }
    made->headers[0] = (ElfW(Phdr)){.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_filesz = MADE_DATA, .p_memsz = MADE_DATA};
    made->headers[1] = (ElfW(Phdr)){.p_type = PT_LOAD,
                                    .p_flags = PF_R | PF_W,
                                    .p_vaddr = MADE_DATA,
                                    .p_filesz = MADE_SIZE - MADE_DATA,
                                    .p_memsz = MADE_SIZE - MADE_DATA};
    made->headers[2] = (ElfW(Phdr)){.p_type = PT_GNU_EH_FRAME, .p_filesz = 12 + count * 8, .p_memsz = 12 + count * 8};
}

static inline void made_ready(struct made *made)
{
    image_read((uintptr_t)made->memory, made->headers, 3, &made->image);
}

static inline void made_end(struct made *made)
{
    munmap(made->memory, MADE_SIZE);
}

#endif
