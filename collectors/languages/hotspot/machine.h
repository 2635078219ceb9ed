/* The Java virtual machine in the process, asked through its own interfaces: JNI's for whose thread this is, JVMTI's for frames
 * and their names.
 *
 * Functions are members of two tables of pointers, whose order the specifications fix: the Java Native Interface ("Interface
 * Function Table") and JVM Tool Interface 1.2 ("Function Index"); bits of capabilities are those of jvmtiCapabilities. A thread
 * asks about itself alone, while it is inside of a native method: no other thread is stopped or waited for, but for a collection
 * of garbage, which this thread would wait for when its method returns. JVMTI allocates its answers by malloc: only stacks that
 * are seen for the first time pay for that, and errno is left to the caller.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_MACHINE_H
#define NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MACHINE_TEXT 512 /* bytes of a name that are kept */

typedef void *const *machine_table; /* functions */

struct machine_frame { /* jvmtiFrameInfo */
    uintptr_t method;  /* jmethodID */
    int64_t location;  /* of the bytecode; -1: a native method */
};

struct machine_method {
    char type[MACHINE_TEXT]; /* com/shop/Orders, without what the machine makes up anew in each run */
    char name[MACHINE_TEXT];
    char source[MACHINE_TEXT]; /* Orders.java; "": not known */
    uint32_t line;             /* 0: not known */
};

/* Whether the process has a machine that has started. */
bool machine_is_there(void);

/* Opens its interfaces; false: it does not let us, or is not in its live phase. Once. */
bool machine_open(void);

/* The JNI environment of the calling thread; NULL: the machine does not know it. */
const machine_table *machine_thread(void);

/* Frames of the calling thread, innermost first; how many. */
size_t machine_stack(struct machine_frame *frames, size_t max);

/* A hash of what the method is called, the same in each run. False: it is gone. */
bool machine_name_method(const machine_table *thread, uintptr_t method, uint64_t *ret);

/* The line of a location, and all names. */
bool machine_describe(const machine_table *thread, uintptr_t method, int64_t location, struct machine_method *ret);

#endif
