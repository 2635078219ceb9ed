/* Where HotSpot keeps what tells one stack of a thread from another, from the tables that it exports for debuggers
 * (gHotSpotVMStructs, src/hotspot/share/runtime/vmStructs.hpp). Plain loads; the thread itself, inside of a native method. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_LAYOUT_H
#define NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

struct hotspot_layout {
    const uintptr_t *code_low, *code_high; /* CodeCache: the machine's compiled code, and its interpreter */
    uintptr_t interpreter_low, interpreter_high;
    const uintptr_t *heap; /* Universe::_collectedHeap */
    int64_t collections;   /* in the heap: how often it was collected, 32 bits */
    int64_t anchor;        /* in a JavaThread: its last Java frame, when it is outside of Java */
    int64_t anchor_sp, anchor_pc;
    int64_t stack_base;                    /* in a JavaThread */
    int64_t thread_object, virtual_object; /* in a JavaThread, handles; virtual_object -1: there are no virtual threads */
    int64_t thread_in_environment;         /* what to subtract from the address of a JNI environment */
};

/* False: the tables are not there, or not as they should be. `environment`: of the calling thread. */
bool hotspot_layout_find(const void *environment, struct hotspot_layout *ret);

/* A number for the frames of the calling thread; false: it has to be asked. */
bool hotspot_identify(const struct hotspot_layout *layout, const void *environment, uint64_t *ret);

/* Changes with each collection, in which classes may go and addresses be used again. */
uint64_t hotspot_life(const struct hotspot_layout *layout);

#endif
