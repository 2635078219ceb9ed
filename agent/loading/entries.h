/* Machine code that goes on to another function with all that it was given: macros for the assembler, x86-64.
 *
 * ENTRY_JUMP name, which, before: an interposed function of the loader's that jumps to the real one. The real one reads its
 * caller's return address, so nothing may stand in between. ENTRY_COPIES label, function: COPIES_GIVEN entries of COPIES_ENTRY
 * bytes into an interposed function; each says in copies_given that this very call is for the copy of its number, and goes on by
 * a jump (copies.h).
 */
#ifndef NPLUS1_AGENT_LOADING_ENTRIES_H
#define NPLUS1_AGENT_LOADING_ENTRIES_H

/* The formatter takes what follows for C. */
/* clang-format off */
.macro ENTRY_BEGIN name align
    .p2align \align
    .type \name, @function
\name:
    .cfi_startproc
.endm

.macro ENTRY_END name
    .cfi_endproc
    .size \name, .-\name
.endm

.macro ENTRY_PUSH register
    pushq %\register
    .cfi_adjust_cfa_offset 8
.endm

.macro ENTRY_POP register
    popq %\register
    .cfi_adjust_cfa_offset -8
.endm

.macro ENTRY_COPY function copy
    .p2align 6
    endbr64
    movq copies_given@gottpoff(%rip), %r11
    movq (%rsp), %r10
    movq %rsp, %fs:(%r11)
    movq %r10, %fs:8(%r11)
    movq $\copy, %fs:16(%r11)
    jmp \function
.endm

.macro ENTRY_COPIES label function
    .globl \label
    .hidden \label
    ENTRY_BEGIN \label, 6
    ENTRY_COPY \function, 0
    ENTRY_COPY \function, 1
    ENTRY_COPY \function, 2
    ENTRY_COPY \function, 3
    ENTRY_END \label
.endm
/* clang-format on */

#endif
