#include "collectors/languages/hotspot/memo.h"

#include <stddef.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/process/thread.h"

#define MEMOS 4
#define SEEN  64

struct hotspot_memos {
    unsigned last, next;
    uint64_t seen[SEEN];
    struct hotspot_memo memo[MEMOS];
};

struct hotspot_memos *hotspot_memos(void)
{
    struct thread *thread = thread_self;

    if (unlikely(!thread->alive))
        return NULL;
    if (unlikely(!thread->walker_memos))
        thread->walker_memos = pool_alloc(&thread->pool, sizeof(struct hotspot_memos));
    return thread->walker_memos;
}

static bool same_ends(const struct hotspot_ends *a, const struct hotspot_ends *b)
{
    return a->top == b->top && a->base == b->base && a->pc == b->pc && a->fp == b->fp && a->life == b->life;
}

static inline uintptr_t difference(const struct hotspot_memo *memo, const char *low, uint32_t i)
{
    uintptr_t word;

    memcpy(&word, low + memo->at[i], sizeof word);
    return word ^ memo->value[i];
}

static bool holds(const struct hotspot_memo *memo, const struct hotspot_ends *ends)
{
    const char *low = (const char *)ends->top - sizeof(uintptr_t);

    if (!same_ends(&memo->ends, ends))
        return false;
    for (uint32_t i = 0; i < memo->count; i += 4) {
        if (difference(memo, low, i) | difference(memo, low, i + 1) | difference(memo, low, i + 2) | difference(memo, low, i + 3))
            return false;
    }
    return true;
}

HOT bool hotspot_memo_holds(struct hotspot_memos *memos, const struct hotspot_ends *ends, uint64_t *ret)
{
    for (unsigned i = 0; memos && i < MEMOS; i++) {
        const struct hotspot_memo *memo = &memos->memo[(memos->last + i) % MEMOS];
        if (!holds(memo, ends))
            continue;
        memos->last = (memos->last + i) % MEMOS;
        *ret = memo->hash;
        return true;
    }
    return false;
}

struct hotspot_memo *hotspot_memo_begin(struct hotspot_memos *memos, uintptr_t top)
{
    struct hotspot_memo *memo = memos ? &memos->memo[memos->next] : NULL;

    if (memo) {
        memo->ends.top = 0;
        memo->top = top;
        memo->count = 0;
    }
    return memo;
}

/* Words are compared by fours: the last one stands for those that are missing. */
static void fill_up(struct hotspot_memo *memo)
{
    for (; memo->count % 4; memo->count++) {
        memo->at[memo->count] = memo->at[memo->count - 1];
        memo->value[memo->count] = memo->value[memo->count - 1];
    }
}

void hotspot_memo_end(struct hotspot_memos *memos, const struct hotspot_ends *ends, uint64_t hash)
{
    struct hotspot_memo *memo = memos ? &memos->memo[memos->next] : NULL;

    if (!memo || memo->count > HOTSPOT_WORDS)
        return;
    if (memos->seen[hash % SEEN] != hash) {
        memos->seen[hash % SEEN] = hash;
        return;
    }
    fill_up(memo);
    memo->ends = *ends;
    memo->hash = hash;
    memos->last = memos->next;
    memos->next = (memos->next + 1) % MEMOS;
}
