/* Where HotSpot keeps what a thread's frames can be read by, from the tables that it exports for debuggers
 * (gHotSpotVMStructs, src/hotspot/share/runtime/vmStructs.hpp). Plain loads. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_LAYOUT_H
#define NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HOTSPOT_HEAPS 8

/* A part of the machine's code (CodeHeap), and what says where the pieces in it begin: for each segment how many one has to go
 * back, 0 where one begins (src/hotspot/share/memory/heap.cpp, CodeHeap::find_block_for). */
struct hotspot_heap {
    uintptr_t low;
    const uintptr_t *high; /* grows */
    const uint8_t *segments;
    uint32_t segment_bits;
};

/* Offsets in bytes, but for what is said. */
struct hotspot_layout {
    uintptr_t interpreter_low, interpreter_size; /* addresses */
    uintptr_t entry;                             /* where native code that called Java goes on (StubRoutines) */
    struct hotspot_heap heaps[HOTSPOT_HEAPS];
    size_t heap_count;
    uintptr_t block_used, block_size; /* HeapBlock, which stands in front of each piece; block_size: its own size */
    uintptr_t piece_size, frame_size; /* CodeBlob: of the piece, in bytes; of its frames, in words, 0: it has none */
    uintptr_t const_method;           /* Method */
    uintptr_t wrapper_anchor;         /* JavaCallWrapper */
    uintptr_t anchor;                 /* JavaThread: its last Java frame, while it is outside of Java */
    uintptr_t anchor_sp, anchor_pc, anchor_fp;
    uintptr_t stack_base, thread_object, virtual_object; /* JavaThread; virtual_object 0: there are no virtual threads */
    uintptr_t thread_in_environment;                     /* what to subtract from the address of a JNI environment */
    const uintptr_t *collected_heap;                     /* Universe::_collectedHeap */
    uintptr_t collections;                               /* in it: how often it was collected, 32 bits */
};

/* False: the tables are not there, or not as they should be. environment: of the calling thread, inside of a native method. */
bool hotspot_layout_find(const void *environment, struct hotspot_layout *ret);

/* The piece of code that an address is in (CodeBlob); NULL: in none that can be told now. The interpreter's is not asked for. */
const char *hotspot_code_at(const struct hotspot_layout *layout, uintptr_t address);

static inline bool hotspot_is_interpreter(const struct hotspot_layout *layout, uintptr_t address)
{
    return address - layout->interpreter_low < layout->interpreter_size;
}

static inline uintptr_t hotspot_word(const void *object, uintptr_t offset)
{
    uintptr_t word;

    memcpy(&word, (const char *)object + offset, sizeof word);
    return word;
}

static inline uint32_t hotspot_half(const void *object, uintptr_t offset)
{
    uint32_t half;

    memcpy(&half, (const char *)object + offset, sizeof half);
    return half;
}

/* Changes with each collection, in which classes may go and addresses be used again. */
static inline uint64_t hotspot_life(const struct hotspot_layout *layout)
{
    return hotspot_half((const void *)*layout->collected_heap, layout->collections);
}

#endif
