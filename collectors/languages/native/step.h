/* From a native frame to its caller. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_NATIVE_STEP_H
#define NPLUS1_COLLECTORS_LANGUAGES_NATIVE_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/languages/native/expression.h"
#include "collectors/languages/native/memory.h"

struct step_frame {
    struct registers registers;
    bool is_interrupted; /* pc is the next instruction, and not where a call returns to */
};

/* Makes the frame its caller's. *ret_slot: where the return address stands, or 0 when that is no slot below the caller's stack
 * pointer. False: there is no caller, or none can be found. Any thread; takes no lock, allocates nothing; may change errno. */
bool step_out(struct step_frame *frame, struct memory *memory, uintptr_t *ret_slot);

#endif
