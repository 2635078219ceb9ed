#include "agent/evidence/judge.h"

#include "agent/evidence/finding.h"
#include "agent/evidence/lookout.h"
#include "agent/group/repeats.h"
#include "agent/process/settings.h"
#include "agent/recording/recording.h"

/* To the share of the parent, in the same thread. */
static bool step(const void *context, uintptr_t *shard, struct evidence_level *ret)
{
    const struct group_shard *child = (const struct group_shard *)*shard, *parent;

    (void)context;
    if (!lookout_edge(child, &ret->sums, &parent) || child->lookout->chosen->elsewhere ||
        !evidence_holds((struct evidence_edge){.sums = &ret->sums, .from_itself = parent == child}))
        return false;
    ret->parent_executions = *counters_word(parent->counters, COUNTER_EXECUTIONS);
    ret->parent_distinct_values = *counters_word(parent->counters, COUNTER_DISTINCT_VALUES);
    ret->parent_has_limit = parent->group->statement->has_limit;
    *shard = (uintptr_t)parent;
    return true;
}

struct evidence_fan_out judge_fan_out(const struct group_shard *shard)
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
    struct evidence_fan_out fan_out = {0};

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

/* The values are new in the share's unit of work. */
static NOINLINE struct group_shard *judge_counted(struct group_shard *shard, uint64_t values)
{
    uint64_t unit_executions, unit_values;

    if (repeats_matter(shard))
        repeats_ask(thread_self, shard, values);
    group_unit_so_far(shard, &unit_executions, &unit_values);
    if (unit_values == settings.threshold || *counters_word(shard->counters, COUNTER_DISTINCT_VALUES) == settings.threshold)
        judge_group(shard);
    return shard;
}

/* Where the set of values grows, or is read by others. */
static NOINLINE struct group_shard *judge_slowly(struct group_shard *shard, uint64_t values)
{
    uint64_t weight;

    if (distinct_add(&shard->group->distinct, values, shard->unit_stamp, &weight) == DISTINCT_SAME_UNIT) {
        group_count(shard, COUNTER_REPEATED, 1);
        return shard;
    }
    *counters_word(shard->counters, COUNTER_DISTINCT_VALUES) += weight;
    return judge_counted(shard, values);
}

/* Calls nothing but what it ends with, and so needs no stack frame: in a program that writes, each execution comes here. */
HOT struct group_shard *judge_new_value(struct group_shard *shard, uint64_t values)
{
    uint64_t *distinct_values = counters_word(shard->counters, COUNTER_DISTINCT_VALUES);
    uint64_t unit_executions, unit_values;
    enum distinct_seen seen;

    if (unlikely(!distinct_add_first(&shard->group->distinct, values, shard->unit_stamp, &seen)))
        return judge_slowly(shard, values);
    if (seen == DISTINCT_SAME_UNIT) {
        group_count(shard, COUNTER_REPEATED, 1);
        return shard;
    }
    *distinct_values += seen == DISTINCT_NEW;
    group_unit_so_far(shard, &unit_executions, &unit_values);
    if (repeats_matter(shard) || unlikely(unit_values == settings.threshold) || unlikely(*distinct_values == settings.threshold))
        return judge_counted(shard, values);
    return shard;
}
