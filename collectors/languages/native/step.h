/* From a native frame to its caller. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_NATIVE_STEP_H
#define NPLUS1_COLLECTORS_LANGUAGES_NATIVE_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/languages/native/expression.h"
#include "collectors/languages/native/memory.h"

struct step_frame {
    struct registers registers;
    bool is_interrupted; /* pc is the next instruction, and not where a call returns to */
    bool of_goroutine;   /* it stands on the stack of a goroutine, or is called from there */
};

/* What is found on the way outwards: return addresses from the one that stands at `slot` on, and the slots where they stand, 0
 * for one that is not known. */
struct step_trace {
    uintptr_t slot;
    uintptr_t *addresses, *slots;
    size_t count, max;
};

/* Goes outwards until there is no caller, none can be found, or there is no more room. Any thread; takes no lock, allocates
 * nothing, leaves errno alone. */
void step_outwards(struct step_frame *frame, struct memory *memory, struct step_trace *trace);

#endif
