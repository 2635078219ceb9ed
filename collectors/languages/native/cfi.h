/* Call frame information: how the caller's registers are found at a place of the code. From .eh_frame through the table of
 * .eh_frame_hdr, which every linker writes; Linux Standard Base Core 5.0, chapters 10.6 and 10.7; DWARF 5, section 6.4. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_NATIVE_CFI_H
#define NPLUS1_COLLECTORS_LANGUAGES_NATIVE_CFI_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/languages/native/dwarf.h"

enum cfi_kind {
    CFI_SAME,             /* the caller's value is still in the register */
    CFI_UNDEFINED,        /* it is lost; of the return address: there is no caller */
    CFI_OFFSET,           /* it stands at the canonical frame address + offset */
    CFI_VALUE_OFFSET,     /* it is the canonical frame address + offset */
    CFI_EXPRESSION,       /* it stands where the expression says */
    CFI_VALUE_EXPRESSION, /* it is what the expression says */
    CFI_ELSEWHERE,        /* it is in a register that is not followed */
};

struct cfi_rule {
    enum cfi_kind kind;
    int64_t offset;
    struct dwarf_reader expression; /* in the object's own memory */
};

/* The registers that are followed. */
enum cfi_register {
    CFI_RBP,
    CFI_RSP,
    CFI_RIP,
    CFI_REGISTERS,
};

struct cfi_row {
    /* The canonical frame address: the stack pointer before the call. CFI_VALUE_OFFSET: register and offset;
     * CFI_VALUE_EXPRESSION; else not known. */
    struct cfi_rule cfa;
    uint64_t cfa_register; /* of DWARF */
    struct cfi_rule rule[CFI_REGISTERS];
    bool is_signal_frame; /* the caller was interrupted: its address is that of its next instruction, not of a return */
};

/* What holds before the instruction at `pc`, or the one that it is in. False: nothing is said of it, or not what can be
 * understood. Any thread; takes no lock, allocates nothing, needs less than 2 KiB of stack. */
bool cfi_find(uintptr_t pc, struct cfi_row *ret);

/* Where the code that the same description is of begins: a function, or a part of one that the compiler moved away. 0: nothing is
 * said. As cfi_find. */
uintptr_t cfi_function(uintptr_t pc);

#endif
