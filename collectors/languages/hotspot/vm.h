/* HotSpot as it is asked: by JNI's and JVMTI's tables of functions (the numbers are those of the two specifications).
 *
 * JVMTI takes the calling thread from native code into the machine and back, as every function of JNI does. That is right only
 * while the thread is in native code: code of the machine itself, and calls from java.lang.foreign that are declared critical,
 * are recognised by the thread's state, and get nothing. A question waits for a safepoint that is under way, as the program's own
 * return would, and begins none. So nothing is asked under a lock of the agent's.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_VM_H
#define NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/compiler.h"

typedef struct {
    const uintptr_t *functions;
} hotspot_interface;

struct hotspot_frame { /* jvmtiFrameInfo */
    uintptr_t method;  /* jmethodID: never used again for another method */
    int64_t location;  /* index of the bytecode; -1: a native method */
};

struct hotspot_method {
    char class_name[512]; /* signature: Lcom/shop/Orders; */
    char name[256], source[256];
    uint32_t line; /* 0: unknown */
};

/* The calling thread's environment of JNI; NULL: it is none of the machine's. Takes no lock and leaves the thread's state alone.
 */
hotspot_interface *hotspot_thread(void);

/* The same, while the thread runs native code for a Java method; else NULL. */
hotspot_interface *hotspot_in_native(void);

/* The number of the virtual thread that the calling one runs, while it runs native code; 0: none. */
uint64_t hotspot_virtual_thread(void);

/* Whether there is a machine, and the calling thread is one of its own. Cheap. */
bool hotspot_present(void);

/* Finds the state of threads and gets an environment of JVMTI. Once, from a thread for which hotspot_present said true. */
bool hotspot_start(void);

/* Frames of the calling thread from depth `first` on, innermost first; their number, 0 when there are no more or none can be had.
 * Native code only. */
size_t hotspot_frames(size_t first, struct hotspot_frame *ret, size_t max);

/* What a frame is called. The machine allocates for the answer. Native code only. */
COLD bool hotspot_describe(const struct hotspot_frame *frame, struct hotspot_method *ret);

#endif
