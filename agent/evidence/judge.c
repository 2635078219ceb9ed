#include "agent/evidence/judge.h"

#include "agent/evidence/finding.h"
#include "agent/evidence/lookout.h"
#include "agent/group/repeats.h"
#include "agent/process/settings.h"
#include "agent/recording/recording.h"

/* To the share of the parent, in the same thread. */
static bool step(const void *context, uintptr_t *shard, struct edge_sums *ret)
{
    const struct group_shard *child = (const struct group_shard *)*shard, *parent;

    (void)context;
    if (!lookout_edge(child, ret, &parent) || child->lookout->chosen->elsewhere ||
        !evidence_holds((struct evidence_edge){.sums = ret, .from_itself = parent == child}))
        return false;
    *shard = (uintptr_t)parent;
    return true;
}

uint64_t judge_fan_out(const struct group_shard *shard)
{
    return evidence_fan_out(step, NULL, (uintptr_t)shard);
}

static uint32_t reported(const struct group *group)
{
    return group->reported & UINT8_MAX;
}

void judge_group(struct group_shard *shard)
{
    const struct group_shard *parent = NULL;
    struct finding_numbers numbers = {0};
    struct edge_sums sums;
    struct evidence_edge edge = {0};
    struct verdict verdict;
    uint64_t fan_out = 0;

    if (likely(reported(shard->group) == VERDICT_PROVEN))
        return;
    finding_add(&numbers, shard);
    if (lookout_edge(shard, &sums, &parent)) {
        edge = (struct evidence_edge){&sums, parent == shard, parent->group->reported >> 8 == VERDICT_N_PLUS_ONE};
        fan_out = judge_fan_out(shard);
    }
    verdict = finding_decide(shard->group, &numbers, edge, fan_out, reported(shard->group));
    if ((uint32_t)verdict.confidence <= reported(shard->group))
        return;
    lock_take(&recording_lock);
    if ((uint32_t)verdict.confidence > reported(shard->group))
        finding_write(shard->group, verdict, edge.sums ? shard->lookout->edge.id : 0, numbers.counters.executions);
    lock_release(&recording_lock);
}

HOT struct group_shard *judge_new_value(struct group_shard *shard, uint64_t values)
{
    uint64_t *distinct_values = counters_word(shard->counters, COUNTER_DISTINCT_VALUES);
    uint64_t weight, unit_executions, unit_values;

    if (distinct_add(&shard->group->distinct, values, shard->unit_stamp, &weight) == DISTINCT_SAME_UNIT) {
        group_count(shard, COUNTER_REPEATED, 1);
        return shard;
    }
    *distinct_values += weight;
    if (repeats_matter(shard))
        repeats_ask(thread_self, shard, values);
    group_unit_so_far(shard, &unit_executions, &unit_values);
    if (unlikely(unit_values == settings.threshold) || unlikely(*distinct_values == settings.threshold))
        judge_group(shard);
    return shard;
}
