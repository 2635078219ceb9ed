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

/* Whether a count has just come to where rules begin to hold. The group may have had that many values for long. */
static inline bool is_at_threshold(const struct group_shard *shard, bool is_new)
{
    uint64_t unit_executions, unit_values;

    group_unit_so_far(shard, &unit_executions, &unit_values);
    return unit_values == settings.threshold ||
           (is_new && *counters_word(shard->counters, COUNTER_DISTINCT_VALUES) == settings.threshold);
}

/* Where SELECTs are asked for elsewhere, too, or few times so far. */
static NOINLINE struct group_shard *judge_repeats(struct group_shard *shard, uint64_t values)
{
    repeats_ask(thread_self, shard, values);
    return shard;
}

/* The values are new in the share's unit of work, and a count is at the threshold. */
static NOINLINE struct group_shard *judge_counted(struct group_shard *shard, uint64_t values)
{
    if (repeats_matter(shard))
        repeats_ask(thread_self, shard, values);
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
    if (repeats_matter(shard))
        repeats_ask(thread_self, shard, values);
    if (is_at_threshold(shard, weight > 0))
        judge_group(shard);
    return shard;
}

/* Calls nothing but what it ends with, and so needs no stack frame: in a program that writes, each execution comes here. */
HOT struct group_shard *judge_new_value(struct group_shard *shard, uint64_t values)
{
    enum distinct_seen seen;

    if (unlikely(!distinct_add_first(&shard->group->distinct, values, shard->unit_stamp, &seen)))
        return judge_slowly(shard, values);
    if (seen == DISTINCT_SAME_UNIT) {
        group_count(shard, COUNTER_REPEATED, 1);
        return shard;
    }
    *counters_word(shard->counters, COUNTER_DISTINCT_VALUES) += seen == DISTINCT_NEW;
    if (unlikely(is_at_threshold(shard, seen == DISTINCT_NEW)))
        return judge_counted(shard, values);
    return repeats_matter(shard) ? judge_repeats(shard, values) : shard;
}

static NOINLINE struct group_shard *judge_coming_back_slowly(struct thread *thread, struct group_shard *shard,
                                                             const struct transaction *transaction, uint64_t values)
{
    group_come_back(thread, shard, transaction);
    group_count(shard, COUNTER_EXECUTIONS, 1);
    return judge_new_value(shard, values);
}

static NOINLINE struct group_shard *judge_in_new_unit(struct thread *thread, struct group_shard *shard, uint64_t values)
{
    group_begin_unit(thread, shard);
    group_count(shard, COUNTER_EXECUTIONS, 1);
    return judge_new_value(shard, values);
}

/* Calls nothing but what it ends with. */
HOT struct group_shard *judge_coming_back(struct thread *thread, struct group_shard *shard, const struct transaction *transaction,
                                          uint64_t values)
{
    if (unlikely(!group_comes_back(thread, shard)))
        return judge_coming_back_slowly(thread, shard, transaction, values);
    if (!group_stays_in_unit(thread, shard, transaction))
        return judge_in_new_unit(thread, shard, values);
    group_count(shard, COUNTER_EXECUTIONS, 1);
    return judge_new_value(shard, values);
}
