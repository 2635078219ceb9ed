/* One machine instruction of x86-64 in 64-bit mode: how long it is, where it may go on, and what in it depends on where it
 * stands.
 *
 * Lengths and forms: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, chapters 2 (prefixes, ModR/M, VEX
 * and EVEX) and appendix A (opcode maps). What is not in these maps is not decoded. Pure; any thread.
 *
 * Debian has Zydis as a shared library only, which the agent cannot need; tests compare with it.
 */
#ifndef NPLUS1_AGENT_BASE_MACHINE_DECODE_H
#define NPLUS1_AGENT_BASE_MACHINE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DECODE_MAX 15 /* bytes of an instruction */

enum decode_kind {
    DECODE_PLAIN,          /* goes on behind it, wherever it stands */
    DECODE_JUMP,           /* to a fixed place */
    DECODE_BRANCH,         /* on a condition, to a fixed place or on behind it */
    DECODE_COUNTER_BRANCH, /* likewise by rcx: loop, jrcxz; there is no long form */
    DECODE_CALL,           /* of a fixed place */
    DECODE_RETURN,
    DECODE_CALL_POINTER, /* of a place in a register or memory */
    DECODE_JUMP_POINTER, /* through memory */
    DECODE_JUMP_REGISTER,
    DECODE_TRAP, /* leaves the program's code, or nobody knows: int3, ud2, syscall, hlt, xbegin */
};

struct instruction {
    enum decode_kind kind;
    uint8_t length;
    uint8_t relative_at;     /* offset of what is relative to the end of the instruction: a branch's place, 0: none */
    uint8_t relative_size;   /* 1 or 4 bytes */
    uint8_t displacement_at; /* offset of 4 bytes that make an operand relative to the end of the instruction; 0: none */
    uint8_t immediate_at;    /* offset of an immediate operand of 4 bytes; 0: none */
    uint8_t condition;       /* of a branch: the low four bits of its opcode */
    bool is_lea;             /* the operand's address is taken; else it is read or written */
    bool is_fixed;           /* cannot be put elsewhere, for a reason of its own */
    uintptr_t target;        /* of a branch, jump or call to a fixed place; of the operand at displacement_at */
};

/* Decodes what stands at `code`, of which `size` bytes may be read, as if it stood at `address`. False: it is no instruction that
 * is known, or does not end within `size`. */
bool decode(const uint8_t *code, size_t size, uintptr_t address, struct instruction *ret);

#endif
