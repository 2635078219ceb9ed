#include "collectors/languages/native/expression.h"

#define DEPTH 16  /* of its stack; those of call frames need 4 */
#define STEPS 256 /* one with a loop in it must end */

enum operation {
    OP_DEREF = 0x06,
    OP_CONST1U = 0x08, /* and 1s, 2u, 2s, 4u, 4s, 8u, 8s */
    OP_CONST8S = 0x0f,
    OP_CONSTU = 0x10,
    OP_CONSTS = 0x11,
    OP_DUP = 0x12,
    OP_DROP = 0x13,
    OP_OVER = 0x14,
    OP_SWAP = 0x16,
    OP_AND = 0x1a,
    OP_MINUS = 0x1c,
    OP_MUL = 0x1e,
    OP_NEG = 0x1f,
    OP_NOT = 0x20,
    OP_OR = 0x21,
    OP_PLUS = 0x22,
    OP_PLUS_UCONST = 0x23,
    OP_SHL = 0x24,
    OP_SHR = 0x25,
    OP_SHRA = 0x26,
    OP_XOR = 0x27,
    OP_BRA = 0x28,
    OP_EQ = 0x29,
    OP_GE = 0x2a,
    OP_GT = 0x2b,
    OP_LE = 0x2c,
    OP_LT = 0x2d,
    OP_NE = 0x2e,
    OP_SKIP = 0x2f,
    OP_LIT0 = 0x30,
    OP_LIT31 = 0x4f,
    OP_BREG0 = 0x70,
    OP_BREG31 = 0x8f,
    OP_NOP = 0x96,
};

struct machine {
    struct dwarf_reader code;
    const uint8_t *begin;
    const struct registers *registers;
    struct memory *memory;
    uint64_t stack[DEPTH];
    unsigned depth;
};

static void push(struct machine *m, uint64_t value)
{
    if (m->depth == DEPTH)
        m->code.failed = true;
    else
        m->stack[m->depth++] = value;
}

static uint64_t pop(struct machine *m)
{
    if (m->depth == 0) {
        m->code.failed = true;
        return 0;
    }
    return m->stack[--m->depth];
}

static uint64_t of_two(unsigned operation, uint64_t a, uint64_t b)
{
    switch (operation) {
    case OP_AND:
        return a & b;
    case OP_MINUS:
        return a - b;
    case OP_MUL:
        return a * b;
    case OP_OR:
        return a | b;
    case OP_PLUS:
        return a + b;
    case OP_SHL:
        return b < 64 ? a << b : 0;
    case OP_SHR:
        return b < 64 ? a >> b : 0;
    case OP_SHRA:
        return (uint64_t)((int64_t)a >> (b < 63 ? b : 63));
    case OP_XOR:
        return a ^ b;
    case OP_EQ:
        return a == b;
    case OP_GE:
        return (int64_t)a >= (int64_t)b;
    case OP_GT:
        return (int64_t)a > (int64_t)b;
    case OP_LE:
        return (int64_t)a <= (int64_t)b;
    case OP_LT:
        return (int64_t)a < (int64_t)b;
    default:
        return a != b;
    }
}

static bool takes_two(unsigned operation)
{
    return operation == OP_AND || operation == OP_MINUS || operation == OP_MUL || (operation >= OP_OR && operation <= OP_PLUS) ||
           (operation >= OP_SHL && operation <= OP_XOR) || (operation >= OP_EQ && operation <= OP_NE);
}

static uint64_t register_of(struct machine *m, unsigned number)
{
    switch (number) {
    case DWARF_RBP:
        return m->registers->bp;
    case DWARF_RSP:
        return m->registers->sp;
    case DWARF_RIP:
        return m->registers->pc;
    default: /* is not followed */
        m->code.failed = true;
        return 0;
    }
}

static void jump(struct machine *m, bool taken)
{
    int64_t by = (int64_t)dwarf_fixed(&m->code, 2, true);

    if (!taken || m->code.failed)
        return;
    if (by < m->begin - m->code.at || by > m->code.end - m->code.at)
        m->code.failed = true;
    else
        m->code.at += by;
}

static void take(struct machine *m, unsigned operation)
{
    uintptr_t word;
    uint64_t a, b;

    if (operation >= OP_LIT0 && operation <= OP_LIT31) {
        push(m, operation - OP_LIT0);
    } else if (operation >= OP_BREG0 && operation <= OP_BREG31) {
        a = register_of(m, operation - OP_BREG0);
        push(m, a + (uint64_t)dwarf_sleb(&m->code));
    } else if (operation >= OP_CONST1U && operation <= OP_CONST8S) {
        push(m, dwarf_fixed(&m->code, (size_t)1 << ((operation - OP_CONST1U) / 2), operation & 1));
    } else if (takes_two(operation)) {
        b = pop(m);
        a = pop(m);
        push(m, of_two(operation, a, b));
    } else {
        switch (operation) {
        case OP_DEREF:
            if (!memory_read(m->memory, pop(m), &word))
                m->code.failed = true;
            push(m, m->code.failed ? 0 : word);
            break;
        case OP_CONSTU:
            push(m, dwarf_uleb(&m->code));
            break;
        case OP_CONSTS:
            push(m, (uint64_t)dwarf_sleb(&m->code));
            break;
        case OP_DUP:
            push(m, m->depth ? m->stack[m->depth - 1] : pop(m));
            break;
        case OP_DROP:
            pop(m);
            break;
        case OP_OVER:
            push(m, m->depth > 1 ? m->stack[m->depth - 2] : pop(m));
            break;
        case OP_SWAP:
            b = pop(m);
            a = pop(m);
            push(m, b);
            push(m, a);
            break;
        case OP_NEG:
            push(m, -pop(m));
            break;
        case OP_NOT:
            push(m, ~pop(m));
            break;
        case OP_PLUS_UCONST:
            push(m, pop(m) + dwarf_uleb(&m->code));
            break;
        case OP_BRA:
            jump(m, pop(m) != 0);
            break;
        case OP_SKIP:
            jump(m, true);
            break;
        case OP_NOP:
            break;
        default:
            m->code.failed = true;
        }
    }
}

bool expression_evaluate(struct dwarf_reader expression, const struct registers *registers, struct memory *memory,
                         const uintptr_t *first, uintptr_t *ret)
{
    struct machine m = {.code = expression, .begin = expression.at, .registers = registers, .memory = memory, .depth = 0};
    uint64_t result;

    if (first)
        push(&m, *first);
    for (unsigned steps = 0; m.code.at < m.code.end && !m.code.failed; steps++) {
        if (steps == STEPS)
            return false;
        take(&m, dwarf_byte(&m.code));
    }
    result = pop(&m);
    if (m.code.failed)
        return false;
    *ret = result;
    return true;
}

bool expression_is_at_rbp(struct dwarf_reader expression, bool *ret_dereferenced, int64_t *ret_offset)
{
    bool is_rbp = dwarf_byte(&expression) == OP_BREG0 + DWARF_RBP;

    *ret_offset = dwarf_sleb(&expression);
    *ret_dereferenced = expression.at < expression.end && *expression.at == OP_DEREF;
    return is_rbp && !expression.failed && expression.end - expression.at == *ret_dereferenced;
}
