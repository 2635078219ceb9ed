/* Call stacks: captured, verified against what was captured before, interned as a tree.
 *
 * stack_capture is on the path of every execution. It first asks the thread's memos: a memo notes, for each frame of a stack that was
 * walked, the address of the stack slot that holds its return address, and the value. When a capture begins at the same slot and
 * every slot still holds its value, the stack is the same and nothing is walked: about 5 instructions a frame. Memos are used
 * only on the thread's own stack, where every slot above the present frame stays mapped.
 *
 * Otherwise the stack is walked, folded (a recursion of any depth is one stack) and interned; a stack that comes a second time
 * gets a memo.
 */
#ifndef NPLUS1_STACK_H
#define NPLUS1_STACK_H

#include <stdint.h>

#include "lifecycle.h"
#include "thread.h"

#define STACK_FRAMES  128 /* frames kept in a stack, the innermost ones */
#define STACK_MEMOS   32  /* per thread, 52 KiB, touched as needed */
#define STACK_NO_MEMO UINT32_MAX

struct stack_memo {
    uintptr_t slot;      /* where the wrapper's own return address stands; 0: unused */
    uint32_t stack;      /* id */
    uint32_t frames;     /* slots to verify; 0: only a candidate so far */
    uint32_t generation; /* lifecycle_loader_changes when it was made */
    uint32_t offset[STACK_FRAMES]; /* of each slot from the first, in bytes */
    uintptr_t value[STACK_FRAMES];
};

struct stack_memos {
    struct stack_memo memo[STACK_MEMOS];
};

COLD uint32_t stack_capture_slowly(struct thread *thread, const uintptr_t *slot);

static inline struct stack_memo *stack_memo_at(struct stack_memos *memos, uintptr_t slot, uintptr_t return_address)
{
    return &memos->memo[((slot >> 3) ^ (return_address >> 2) ^ (return_address >> 9)) % STACK_MEMOS];
}

/* The id of the calling thread's stack, from the frame that `*slot` returns to outwards. 0: none could be taken. slot: the address of the stack slot
 * with the return address of the interposed function (STACK_SLOT in that function). */
static inline uint32_t stack_capture(struct thread *thread, const uintptr_t *slot)
{
    const struct stack_memo *memo;
    uintptr_t difference = 0;

    if (unlikely(!thread->memos))
        return stack_capture_slowly(thread, slot);
    memo = stack_memo_at(thread->memos, (uintptr_t)slot, *slot);
    if (unlikely(memo->slot != (uintptr_t)slot) || unlikely(memo->generation != lifecycle_loader_changes) || unlikely(!memo->frames))
        return stack_capture_slowly(thread, slot);
#pragma GCC unroll 4
    for (uint32_t i = 0; i < memo->frames; i++)
        difference |= *(const uintptr_t *)((uintptr_t)slot + memo->offset[i]) ^ memo->value[i];
    if (likely(difference == 0))
        return memo->stack;
    return stack_capture_slowly(thread, slot);
}

/* In an interposed function: the slot of its own return address. */
#define STACK_SLOT ((const uintptr_t *)__builtin_dwarf_cfa() - 1)

void stack_forget_memos(struct thread *thread);
void stack_reset_after_fork(void);

#endif
