#include "agent/evidence/lookout.h"

#include <string.h>

#include "agent/group/shard.h"
#include "agent/process/thread.h"

bool lookout_edge(const struct group_shard *shard, struct edge_sums *ret, const struct group_shard **ret_parent)
{
    const struct lookout *lookout = shard->lookout;

    if (!lookout || !lookout->chosen || !candidate_is_valid(lookout->chosen))
        return false;
    sums_read(COUNTERS_EDGE, ret->all, lookout->edge.counters);
    *ret_parent = lookout->chosen->source->shard;
    return true;
}

/* Lookouts of shares that were executed once, by the last of them: a program that makes up ever new statements needs no more. */
#define YOUNG_LOOKOUTS 256

struct young_lookouts {
    struct group_shard *share[YOUNG_LOOKOUTS];
    uint32_t next;
};

/* Of a share that has not been executed again since; it searches anew when it is. */
static struct lookout *take_back_young(struct group_shard *share)
{
    struct lookout *lookout;
    struct candidate *candidates;
    uint32_t count;

    if (!share || !share->lookout || *counters_word(share->counters, COUNTER_EXECUTIONS) > 1)
        return NULL;
    lookout = share->lookout;
    share->lookout = NULL;
    share->look_in = 1;
    candidates = lookout->candidate;
    count = lookout->candidates;
    if (candidates)
        memset(candidates, 0, count * sizeof *candidates);
    *lookout = (struct lookout){.candidate = candidates, .candidates = count};
    return lookout;
}

struct lookout *lookout_create(struct thread *thread, struct group_shard *shard, uint64_t executions)
{
    struct young_lookouts *young = thread->young_lookouts;
    struct lookout *lookout;

    if (!young)
        young = thread->young_lookouts = pool_alloc_spare(&thread->pool, sizeof *young);
    lookout = young ? take_back_young(young->share[young->next]) : NULL;
    if (!lookout)
        lookout = pool_alloc_spare(&thread->pool, sizeof *lookout);
    if (!lookout)
        return NULL;
    if (young) {
        young->share[young->next] = shard;
        young->next = (young->next + 1) % YOUNG_LOOKOUTS;
    }
    lookout->since = executions - 1;
    lookout->unit = thread->unit;
    return lookout;
}
