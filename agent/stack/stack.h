/* Call stacks: captured, verified against what was captured before, interned as a tree.
 *
 * A memo notes, for each frame of a stack that was walked, the stack slot that holds its return address, and the value. When an
 * execution begins at the same slot and every slot still holds its value, the stack is the same and nothing is walked. Memos are
 * used only on the thread's own stack, where every slot above the present frame stays mapped.
 *
 * Otherwise the stack is walked, folded and interned; a stack that comes a second time gets a memo. A recursion is one stack,
 * whatever its depth: up to 4,096 frames of a language (Ruby 1,000, Tcl 2,048), 512 of native code.
 */
#ifndef NPLUS1_AGENT_STACK_STACK_H
#define NPLUS1_AGENT_STACK_STACK_H

#include <emmintrin.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/base/compiler.h"
#include "agent/process/thread.h"
#include "agent/stack/walker.h"

#define STACK_FRAMES 128 /* frames kept in a stack, the innermost ones */
#define STACK_MEMOS  64  /* per thread, 2 KiB each */
#define STACK_SEEN   256

/* Frames walked at the most: what is deeper is mostly recursion, which folds. Those of a language have a second try (stack.c). */
#define STACK_WALK    512
#define STACK_WALK_VM 256

/* Slots and values are verified eight at a time; spare places repeat the first. */
#define STACK_VERIFIED 8

struct stack_memo {
    uintptr_t slot;       /* where the wrapper's own return address stands; 0: unused */
    uint32_t stack;       /* id */
    const uintptr_t *end; /* in value[], behind the last one to verify: a multiple of STACK_VERIFIED */
    _Alignas(16) uintptr_t value[STACK_FRAMES];
    uintptr_t address[STACK_FRAMES]; /* the slots; must follow value[] */
};

/* Where a walk puts what it finds: the program's stack may be small. */
struct stack_walk {
    union {
        struct {
            uintptr_t addresses[STACK_WALK], slots[STACK_WALK];
        };
        struct vm_frame vm[STACK_WALK_VM];
    };
    uint64_t functions[STACK_WALK];
    uint32_t frames[STACK_WALK];
};

struct stack_memos {
    struct stack_walk walk;
    uint32_t walks;                       /* while the bounds of the stack are not known */
    uint32_t turn;                        /* counts the choices where several places would do */
    struct stack_memo *memo[STACK_MEMOS]; /* made when there is one to learn, NULL till then; they stay */
    uint64_t seen[STACK_SEEN];            /* hashes of stacks: the second time is worth noting where everything stands */
};

extern HIDDEN const struct stack_memo stack_no_memo; /* holds for no stack */

/* Whether the calling thread's stack is the one that its memo tells of. slot: STACK_SLOT of the interposed function. */
static inline bool stack_memo_holds(const struct stack_memo *memo, const uintptr_t *slot)
{
    __m128i difference = _mm_setzero_si128();
    const uintptr_t *at = memo->value;

    if (unlikely(memo->slot != (uintptr_t)slot))
        return false;
        /* Two slots in one register: exact, and three instructions a frame. */
#define STACK_VERIFY(i)                                                                                                          \
    _mm_xor_si128(*(const __m128i *)(const void *)&at[i],                                                                        \
                  _mm_castpd_si128(_mm_loadh_pd(_mm_load_sd((const double *)at[STACK_FRAMES + (i)]),                             \
                                                (const double *)at[STACK_FRAMES + (i) + 1])))
    do {
        difference = _mm_or_si128(difference, _mm_or_si128(_mm_or_si128(STACK_VERIFY(0), STACK_VERIFY(2)),
                                                           _mm_or_si128(STACK_VERIFY(4), STACK_VERIFY(6))));
        at += STACK_VERIFIED;
    } while (at != memo->end);
#undef STACK_VERIFY
    return likely(_mm_movemask_epi8(_mm_cmpeq_epi8(difference, _mm_setzero_si128())) == 0xffff);
}

/* The calling thread's stack in the language VM that it runs; 0: in none. hash: what walkers_identify_vm says of it; 0: nothing.
 */
uint32_t stack_capture_vm(struct thread *thread, uint64_t hash);

/* The memo that holds for the calling thread's stack, where it runs no VM; if there is none, the stack is walked, and *ret_stack
 * has its id (0: none could be taken) with &stack_no_memo for a result. statement: a number of what is executed: in a program
 * that sends everything through one function the stacks of all statements end alike. */
COLD const struct stack_memo *stack_capture(struct thread *thread, const uintptr_t *slot, const void *statement,
                                            uint32_t *ret_stack);

/* In an interposed function: the slot of its own return address. */
#define STACK_SLOT ((const uintptr_t *)__builtin_dwarf_cfa() - 1)

/* Whether more is known of the stack than who called the library: a native walk that failed says no more, and that may be a
 * helper which everything goes through. Any thread, no lock. */
bool stack_is_whole(uint32_t stack);

void stack_forget_memos(struct thread *thread);
void stack_reset_after_fork(void);

#endif
