/* Where a switch goes: the table of a jump through a register, in position independent code.
 *
 * Compilers write: lea base, [table]; movslq index, [base + 4 * index]; add index, base; jmp index. What the table has are
 * distances from its own beginning. */
#ifndef NPLUS1_AGENT_PATCHING_OUTLINE_SWITCHES_H
#define NPLUS1_AGENT_PATCHING_OUTLINE_SWITCHES_H

#include "agent/patching/outline/followed.h"

struct switch_table {
    uintptr_t start, end; /* of 4 bytes each */
};

enum switch_result {
    SWITCH_NONE, /* a call in tail position */
    SWITCH_FOUND,
    SWITCH_UNKNOWN, /* it is one, but its table was not seen in what was followed so far */
};

/* at: of the jump. */
enum switch_result switch_find(const struct follow *follow, uintptr_t at, struct switch_table *ret);

#endif
