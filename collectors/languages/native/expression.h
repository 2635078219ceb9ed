/* DWARF expressions, as far as call frame information uses them: DWARF 5, section 2.5 and 7.7.1. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_NATIVE_EXPRESSION_H
#define NPLUS1_COLLECTORS_LANGUAGES_NATIVE_EXPRESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/languages/native/dwarf.h"
#include "collectors/languages/native/memory.h"

/* The registers that are followed from frame to frame. */
struct registers {
    uintptr_t pc, sp, bp;
};

/* What an expression says where the registers are those; first: what stands on its stack at the start, NULL: nothing. False: it
 * does something that is not known, or reads what cannot be read. Any thread; allocates nothing. */
bool expression_evaluate(struct dwarf_reader expression, const struct registers *registers, struct memory *memory,
                         const uintptr_t *first, uintptr_t *ret);

/* Is it the register rbp and an offset, and nothing more, or what stands there? */
bool expression_is_at_rbp(struct dwarf_reader expression, bool *ret_dereferenced, int64_t *ret_offset);

#endif
