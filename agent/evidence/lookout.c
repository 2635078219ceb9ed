#include "agent/evidence/lookout.h"

#include "agent/group/shard.h"
#include "exporter/stream/verdict.h"

bool lookout_evidence(const struct group_shard *shard, struct verdict_evidence *evidence, uint32_t *ret_edge)
{
    const struct lookout *lookout = shard->lookout;

    *ret_edge = 0;
    if (!lookout || !lookout->chosen || !candidate_is_valid(lookout->chosen))
        return false;
    evidence->edge.matches = *counters_word(lookout->edge.counters, EDGE_MATCHES);
    evidence->edge.judged = *counters_word(lookout->edge.counters, EDGE_JUDGED);
    evidence->edge.distinct_values = *counters_word(lookout->edge.counters, EDGE_DISTINCT_VALUES);
    evidence->edge.max_per_episode = *counters_word(lookout->edge.counters, EDGE_MAX_PER_EPISODE);
    evidence->edge.bits = *counters_word(lookout->edge.counters, EDGE_BITS);
    evidence->edge_from_itself = lookout->chosen->source->shard == shard;
    *ret_edge = lookout->edge.id;
    return true;
}
