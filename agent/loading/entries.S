/* The functions of the loader that are interposed and must go on by a jump (loader.h). */
#include "agent/loading/entries.inc"

/* Goes on to the real function; `which` as in real_find. */
.macro JUMP_ON name which
2:
    movq real_address_of_\name(%rip), %rax
    testq %rax, %rax
    je 1f
    jmp *%rax
1:
    ENTRY_PUSH rdi
    ENTRY_PUSH rsi
    ENTRY_PUSH rdx
    movl $\which, %edi
    call real_find
    ENTRY_POP rdx
    ENTRY_POP rsi
    ENTRY_POP rdi
    jmp *%rax
.endm

/* Names that were hidden come back before something is loaded (absent.h). */
.macro COME_BACK
    cmpb $0, absent_is_hidden(%rip)
    je 3f
    ENTRY_PUSH rdi
    ENTRY_PUSH rsi
    ENTRY_PUSH rdx
    call absent_come_back
    ENTRY_POP rdx
    ENTRY_POP rsi
    ENTRY_POP rdi
3:
.endm

/* What is loaded with these modes is put right when it is there (bindings.h). RTLD_DEEPBIND is 8. */
.macro NOTE_LOAD modes
    testl $8, \modes
    jne 4f
    cmpb $0, bindings_of_all(%rip)
    je 5f
4:
    movb $1, bindings_pending(%rip)
5:
.endm

/* Where somebody wants to see what was loaded before the program does, dlopen is called and not jumped to, if for the real one that
 * is the same. */
.macro CALL_IF_SAME
    cmpb $0, loader_is_watched(%rip)
    je 8f
    ENTRY_PUSH rdi
    ENTRY_PUSH rsi
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    movq 24(%rsp), %rdx /* the return address */
    call loader_calls
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    ENTRY_POP rsi
    ENTRY_POP rdi
    testb %al, %al
    jne loader_dlopen
8:
.endm

    .text
    .globl dlopen, dlmopen, dlsym

ENTRY_BEGIN dlopen, 4
    endbr64
    COME_BACK
    NOTE_LOAD %esi
    CALL_IF_SAME
    JUMP_ON dlopen, 0
ENTRY_END dlopen

ENTRY_BEGIN dlmopen, 4
    endbr64
    COME_BACK
    NOTE_LOAD %edx
    JUMP_ON dlmopen, 1
ENTRY_END dlmopen

/* A name that begins as none of ours goes on at once. */
ENTRY_BEGIN dlsym, 4
    endbr64
    cmpb $0, bindings_pending(%rip)
    je 6f
    ENTRY_PUSH rdi
    ENTRY_PUSH rsi
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    call loader_settle
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    ENTRY_POP rsi
    ENTRY_POP rdi
6:
    testq %rsi, %rsi
    je 2f
    movzbl (%rsi), %eax
    leaq loader_first_letters(%rip), %rcx
    cmpb $0, (%rcx,%rax)
    je 2f
    ENTRY_PUSH rdi
    ENTRY_PUSH rsi
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    movq 24(%rsp), %rdx /* the return address */
    call loader_answers
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    ENTRY_POP rsi
    ENTRY_POP rdi
    testb %al, %al
    jne loader_dlsym
    JUMP_ON dlsym, 2
ENTRY_END dlsym

    .section .note.GNU-stack, "", @progbits
