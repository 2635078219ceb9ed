#include "agent/evidence/lookout.h"

#include "agent/group/shard.h"

bool lookout_edge(const struct group_shard *shard, struct edge_sums *ret, const struct group_shard **ret_parent)
{
    const struct lookout *lookout = shard->lookout;

    if (!lookout || !lookout->chosen || !candidate_is_valid(lookout->chosen))
        return false;
    sums_read(COUNTERS_EDGE, ret->all, lookout->edge.counters);
    *ret_parent = lookout->chosen->source->shard;
    return true;
}
