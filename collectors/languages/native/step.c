#include "collectors/languages/native/step.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/loading/real.h"
#include "collectors/languages/native/cfi.h"
#include "collectors/languages/native/returns.h"

extern __typeof__(_dl_find_object) _dl_find_object __attribute__((weak)); /* as in agent/loading/resolve.c */

/* What nearly all places say, in a word: the canonical frame address (CFA) is rsp or rbp and an offset, or stands at rbp and one
 * (where a function aligns its stack); the return address is right below it; rbp is as it was, or stands at an offset to the CFA
 * or to rbp. */
enum compact {
    COMPACT_KNOWN = 1 << 0,
    COMPACT_END = 1 << 1, /* there is no caller */
    COMPACT_CFA_OF_RBP = 1 << 2,
    COMPACT_CFA_READ = 1 << 3,
    COMPACT_RBP_SAVED = 1 << 4,
    COMPACT_RBP_OF_RBP = 1 << 5, /* at an offset to it */
    COMPACT_FOLLOWED = 1 << 6,   /* found by following the code: what it leads to is looked at each time */
    COMPACT_NONE = 1 << 7,       /* there is no rule */
};
#define COMPACT_BITS     8
#define COMPACT_CFA_BITS 24
#define COMPACT_CFA_MOST ((INT64_C(1) << (COMPACT_CFA_BITS - 1)) - 1)

/* Compact rules by return address. Any thread reads and writes; the words of one place fit together only when one writer wrote
 * both. */
#define PLACES 4096
static struct place {
    _Atomic uint64_t check, rule; /* the key xor the rule */
} places[PLACES];

/* The same address may be other code after a dlclose. */
static inline uint64_t key_of(uintptr_t pc, uint64_t changes)
{
    return pc ^ changes << 47;
}

static inline struct place *place_of(uintptr_t pc)
{
    return &places[(pc ^ pc >> 12) % PLACES];
}

static inline uint64_t known_rule(uintptr_t pc, uint64_t changes)
{
    const struct place *place = place_of(pc);
    uint64_t rule = atomic_load_explicit(&place->rule, memory_order_relaxed);

    return likely((atomic_load_explicit(&place->check, memory_order_relaxed) ^ rule) == key_of(pc, changes)) ? rule : 0;
}

static void remember(uintptr_t pc, uint64_t changes, uint64_t rule)
{
    struct place *place = place_of(pc);

    atomic_store_explicit(&place->rule, rule, memory_order_relaxed);
    atomic_store_explicit(&place->check, key_of(pc, changes) ^ rule, memory_order_relaxed);
}

/* 0: it takes more than that. */
static uint64_t compact_of(const struct cfi_row *row)
{
    const struct cfi_rule *bp = &row->rule[CFI_RBP], *cfa = &row->cfa;
    int64_t cfa_offset = cfa->offset, bp_offset = 0;
    uint64_t bits = COMPACT_KNOWN;
    bool is_read;

    if (row->is_signal_frame)
        return 0;
    if (row->rule[CFI_RIP].kind == CFI_UNDEFINED)
        return COMPACT_KNOWN | COMPACT_END;
    if (row->rule[CFI_RIP].kind != CFI_OFFSET || row->rule[CFI_RIP].offset != -(int64_t)sizeof(uintptr_t) ||
        row->rule[CFI_RSP].kind != CFI_VALUE_OFFSET || row->rule[CFI_RSP].offset != 0)
        return 0;
    if (cfa->kind == CFI_VALUE_EXPRESSION) {
        if (!expression_is_at_rbp(cfa->expression, &is_read, &cfa_offset))
            return 0;
        bits |= COMPACT_CFA_OF_RBP | (is_read ? COMPACT_CFA_READ : 0);
    } else if (cfa->kind == CFI_VALUE_OFFSET && (row->cfa_register == DWARF_RBP || row->cfa_register == DWARF_RSP)) {
        bits |= row->cfa_register == DWARF_RBP ? COMPACT_CFA_OF_RBP : 0;
    } else {
        return 0;
    }
    if (bp->kind == CFI_OFFSET) {
        bits |= COMPACT_RBP_SAVED;
        bp_offset = bp->offset;
    } else if (bp->kind == CFI_EXPRESSION && expression_is_at_rbp(bp->expression, &is_read, &bp_offset) && !is_read) {
        bits |= COMPACT_RBP_SAVED | COMPACT_RBP_OF_RBP;
    } else if (bp->kind != CFI_SAME) {
        return 0;
    }
    if (cfa_offset > COMPACT_CFA_MOST || cfa_offset < -COMPACT_CFA_MOST || bp_offset != (int32_t)bp_offset)
        return 0;
    return bits | ((uint64_t)cfa_offset & ((1U << COMPACT_CFA_BITS) - 1)) << COMPACT_BITS | (uint64_t)bp_offset << 32;
}

/* To the caller whose return address and registers are these, on the same stack or another one, but not where the frame is. */
static bool arrive(struct step_frame *frame, uintptr_t pc, uintptr_t sp, uintptr_t bp, bool is_interrupted)
{
    if (!pc || sp == frame->registers.sp || sp % sizeof(uintptr_t))
        return false;
    *frame = (struct step_frame){{.pc = pc, .sp = sp, .bp = bp}, is_interrupted, frame->of_goroutine};
    return true;
}

static inline int64_t compact_cfa(uint64_t rule)
{
    return (int64_t)(rule << (64 - COMPACT_BITS - COMPACT_CFA_BITS)) >> (64 - COMPACT_CFA_BITS);
}

static inline int64_t compact_rbp(uint64_t rule)
{
    return (int64_t)rule >> 32;
}

static bool step_compactly(struct step_frame *frame, struct memory *memory, uint64_t rule, uint64_t changes, uintptr_t *ret_slot)
{
    const struct registers *r = &frame->registers;
    uintptr_t cfa = (rule & COMPACT_CFA_OF_RBP ? r->bp : r->sp) + (uintptr_t)compact_cfa(rule), bp = r->bp, pc;

    if (unlikely(rule & (COMPACT_END | COMPACT_CFA_READ)) && (rule & COMPACT_END || !memory_read(memory, cfa, &cfa)))
        return false;
    /* Stacks grow downwards. */
    if (unlikely(cfa <= r->sp) || !memory_read(memory, cfa - sizeof pc, &pc) ||
        (unlikely(rule & COMPACT_FOLLOWED) && !known_rule(pc, changes) && !returns_is_behind_call(pc)) ||
        (rule & COMPACT_RBP_SAVED &&
         !memory_read(memory, (rule & COMPACT_RBP_OF_RBP ? r->bp : cfa) + (uintptr_t)compact_rbp(rule), &bp)))
        return false;
    *ret_slot = cfa - sizeof pc;
    return arrive(frame, pc, cfa, bp, false);
}

static bool apply(const struct cfi_rule *rule, uintptr_t cfa, uintptr_t same, const struct registers *registers,
                  struct memory *memory, uintptr_t *ret, uintptr_t *ret_slot)
{
    uintptr_t at = cfa + (uintptr_t)rule->offset;

    *ret_slot = 0;
    switch (rule->kind) {
    case CFI_SAME:
        *ret = same;
        return true;
    case CFI_VALUE_OFFSET:
        *ret = at;
        return true;
    case CFI_VALUE_EXPRESSION:
        return expression_evaluate(rule->expression, registers, memory, &cfa, ret);
    case CFI_EXPRESSION:
        if (!expression_evaluate(rule->expression, registers, memory, &cfa, &at))
            return false;
        break;
    case CFI_OFFSET:
        break;
    default:
        return false;
    }
    *ret_slot = at;
    return memory_read(memory, at, ret);
}

/* Whatever the row says. */
static bool step_by_row(struct step_frame *frame, struct memory *memory, const struct cfi_row *row, uintptr_t *ret_slot)
{
    const struct registers r = frame->registers;
    struct registers caller = r;
    uintptr_t cfa, slot;

    if (row->cfa.kind == CFI_VALUE_OFFSET && (row->cfa_register == DWARF_RBP || row->cfa_register == DWARF_RSP))
        cfa = (row->cfa_register == DWARF_RBP ? r.bp : r.sp) + (uintptr_t)row->cfa.offset;
    else if (row->cfa.kind != CFI_VALUE_EXPRESSION || !expression_evaluate(row->cfa.expression, &r, memory, NULL, &cfa))
        return false;
    if (row->rule[CFI_RBP].kind != CFI_UNDEFINED && !apply(&row->rule[CFI_RBP], cfa, r.bp, &r, memory, &caller.bp, &slot))
        return false;
    if (!apply(&row->rule[CFI_RSP], cfa, r.sp, &r, memory, &caller.sp, &slot) ||
        !apply(&row->rule[CFI_RIP], cfa, 0, &r, memory, &caller.pc, ret_slot))
        return false;
    if (row->is_signal_frame || *ret_slot != caller.sp - sizeof slot)
        *ret_slot = 0;
    return arrive(frame, caller.pc, caller.sp, caller.bp, row->is_signal_frame);
}

#define CHAINED_MOST ((uintptr_t)32 << 10) /* bytes of a frame that is found by rbp alone */

/* Code that says nothing of itself (made at run time, or assembled by hand) may keep rbp as the chain of its frames. What is
 * found so must be code of an object, or called by other such code; and be near: at the bottom of a coroutine's stack rbp is
 * still that of whoever made it. */
static bool step_by_rbp(struct step_frame *frame, struct memory *memory, uintptr_t *ret_slot)
{
    const struct registers r = frame->registers;
    struct dl_find_object object;
    uintptr_t bp, pc;

    if (r.bp < r.sp || r.bp - r.sp > CHAINED_MOST || r.bp % sizeof bp || !memory_read(memory, r.bp, &bp) ||
        !memory_read(memory, r.bp + sizeof bp, &pc) ||
        (_dl_find_object((void *)r.pc, &object) == 0 && _dl_find_object((void *)pc, &object) != 0))
        return false;
    *ret_slot = r.bp + sizeof bp;
    return arrive(frame, pc, r.bp + 2 * sizeof bp, bp, false);
}

#define GOROUTINE_LEAST  ((uintptr_t)2 << 10) /* bytes of a goroutine's stack, which has a power of two of them */
#define GOROUTINE_BEFORE 40                   /* where older releases keep those words, behind room for what is called */

/* Whether a goroutine called C, and the words at `at` are what Go's runtime (asmcgocall) keeps on the thread's stack meanwhile:
 * how far its stack pointer was from the end of its stack, and the goroutine, whose first words are where its stack begins and
 * ends. rbp is as it was there, the chain of its frames. */
static bool is_goroutine(uintptr_t at, uintptr_t bp, struct memory *memory)
{
    uintptr_t depth, goroutine, low, high;

    if (!memory_read(memory, at, &depth) || !memory_read(memory, at + sizeof depth, &goroutine) || !goroutine ||
        goroutine % sizeof goroutine || !memory_read(memory, goroutine, &low) ||
        !memory_read(memory, goroutine + sizeof low, &high))
        return false;
    return high > low && high - low >= GOROUTINE_LEAST && ((high - low) & (high - low - 1)) == 0 && depth <= high - low &&
           bp >= high - depth && bp <= high - 2 * sizeof bp && bp % sizeof bp == 0;
}

/* From the thread's own stack to that of the goroutine, which goes on by rbp. */
static bool step_to_goroutine(struct step_frame *frame, struct memory *memory, uintptr_t *ret_slot)
{
    const struct registers r = frame->registers;
    struct dl_find_object object;
    uintptr_t bp, pc;

    if ((!is_goroutine(r.sp, r.bp, memory) && !is_goroutine(r.sp + GOROUTINE_BEFORE, r.bp, memory)) ||
        !memory_read(memory, r.bp, &bp) || !memory_read(memory, r.bp + sizeof bp, &pc) ||
        _dl_find_object((void *)pc, &object) != 0)
        return false;
    *ret_slot = r.bp + sizeof bp;
    frame->of_goroutine = true;
    return arrive(frame, pc, r.bp + 2 * sizeof bp, bp, false);
}

/* Wherever Go calls, rbp is the chain of its frames, though nothing says so. */
#define COMPACT_OF_GO                                                                                                            \
    (COMPACT_KNOWN | COMPACT_CFA_OF_RBP | COMPACT_RBP_SAVED | UINT64_C(16) << COMPACT_BITS | (uint64_t)INT64_C(-16) << 32)

static bool step_without_rules(struct step_frame *frame, struct memory *memory, uint64_t changes, uintptr_t *ret_slot)
{
    uintptr_t pc = frame->registers.pc;

    if (!step_by_rbp(frame, memory, ret_slot))
        return !frame->of_goroutine && step_to_goroutine(frame, memory, ret_slot);
    if (frame->of_goroutine)
        remember(pc, changes, COMPACT_OF_GO);
    return true;
}

/* What is said of the code, or else what the code itself says. False: nothing. *ret_rule: 0 where it takes the row. */
static bool find_rule(const struct step_frame *frame, struct memory *memory, struct cfi_row *ret_row, uint64_t *ret_rule)
{
    if (cfi_find(frame->registers.pc - !frame->is_interrupted, ret_row)) {
        *ret_rule = compact_of(ret_row);
        return true;
    }
    if (frame->is_interrupted || frame->of_goroutine || !returns_find(&frame->registers, memory, ret_row))
        return false;
    *ret_rule = compact_of(ret_row) | COMPACT_FOLLOWED;
    return true;
}

/* Makes the frame its caller's. *ret_slot: where the return address stands, or 0. */
static NOINLINE bool step_anew(struct step_frame *frame, struct memory *memory, uint64_t changes, uintptr_t *ret_slot)
{
    uintptr_t pc = frame->registers.pc;
    struct cfi_row row;
    uint64_t rule = frame->is_interrupted ? 0 : known_rule(pc, changes);

    if (!rule) {
        if (!find_rule(frame, memory, &row, &rule))
            rule = COMPACT_NONE;
        if (rule && !frame->is_interrupted && !(rule & COMPACT_NONE && frame->of_goroutine))
            remember(pc, changes, rule);
    }
    if (rule & COMPACT_NONE)
        return step_without_rules(frame, memory, changes, ret_slot);
    return rule ? step_compactly(frame, memory, rule, changes, ret_slot) : step_by_row(frame, memory, &row, ret_slot);
}

static inline void note(struct step_trace *trace, bool *found, uintptr_t pc, uintptr_t slot)
{
    trace->addresses[trace->count] = pc;
    trace->slots[trace->count] = slot;
    *found |= slot == trace->slot;
    trace->count += *found;
}

/* As long as all is known, and in memory that is. */
static void step_known(struct step_frame *frame, const struct memory *memory, uint64_t changes, struct step_trace *ret,
                       bool *found)
{
    struct registers r = frame->registers;
    struct step_trace trace = *ret;
    const uintptr_t high = memory->high;

    while (trace.count < trace.max) {
        uint64_t rule = known_rule(r.pc, changes);
        uintptr_t cfa = (rule & COMPACT_CFA_OF_RBP ? r.bp : r.sp) + (uintptr_t)compact_cfa(rule),
                  bp = cfa + (uintptr_t)compact_rbp(rule), pc;

        if (unlikely((rule & (COMPACT_KNOWN | COMPACT_END | COMPACT_CFA_READ | COMPACT_RBP_OF_RBP | COMPACT_FOLLOWED)) !=
                     COMPACT_KNOWN) ||
            unlikely(cfa <= r.sp) || unlikely(cfa > high) || unlikely(cfa % sizeof cfa))
            break;
        pc = *(const uintptr_t *)(cfa - sizeof pc);
        if (unlikely(!pc)) /* the end of a coroutine's stack: no caller, here as in arrive() */
            break;
        if (rule & COMPACT_RBP_SAVED) {
            if (unlikely(bp < r.sp) || unlikely(bp > high - sizeof bp))
                break;
            memcpy(&r.bp, (const void *)bp, sizeof r.bp); /* not aligned, where the rule is wrong */
        }
        r.sp = cfa;
        r.pc = pc;
        note(&trace, found, r.pc, cfa - sizeof r.pc);
    }
    frame->registers = r;
    ret->count = trace.count;
}

/* Steps before the slot is found, which is a few frames of the agent's away: rules that lead downwards, as those of signal
 * handlers may, could go round in a circle. */
#define LOST_MOST 1000

void step_outwards(struct step_frame *frame, struct memory *memory, struct step_trace *trace)
{
    const uint64_t changes = real_loader_changes;
    bool found = false;
    uintptr_t slot;

    for (size_t lost = 0; found || lost < LOST_MOST; lost++) {
        if (!frame->is_interrupted && frame->registers.sp >= memory->low && frame->registers.sp < memory->high)
            step_known(frame, memory, changes, trace, &found);
        if (trace->count == trace->max || !frame->registers.pc || !step_anew(frame, memory, changes, &slot))
            return;
        note(trace, &found, frame->registers.pc, slot);
    }
}
