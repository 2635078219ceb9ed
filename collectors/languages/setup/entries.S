/* dlsym gives these out for functions that set packages up: ENTRIES entries of ENTRY bytes (setup.c), which let setup_entered
 * see the interpreter, and go on by a jump to what it returns. All registers that carry arguments are kept: the function may not
 * be what its name says. */
#include "agent/loading/entries.inc"

    .text
ENTRY_BEGIN setup_enter, 4
    .hidden setup_enter
    ENTRY_PUSH rax
    ENTRY_PUSH rdi
    ENTRY_PUSH rsi
    ENTRY_PUSH rdx
    ENTRY_PUSH rcx
    ENTRY_PUSH r8
    ENTRY_PUSH r9
    subq $128, %rsp
    .cfi_adjust_cfa_offset 128
    movaps %xmm0, (%rsp)
    movaps %xmm1, 16(%rsp)
    movaps %xmm2, 32(%rsp)
    movaps %xmm3, 48(%rsp)
    movaps %xmm4, 64(%rsp)
    movaps %xmm5, 80(%rsp)
    movaps %xmm6, 96(%rsp)
    movaps %xmm7, 112(%rsp)
    movl %r11d, %esi
    call setup_entered
    movq %rax, %r11
    movaps (%rsp), %xmm0
    movaps 16(%rsp), %xmm1
    movaps 32(%rsp), %xmm2
    movaps 48(%rsp), %xmm3
    movaps 64(%rsp), %xmm4
    movaps 80(%rsp), %xmm5
    movaps 96(%rsp), %xmm6
    movaps 112(%rsp), %xmm7
    addq $128, %rsp
    .cfi_adjust_cfa_offset -128
    ENTRY_POP r9
    ENTRY_POP r8
    ENTRY_POP rcx
    ENTRY_POP rdx
    ENTRY_POP rsi
    ENTRY_POP rdi
    ENTRY_POP rax
    jmp *%r11
ENTRY_END setup_enter

    .globl setup_entries
    .hidden setup_entries
ENTRY_BEGIN setup_entries, 5
    .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    .p2align 5
    endbr64
    movl $\number, %r11d
    jmp setup_enter
    .endr
ENTRY_END setup_entries

    .section .note.GNU-stack, "", @progbits
