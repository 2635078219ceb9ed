#include "agent/evidence/judge.h"

#include "agent/base/clock.h"
#include "agent/evidence/lookout.h"
#include "agent/group/repeats.h"
#include "agent/process/settings.h"
#include "agent/recording/database.h"
#include "agent/recording/recording.h"
#include "agent/stack/walker.h"
#include "exporter/stream/verdict.h"

void judge_group(struct group_shard *shard)
{
    struct group *group = shard->group;
    uint64_t unit_executions, unit_values;
    uint32_t edge;
    struct verdict_evidence evidence = {
        .verb = group->statement->verb,
        .has_stack = walkers_have_native(),
        .is_remote = group->database->is_remote,
        .is_memory = group->database->is_memory,
        .executions = *counters_word(shard->counters, COUNTER_EXECUTIONS),
        .distinct_values = *counters_word(shard->counters, COUNTER_DISTINCT_VALUES),
        .batched = *counters_word(shard->counters, COUNTER_BATCHED),
        .repeated = *counters_word(shard->counters, COUNTER_REPEATED),
    };
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Finding message = NPLUS1__FINDING__INIT;
    struct verdict verdict;

    if (likely(group->reported == VERDICT_PROVEN))
        return;
    group_unit_so_far(shard, &unit_executions, &unit_values);
    evidence.unit_max = unit_values;
    evidence.unit_executions_max = unit_executions;
    evidence.transactions = shard->facts ? *counters_word(shard->facts, FACT_TRANSACTIONS) : 0;
    evidence.units_seen = shard->facts ? *counters_word(shard->facts, FACT_UNITS_SEEN) : 0;
    lookout_evidence(shard, &evidence, &edge);
    verdict = verdict_decide(&evidence, settings.threshold);
    if (verdict.kind == VERDICT_NONE || (uint32_t)verdict.confidence <= group->reported)
        return;
    lock_take(&recording_lock);
    if ((uint32_t)verdict.confidence > group->reported) {
        group->reported = verdict.confidence;
        message.has_kind = message.has_confidence = message.has_group = message.has_ticks = message.has_executions = true;
        message.kind = (Nplus1__Kind)verdict.kind;
        message.confidence = (Nplus1__Confidence)verdict.confidence;
        message.group = group->id;
        message.ticks = clock_ticks();
        message.executions = evidence.executions;
        message.has_edge = edge != 0;
        message.edge = edge;
        record.finding = &message;
        recording_append(&record);
    }
    lock_release(&recording_lock);
}

struct group_shard *judge_new_value(struct group_shard *shard, uint64_t values)
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
