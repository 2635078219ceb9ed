#include "agent/base/sandbox/filter.h"

#include <string.h>

struct machine {
    uint32_t accumulator, index, memory[BPF_MEMWORDS];
};

/* The data in words; a filter reads aligned ones alone. */
static bool load(const struct seccomp_data *call, uint32_t offset, uint32_t *ret)
{
    if (offset % 4 != 0 || offset >= sizeof *call)
        return false;
    memcpy(ret, (const char *)call + offset, sizeof *ret);
    return true;
}

/* False: the kernel would not have taken it, or ends there as well. */
static bool calculate(struct machine *machine, uint16_t operation, uint32_t operand)
{
    uint32_t *a = &machine->accumulator;

    switch (operation) {
    case BPF_ADD:
        *a += operand;
        return true;
    case BPF_SUB:
        *a -= operand;
        return true;
    case BPF_MUL:
        *a *= operand;
        return true;
    case BPF_DIV:
        if (operand == 0)
            return false;
        *a /= operand;
        return true;
    case BPF_OR:
        *a |= operand;
        return true;
    case BPF_AND:
        *a &= operand;
        return true;
    case BPF_XOR:
        *a ^= operand;
        return true;
    case BPF_LSH:
        *a <<= operand & 31;
        return true;
    case BPF_RSH:
        *a >>= operand & 31;
        return true;
    case BPF_NEG:
        *a = -*a;
        return true;
    default:
        return false;
    }
}

static bool holds(const struct machine *machine, uint16_t condition, uint32_t operand, bool *ret)
{
    uint32_t a = machine->accumulator;

    switch (condition) {
    case BPF_JEQ:
        *ret = a == operand;
        return true;
    case BPF_JGT:
        *ret = a > operand;
        return true;
    case BPF_JGE:
        *ret = a >= operand;
        return true;
    case BPF_JSET:
        *ret = (a & operand) != 0;
        return true;
    default:
        return false;
    }
}

static bool load_into(const struct machine *machine, uint16_t mode, uint32_t operand, const struct seccomp_data *call,
                      uint32_t *ret)
{
    switch (mode) {
    case BPF_ABS:
        return load(call, operand, ret);
    case BPF_LEN:
        *ret = sizeof *call;
        return true;
    case BPF_IMM:
        *ret = operand;
        return true;
    case BPF_MEM:
        *ret = machine->memory[operand % BPF_MEMWORDS];
        return operand < BPF_MEMWORDS;
    default:
        return false;
    }
}

/* One that does not jump or return. */
static bool step(struct machine *machine, const struct sock_filter *at, const struct seccomp_data *call)
{
    switch (BPF_CLASS(at->code)) {
    case BPF_LD:
        return BPF_SIZE(at->code) == BPF_W && load_into(machine, BPF_MODE(at->code), at->k, call, &machine->accumulator);
    case BPF_LDX:
        return BPF_MODE(at->code) != BPF_ABS && load_into(machine, BPF_MODE(at->code), at->k, call, &machine->index);
    case BPF_ST:
    case BPF_STX:
        machine->memory[at->k % BPF_MEMWORDS] = BPF_CLASS(at->code) == BPF_ST ? machine->accumulator : machine->index;
        return at->k < BPF_MEMWORDS;
    case BPF_ALU:
        return calculate(machine, BPF_OP(at->code), BPF_SRC(at->code) == BPF_X ? machine->index : at->k);
    case BPF_MISC:
        if (BPF_MISCOP(at->code) == BPF_TAX)
            machine->index = machine->accumulator;
        else
            machine->accumulator = machine->index;
        return true;
    default:
        return false;
    }
}

uint32_t filter_run(const struct sock_filter *instructions, size_t count, const struct seccomp_data *call)
{
    struct machine machine = {0};

    for (size_t i = 0; i < count; i++) { /* only forward, so it comes to an end */
        const struct sock_filter *at = &instructions[i];
        bool jumps;

        if (BPF_CLASS(at->code) == BPF_RET)
            return BPF_RVAL(at->code) == BPF_A ? machine.accumulator : at->k;
        if (BPF_CLASS(at->code) != BPF_JMP) {
            if (!step(&machine, at, call))
                break;
        } else if (BPF_OP(at->code) == BPF_JA) {
            i += at->k;
        } else {
            if (!holds(&machine, BPF_OP(at->code), BPF_SRC(at->code) == BPF_X ? machine.index : at->k, &jumps))
                break;
            i += jumps ? at->jt : at->jf;
        }
    }
    return SECCOMP_RET_KILL_PROCESS;
}

bool filter_spares(uint32_t said)
{
    switch (said & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_ALLOW:
    case SECCOMP_RET_LOG:
    case SECCOMP_RET_TRACE:
    case SECCOMP_RET_ERRNO:
        return true;
    default:
        return false;
    }
}
