#include "collectors/languages/native/returns.h"

#include <dlfcn.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/base/machine/decode.h"

extern __typeof__(_dl_find_object) _dl_find_object __attribute__((weak)); /* as in agent/loading/resolve.c */

#define WAYS_LEFT_MAX    16
#define INSTRUCTIONS_MAX 2048
#define VISITED          4096               /* bits: two places that share one are taken for one */
#define FRAME_MOST       ((int64_t)1 << 20) /* bytes */
#define CALL_LEAST       2                  /* bytes of a call */
#define CALL_MOST        8

enum { RBX = 3, RSP = 4, RBP = 5, R12 = 12, R15 = 15 };
enum { REX_B = 1, REX_R = 4, REX_W = 8 };
enum { WORD = sizeof(uintptr_t) };

/* A way through the code, and what has happened on it. Places of the stack are offsets to what rsp, or rbp, was at its begin. */
struct way {
    uintptr_t at;
    int64_t sp, saved_at; /* saved_at: where the caller's rbp stood */
    int64_t jumped_with;  /* sp at the last jump */
    bool is_of_rbp;       /* sp is an offset to rbp */
    bool saved_is_of_rbp;
    bool is_rbp_changed, is_rbp_restored;
    bool has_jumped, is_behind_call;
};

struct following {
    const struct registers *registers;
    struct memory *memory, code;
    uintptr_t low, high; /* the object */
    uintptr_t begin;
    struct way left[WAYS_LEFT_MAX]; /* in a ring */
    unsigned first, count;
    uint64_t visited[VISITED / 64];
};

static bool is_readable(struct memory *code, uintptr_t address, size_t size)
{
    uintptr_t word;

    return memory_read(code, address & ~(uintptr_t)(WORD - 1), &word) &&
           memory_read(code, (address + size - 1) & ~(uintptr_t)(WORD - 1), &word);
}

/* An instruction, as far as it matters: behind its prefixes. */
struct operation {
    const uint8_t *code;
    unsigned opcode, rex, mod, reg, rm; /* mod, reg, rm: of the byte behind the opcode, whether or not it is ModR/M */
    bool is_short;                      /* of 16 bits */
};

static struct operation read_operation(const uint8_t *code)
{
    struct operation o = {0};

    for (; *code == 0x66 || *code == 0xf2 || *code == 0xf3 || *code == 0x2e || *code == 0x3e || *code == 0x64 || *code == 0x65;
         code++)
        o.is_short = o.is_short || *code == 0x66;
    if ((*code & 0xf0) == 0x40)
        o.rex = *code++;
    o.opcode = *code++;
    o.mod = *code >> 6;
    o.reg = (*code >> 3 & 7) | (o.rex & REX_R ? 8 : 0);
    o.rm = (*code & 7) | (o.rex & REX_B ? 8 : 0);
    o.code = code;
    return o;
}

static int64_t number_at(const uint8_t *code, bool is_byte)
{
    int32_t number;

    if (is_byte)
        return (int8_t)*code;
    memcpy(&number, code, sizeof number);
    return number;
}

static bool is_kept(unsigned number)
{
    return number == RBX || number == RBP || (number >= R12 && number <= R15);
}

static bool push(struct way *way)
{
    way->sp -= WORD;
    return true;
}

static bool pop(struct way *way, unsigned number)
{
    if (number == RSP)
        return false;
    if (number == RBP) {
        way->saved_at = way->sp;
        way->saved_is_of_rbp = way->is_of_rbp;
        way->is_rbp_changed = way->is_rbp_restored = true;
    }
    way->sp += WORD;
    return true;
}

static bool set_to_rbp(struct way *way, int64_t offset)
{
    way->is_of_rbp = true;
    way->sp = offset;
    return !way->is_rbp_changed;
}

/* lea: rsp, from itself or from rbp. */
static bool load_address(struct way *way, const struct operation *o)
{
    bool has_byte = o->mod == 1;

    if (o->reg != RSP)
        return true;
    if (o->mod == 3 || !(o->rex & REX_W))
        return false;
    if (o->rm == RBP && o->mod != 0)
        return set_to_rbp(way, number_at(o->code + 1, has_byte));
    if (o->rm != RSP || o->code[1] != 0x24) /* SIB: rsp alone */
        return false;
    way->sp += o->mod == 0 ? 0 : number_at(o->code + 2, has_byte);
    return true;
}

/* Arithmetic with a number. */
static bool add_number(struct way *way, const struct operation *o)
{
    int64_t number = number_at(o->code + 1, o->opcode == 0x83);

    if (o->mod != 3 || o->rm != RSP || o->reg == 7) /* 7: cmp */
        return true;
    if (!(o->rex & REX_W) || (o->reg != 0 && o->reg != 5))
        return false;
    way->sp += o->reg == 0 ? number : -number;
    return true;
}

static bool move(struct way *way, const struct operation *o, unsigned to, unsigned from)
{
    if (to != RSP)
        return true;
    return o->mod == 3 && from == RBP && o->rex & REX_W && set_to_rbp(way, 0);
}

static bool leave(struct way *way)
{
    return set_to_rbp(way, 0) && pop(way, RBP);
}

/* Of the register that an instruction writes, whatever else it does. */
static unsigned written(const struct operation *o)
{
    unsigned opcode = o->opcode;
    bool to_register = opcode == 0x8b || opcode == 0x8d || opcode == 0x63 || opcode == 0x69 || opcode == 0x6b ||
                       (opcode < 0x38 && (opcode & 7) == 3);
    bool to_operand = opcode == 0x89 || opcode == 0xc7 || opcode == 0x87 || opcode == 0x81 || opcode == 0x83 ||
                      (opcode < 0x38 && (opcode & 7) == 1);

    if (opcode >= 0xb8 && opcode < 0xc0)
        return (opcode & 7) | (o->rex & REX_B ? 8 : 0);
    if (to_register)
        return o->reg;
    return to_operand && o->mod == 3 && !(opcode <= 0x83 && opcode >= 0x81 && o->reg == 7) ? o->rm : UINT32_MAX;
}

/* False: the way ends here, as nothing is known of the stack behind it. */
static bool apply(struct way *way, const uint8_t *code)
{
    const struct operation o = read_operation(code);
    unsigned opcode = o.opcode, number = (opcode & 7) | (o.rex & REX_B ? 8 : 0);

    if (opcode >= 0x50 && opcode < 0x58)
        return !o.is_short && push(way);
    if (opcode >= 0x58 && opcode < 0x60)
        return !o.is_short && pop(way, number);
    if (written(&o) == RBP)
        way->is_rbp_changed = true;
    switch (opcode) {
    case 0x68:
    case 0x6a:
    case 0x9c:
        return push(way);
    case 0xff:
        return o.reg % 8 != 6 || push(way);
    case 0x8f:
        way->sp += WORD;
        return true;
    case 0x9d:
        way->sp += WORD;
        return true;
    case 0xc8:
        return false;
    case 0xc9:
        return leave(way);
    case 0x8d:
        return load_address(way, &o);
    case 0x81:
    case 0x83:
        return add_number(way, &o);
    case 0x89:
        return o.mod != 3 || move(way, &o, o.rm, o.reg);
    case 0x8b:
        return move(way, &o, o.reg, o.rm);
    default:
        return written(&o) != RSP;
    }
}

static bool is_visited(struct following *f, uintptr_t at)
{
    size_t number = (at - f->begin) % VISITED;
    bool was = f->visited[number / 64] >> number % 64 & 1;

    f->visited[number / 64] |= UINT64_C(1) << number % 64;
    return was;
}

static void go_on(struct following *f, const struct way *way, uintptr_t at)
{
    struct way *next = &f->left[(f->first + f->count) % WAYS_LEFT_MAX];

    if (f->count == WAYS_LEFT_MAX)
        return;
    *next = *way;
    next->at = at;
    f->count++;
}

/* Long no-operations fill the room between two functions, too: behind a call that does not return, say. */
static bool is_padding(const uint8_t *code)
{
    const struct operation o = read_operation(code);

    return (o.opcode == 0x0f && *o.code == 0x1f) || (o.opcode == 0x90 && o.is_short);
}

/* Where functions begin they save what they must keep for their caller, which nobody does on the way from a call to a return; or
 * they are marked as a place where calls through pointers arrive (endbr64). */
static bool is_begin(const uint8_t *code)
{
    static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
    const struct operation o = read_operation(code);

    return memcmp(code, endbr64, sizeof endbr64) == 0 ||
           (o.opcode >= 0x50 && o.opcode < 0x58 && is_kept((o.opcode & 7) | (o.rex & REX_B ? 8 : 0)));
}

static bool is_believed(struct following *f, const struct way *way)
{
    const struct registers *r = f->registers;
    uintptr_t cfa = (way->is_of_rbp ? r->bp : r->sp) + (uintptr_t)way->sp + WORD, pc, bp;

    if (cfa <= r->sp || cfa - r->sp > (uintptr_t)FRAME_MOST || cfa % WORD ||
        (way->is_rbp_restored && way->saved_is_of_rbp != way->is_of_rbp))
        return false;
    return memory_read(f->memory, cfa - WORD, &pc) && returns_is_behind_call(pc) &&
           (!way->is_rbp_restored || memory_read(f->memory, cfa - WORD - (uintptr_t)(way->sp - way->saved_at), &bp));
}

/* To the end of a way. True: it is a return that is believed. */
static bool follow(struct following *f, struct way *way, unsigned *left)
{
    for (; *left > 0; (*left)--) {
        const uint8_t *code = (const uint8_t *)way->at;
        struct instruction instruction;
        if (way->at < f->low || way->at >= f->high || is_visited(f, way->at) || !is_readable(&f->code, way->at, DECODE_MAX) ||
            !decode(code, DECODE_MAX, way->at, &instruction) || (way->is_behind_call && is_padding(code)))
            return false;
        if (is_begin(code)) /* of another function: it was the last call of this one, which was nothing but a jump */
            return way->has_jumped && way->sp == way->jumped_with && is_believed(f, way);
        way->is_behind_call = instruction.kind == DECODE_CALL || instruction.kind == DECODE_CALL_POINTER;
        switch (instruction.kind) {
        case DECODE_RETURN:
            return read_operation(code).opcode == 0xc3 && is_believed(f, way);
        case DECODE_JUMP:
            way->has_jumped = true;
            way->jumped_with = way->sp;
            way->at = instruction.target;
            continue;
        case DECODE_JUMP_POINTER: /* of the linker's table: to a function of another object */
            return instruction.displacement_at && is_believed(f, way);
        case DECODE_BRANCH:
        case DECODE_COUNTER_BRANCH:
            go_on(f, way, instruction.target);
            break;
        case DECODE_PLAIN:
            if (!apply(way, code))
                return false;
            break;
        case DECODE_CALL:
        case DECODE_CALL_POINTER:
            break;
        case DECODE_JUMP_REGISTER:
        case DECODE_TRAP:
            return false;
        }
        way->at += instruction.length;
    }
    return false;
}

static struct cfi_row row_of(const struct way *way)
{
    struct cfi_row row = {.cfa = {.kind = CFI_VALUE_OFFSET, .offset = way->sp + WORD},
                          .cfa_register = way->is_of_rbp ? DWARF_RBP : DWARF_RSP};

    row.rule[CFI_RSP].kind = CFI_VALUE_OFFSET;
    row.rule[CFI_RIP] = (struct cfi_rule){.kind = CFI_OFFSET, .offset = -WORD};
    if (way->is_rbp_restored)
        row.rule[CFI_RBP] = (struct cfi_rule){.kind = CFI_OFFSET, .offset = way->saved_at - way->sp - WORD};
    return row;
}

bool returns_find(const struct registers *registers, struct memory *memory, struct cfi_row *ret)
{
    struct following f = {.registers = registers, .memory = memory, .begin = registers->pc, .code = {WORD, 2 * WORD}};
    struct dl_find_object object;
    unsigned left = INSTRUCTIONS_MAX;

    if (_dl_find_object((void *)registers->pc, &object) != 0)
        return false;
    f.low = (uintptr_t)object.dlfo_map_start;
    f.high = (uintptr_t)object.dlfo_map_end - DECODE_MAX;
    go_on(&f, &(struct way){.is_behind_call = true}, registers->pc);
    while (f.count > 0) {
        struct way way = f.left[f.first];
        f.first = (f.first + 1) % WAYS_LEFT_MAX;
        f.count--;
        if (follow(&f, &way, &left)) {
            *ret = row_of(&way);
            return true;
        }
    }
    return false;
}

bool returns_is_behind_call(uintptr_t address)
{
    struct memory code = {WORD, 2 * WORD};
    struct dl_find_object object;
    struct instruction instruction;

    if (address < CALL_MOST || _dl_find_object((void *)address, &object) != 0 ||
        address - (uintptr_t)object.dlfo_map_start < CALL_MOST || !is_readable(&code, address - CALL_MOST, CALL_MOST))
        return false;
    for (uintptr_t length = CALL_LEAST; length <= CALL_MOST; length++) {
        if (decode((const uint8_t *)(address - length), length, address - length, &instruction) && instruction.length == length &&
            (instruction.kind == DECODE_CALL || instruction.kind == DECODE_CALL_POINTER))
            return true;
    }
    return false;
}
