#include "agent/base/machine/decode.h"

#include <string.h>

/* What follows the opcode. */
enum {
    NONE = 0,
    MODRM = 1,
    BYTE = 2,  /* an immediate operand of one byte */
    SIZED = 4, /* of two or four, by the operand's size */
    BAD = 8,
};

struct reader {
    const uint8_t *code;
    size_t size, at;
    bool failed;
    bool operand16, address32, wide; /* prefixes 66 and 67, REX.W */
    uint8_t modrm;
    bool has_modrm;
};

static inline uint8_t next(struct reader *r)
{
    if (r->at >= r->size) {
        r->failed = true;
        return 0;
    }
    return r->code[r->at++];
}

/* What is not there is noticed at the end. */
static inline void skip(struct reader *r, size_t bytes)
{
    r->at += bytes;
}

static int32_t signed_at(const struct reader *r, size_t at, unsigned size)
{
    int32_t value;

    if (size == 1)
        return (int8_t)r->code[at];
    memcpy(&value, r->code + at, sizeof value);
    return value;
}

/* Operands in registers or memory (volume 2, 2.1.5 and 2.2.1.6). */
static inline void read_modrm(struct reader *r, struct instruction *ret)
{
    unsigned mod, rm;

    r->modrm = next(r);
    r->has_modrm = true;
    mod = r->modrm >> 6;
    rm = r->modrm & 7;
    if (mod == 3)
        return;
    if (rm == 4 && (next(r) & 7) == 5 && mod == 0) {
        skip(r, 4);
        return;
    }
    if (mod == 0 && rm == 5) {
        ret->displacement_at = (uint8_t)r->at;
        skip(r, 4);
    } else if (mod != 0) {
        skip(r, mod == 1 ? 1 : 4);
    }
}

static inline void read_immediate(struct reader *r, struct instruction *ret, unsigned follows)
{
    if (follows & BYTE)
        skip(r, 1);
    if (!(follows & SIZED))
        return;
    if (r->operand16 && !r->wide) {
        skip(r, 2);
    } else {
        ret->immediate_at = (uint8_t)r->at;
        skip(r, 4);
    }
}

static void read_relative(struct reader *r, struct instruction *ret, enum decode_kind kind, unsigned size)
{
    ret->kind = kind;
    ret->relative_at = (uint8_t)r->at;
    ret->relative_size = (uint8_t)size;
    skip(r, size);
}

/* Table A-2, but for what read_one_byte does by itself. */
static unsigned follows_one_byte(uint8_t op)
{
    static const uint8_t upper[128] = {
        /* 80 */ MODRM | BYTE, MODRM | SIZED, BAD,   MODRM | BYTE, MODRM, MODRM, MODRM,        MODRM,
        /* 88 */ MODRM,        MODRM,         MODRM, MODRM,        MODRM, MODRM, MODRM,        MODRM,
        /* 90 */ NONE,         NONE,          NONE,  NONE,         NONE,  NONE,  NONE,         NONE,
        /* 98 */ NONE,         NONE,          BAD,   NONE,         NONE,  NONE,  NONE,         NONE,
        /* a0 */ NONE,         NONE,          NONE,  NONE,         NONE,  NONE,  NONE,         NONE,
        /* a8 */ BYTE,         SIZED,         NONE,  NONE,         NONE,  NONE,  NONE,         NONE,
        /* b0 */ BYTE,         BYTE,          BYTE,  BYTE,         BYTE,  BYTE,  BYTE,         BYTE,
        /* b8 */ SIZED,        SIZED,         SIZED, SIZED,        SIZED, SIZED, SIZED,        SIZED,
        /* c0 */ MODRM | BYTE, MODRM | BYTE,  BAD,   NONE,         BAD,   BAD,   MODRM | BYTE, MODRM | SIZED,
        /* c8 */ BAD,          NONE,          BAD,   BAD,          NONE,  BYTE,  BAD,          NONE,
        /* d0 */ MODRM,        MODRM,         MODRM, MODRM,        BAD,   BAD,   BAD,          NONE,
        /* d8 */ MODRM,        MODRM,         MODRM, MODRM,        MODRM, MODRM, MODRM,        MODRM,
        /* e0 */ BAD,          BAD,           BAD,   BAD,          BYTE,  BYTE,  BYTE,         BYTE,
        /* e8 */ BAD,          BAD,           BAD,   BAD,          NONE,  NONE,  NONE,         NONE,
        /* f0 */ BAD,          NONE,          BAD,   BAD,          NONE,  NONE,  MODRM,        MODRM,
        /* f8 */ NONE,         NONE,          NONE,  NONE,         NONE,  NONE,  MODRM,        MODRM,
    };

    if (op >= 0x80)
        return upper[op - 0x80];
    if (op < 0x40)
        return (op & 7) < 4 ? MODRM : (op & 7) == 4 ? BYTE : (op & 7) == 5 ? SIZED : BAD;
    if (op >= 0x50 && op < 0x60)
        return NONE;
    switch (op) {
    case 0x63:
        return MODRM;
    case 0x68:
        return SIZED;
    case 0x69:
        return MODRM | SIZED;
    case 0x6a:
        return BYTE;
    case 0x6b:
        return MODRM | BYTE;
    default:
        return op >= 0x6c && op < 0x70 ? NONE : BAD;
    }
}

/* Instructions of one byte after which the program is somewhere else, or which a program does not have. */
static bool is_trap(uint8_t op)
{
    return op == 0xcc || op == 0xcd || op == 0xcf || op == 0xf1 || op == 0xf4 || (op >= 0x6c && op < 0x70) ||
           (op >= 0xe4 && op < 0xe8) || (op >= 0xec && op < 0xf0) || op == 0xfa || op == 0xfb;
}

static void read_one_byte(struct reader *r, struct instruction *ret, uint8_t op)
{
    unsigned follows, reg;

    if ((op >= 0x84 && op < 0x8e) || (op < 0x40 && (op & 7) < 4)) { /* most of all: mov, lea, test, arithmetic */
        ret->is_lea = op == 0x8d;
        read_modrm(r, ret);
        return;
    }

    if (op >= 0x70 && op < 0x80) {
        ret->condition = op & 15;
        read_relative(r, ret, DECODE_BRANCH, 1);
        return;
    }
    switch (op) {
    case 0xe0:
    case 0xe1:
    case 0xe2:
    case 0xe3:
        read_relative(r, ret, DECODE_COUNTER_BRANCH, 1);
        return;
    case 0xe8:
        read_relative(r, ret, DECODE_CALL, 4);
        return;
    case 0xe9:
        read_relative(r, ret, DECODE_JUMP, 4);
        return;
    case 0xeb:
        read_relative(r, ret, DECODE_JUMP, 1);
        return;
    case 0xc2:
        ret->kind = DECODE_RETURN;
        skip(r, 2);
        return;
    case 0xc3:
        ret->kind = DECODE_RETURN;
        return;
    case 0xc8: /* enter */
        skip(r, 3);
        return;
    default:
        break;
    }
    if (op >= 0xa0 && op < 0xa4) {
        skip(r, r->address32 ? 4 : 8);
        return;
    }
    if (op >= 0xb8 && op < 0xc0 && r->wide) {
        skip(r, 8);
        return;
    }
    follows = follows_one_byte(op);
    if (follows & BAD) {
        r->failed = true;
        return;
    }
    if (is_trap(op))
        ret->kind = DECODE_TRAP;
    ret->is_lea = op == 0x8d;
    if (follows & MODRM)
        read_modrm(r, ret);
    reg = r->modrm >> 3 & 7;
    if ((op == 0xf6 || op == 0xf7) && reg < 2)
        follows |= op == 0xf6 ? BYTE : SIZED;
    if ((op == 0x8f && reg != 0) || (op == 0xfe && reg > 1) || ((op == 0xc6 || op == 0xc7) && reg != 0 && r->modrm != 0xf8))
        r->failed = true;
    if ((op == 0xc6 || op == 0xc7) && reg != 0)
        ret->kind = DECODE_TRAP; /* xabort, xbegin */
    read_immediate(r, ret, follows);
    if (op != 0xff)
        return;
    if (reg == 2)
        ret->kind = DECODE_CALL_POINTER;
    else if (reg == 4)
        ret->kind = r->modrm >> 6 == 3 ? DECODE_JUMP_REGISTER : DECODE_JUMP_POINTER;
    else if (reg == 3 || reg == 5)
        ret->kind = DECODE_TRAP;
    else if (reg == 7)
        r->failed = true;
}

/* Tables. map: 1 for 0F, 2 for 0F 38, 3 for 0F 3A. */
static unsigned follows_in_map(unsigned map, uint8_t op)
{
    if (map == 3)
        return MODRM | BYTE;
    if (map != 1)
        return MODRM;
    if ((op >= 0x70 && op < 0x74) || op == 0xa4 || op == 0xac || op == 0xba || op == 0xc2 || (op >= 0xc4 && op < 0xc7) ||
        op == 0x0f)
        return MODRM | BYTE;
    if (op == 0x04 || op == 0x0a || op == 0x0c || (op >= 0x20 && op < 0x28) || op == 0x36 || op == 0x39 ||
        (op >= 0x3b && op < 0x40) || op == 0x7a || op == 0x7b || op == 0xa6 || op == 0xa7)
        return BAD;
    if ((op >= 0x05 && op < 0x0c) || op == 0x0e || (op >= 0x30 && op < 0x38) || op == 0x77 || (op >= 0xa0 && op < 0xa3) ||
        (op >= 0xa8 && op < 0xab) || (op >= 0xc8 && op < 0xd0))
        return NONE;
    return MODRM;
}

/* Of two bytes: system calls, privileged ones, and those that are undefined on purpose. */
static bool is_trap_of_two(uint8_t op)
{
    return (op >= 0x05 && op < 0x0c) || op == 0x30 || (op >= 0x32 && op < 0x38) || op == 0xaa || op == 0xb9 || op == 0xff ||
           op == 0x00 || op == 0x01 || op == 0x78 || op == 0x79;
}

static void read_in_map(struct reader *r, struct instruction *ret, unsigned map, uint8_t op)
{
    unsigned follows = follows_in_map(map, op);

    if (follows & BAD) {
        r->failed = true;
        return;
    }
    if (follows & MODRM)
        read_modrm(r, ret);
    read_immediate(r, ret, follows);
}

static void read_two_bytes(struct reader *r, struct instruction *ret)
{
    uint8_t op = next(r);

    if (op >= 0x80 && op < 0x90) {
        ret->condition = op & 15;
        read_relative(r, ret, DECODE_BRANCH, 4);
        return;
    }
    if (op == 0x38 || op == 0x3a) {
        read_in_map(r, ret, op == 0x38 ? 2 : 3, next(r));
        return;
    }
    read_in_map(r, ret, 1, op);
    if (is_trap_of_two(op))
        ret->kind = DECODE_TRAP;
}

/* VEX (volume 2, 2.3) and EVEX (2.7). */
static void read_vector(struct reader *r, struct instruction *ret, uint8_t op)
{
    unsigned map = 1;

    if (op == 0xc5) {
        next(r);
    } else {
        map = next(r) & (op == 0x62 ? 7 : 31);
        skip(r, op == 0x62 ? 2 : 1);
    }
    r->operand16 = false;
    if (map == 0 || map == 4 || map > 6 || (op != 0x62 && map > 3))
        r->failed = true;
    op = next(r);
    if (map == 1 && ((op >= 0x80 && op < 0x90) || op == 0x38 || op == 0x3a || op == 0x05))
        r->failed = true;
    read_in_map(r, ret, map, op);
}

static bool is_prefix(struct reader *r, uint8_t byte)
{
    switch (byte) {
    case 0x66:
        r->operand16 = true;
        return true;
    case 0x67:
        r->address32 = true;
        return true;
    case 0x26:
    case 0x2e:
    case 0x36:
    case 0x3e:
    case 0x64:
    case 0x65:
    case 0xf0:
    case 0xf2:
    case 0xf3:
        return true;
    default:
        return false;
    }
}

bool decode(const uint8_t *code, size_t size, uintptr_t address, struct instruction *ret)
{
    struct reader r = {.code = code, .size = size < DECODE_MAX ? size : DECODE_MAX};
    uint8_t op = next(&r);
    bool rex = false;

    *ret = (struct instruction){.kind = DECODE_PLAIN};
    while (is_prefix(&r, op))
        op = next(&r);
    if ((op & 0xf0) == 0x40) {
        rex = true;
        r.wide = op & 8;
        op = next(&r);
    }
    if (op == 0x0f)
        read_two_bytes(&r, ret);
    else if (op == 0xc4 || op == 0xc5 || op == 0x62)
        rex ? (void)(r.failed = true) : read_vector(&r, ret, op);
    else
        read_one_byte(&r, ret, op);
    /* With 66 before them AMD's and Intel's processors disagree on how long these are. */
    if (r.operand16 && !r.wide && (ret->kind == DECODE_BRANCH || ret->kind == DECODE_JUMP || ret->kind == DECODE_CALL))
        r.failed = true;
    if (r.failed || r.at > r.size)
        return false;
    ret->length = (uint8_t)r.at;
    ret->is_fixed = ret->kind == DECODE_TRAP || (r.address32 && ret->displacement_at);
    if (ret->relative_at)
        ret->target = address + ret->length + (uintptr_t)(intptr_t)signed_at(&r, ret->relative_at, ret->relative_size);
    else if (ret->displacement_at)
        ret->target = address + ret->length + (uintptr_t)(intptr_t)signed_at(&r, ret->displacement_at, 4);
    return true;
}
