#include "collectors/languages/hotspot/memo.h"

#include <stddef.h>

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

static bool holds(const struct hotspot_memo *memo, const struct hotspot_ends *ends)
{
    if (memo->ends.top != ends->top || memo->ends.base != ends->base || memo->ends.life != ends->life)
        return false;
    for (uint32_t i = 0; i < memo->count; i++) {
        if (*memo->words[i].at != memo->words[i].value)
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

struct hotspot_memo *hotspot_memo_begin(struct hotspot_memos *memos)
{
    struct hotspot_memo *memo = memos ? &memos->memo[memos->next] : NULL;

    if (memo) {
        memo->ends.top = 0;
        memo->count = 0;
    }
    return memo;
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
    memo->ends = *ends;
    memo->hash = hash;
    memos->last = memos->next;
    memos->next = (memos->next + 1) % MEMOS;
}
