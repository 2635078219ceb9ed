#include "group.h"

#include <string.h>

#include "base/clock.h"
#include "database.h"
#include "exporter/stream/verdict.h"
#include "recording.h"
#include "settings.h"
#include "statement.h"
#include "walker.h"

static struct table groups; /* hash of the three -> struct group, written under recording_lock */
static uint32_t last_id;

static uint64_t group_key(const struct statement *statement, uint32_t stack, const struct database *database)
{
    return hash_mix((uintptr_t)statement ^ (uint64_t)stack << 32, (uintptr_t)database) | 2; /* 0 and 1 are reserved */
}

/* Locked. */
static struct group *group_add(uint64_t key, struct statement *statement, uint32_t stack, struct database *database)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Group message = NPLUS1__GROUP__INIT;
    struct group *group;

    message.has_id = message.has_statement = message.has_stack = message.has_database = true;
    message.id = last_id + 1;
    message.statement = statement_record(statement);
    message.stack = stack;
    message.database = database_record(database);
    if (!message.statement || !message.database)
        return NULL;
    group = pool_alloc(&recording_pool, sizeof *group);
    if (!group)
        return NULL;
    record.group = &message;
    if (!recording_append(&record))
        return NULL;
    group->id = ++last_id;
    group->stack = stack;
    group->statement = statement;
    group->database = database;
    table_put(&groups, key, group);
    return group;
}

struct group_shard *group_share(struct thread *thread, struct group *group)
{
    struct group_shard *shard = table_get(&thread->groups, (uint64_t)group->id + 1);

    if (likely(shard != NULL))
        return shard;
    shard = pool_alloc(&thread->pool, sizeof *shard);
    if (!shard)
        return NULL;
    shard->group = group;
    lock_take(&recording_lock);
    shard->counters = recording_append_counters(COUNTERS_GROUP, group->id, thread->shard);
    lock_release(&recording_lock);
    if (!shard->counters || !table_put(&thread->groups, (uint64_t)group->id + 1, shard))
        return NULL;
    *counters_word(shard->counters, COUNTER_FIRST_TICKS) = clock_ticks();
    recording_touch_clock();
    return shard;
}

struct group_shard *group_find(struct thread *thread, struct statement *statement, uint32_t stack, struct database *database)
{
    struct group_shard *shard = NULL;
    struct group *group;
    uint64_t key;

    if (!statement || !database || !stack)
        goto out;
    key = group_key(statement, stack, database);
    group = table_get(&groups, key);
    if (unlikely(!group) && !recording_is_full()) {
        lock_take(&recording_lock);
        group = table_get(&groups, key);
        if (!group && recording_begin())
            group = group_add(key, statement, stack, database);
        lock_release(&recording_lock);
    }
    if (group)
        shard = group_share(thread, group);
out:
    if (unlikely(!shard))
        recording_left_out(STATUS_LEFT_OUT_GROUPS, 1);
    return shard;
}

static COLD void begin_unit(struct thread *thread, struct group_shard *shard)
{
    shard->unit = thread->unit;
    shard->unit_executions = 0;
    shard->unit_values = 0;
    shard->unit_stamp = (uint16_t)hash_mix(thread->sequence, thread->shard);
}

/* Writes down that a rule holds, the first time that it does. */
static COLD void judge(struct group_shard *shard)
{
    struct group *group = shard->group;
    struct verdict_evidence evidence = {
        .verb = group->statement->verb,
        .has_stack = walkers_have_native(),
        .executions = *counters_word(shard->counters, COUNTER_EXECUTIONS),
        .distinct_values = *counters_word(shard->counters, COUNTER_DISTINCT_VALUES),
        .batched = *counters_word(shard->counters, COUNTER_BATCHED),
        .repeated = *counters_word(shard->counters, COUNTER_REPEATED),
        .unit_max = *counters_word(shard->counters, COUNTER_UNIT_MAX),
    };
    struct verdict verdict = verdict_decide(&evidence, settings.threshold);
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Finding message = NPLUS1__FINDING__INIT;

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
        record.finding = &message;
        recording_append(&record);
    }
    lock_release(&recording_lock);
}

void group_execute(struct thread *thread, struct group_shard *shard, uint64_t values, bool batched)
{
    enum distinct_seen seen;
    uint64_t weight;

    group_count(shard, COUNTER_EXECUTIONS, 1);
    if (unlikely(shard->unit_executions == 0) || unlikely(shard->unit != thread->unit) ||
        unlikely(thread->sequence - shard->last_sequence > GROUP_GAP))
        begin_unit(thread, shard);
    shard->last_sequence = thread->sequence;
    if (++shard->unit_executions == 2)
        group_count(shard, COUNTER_UNITS, 1);
    group_maximum(shard, COUNTER_UNIT_EXECUTIONS_MAX, shard->unit_executions);
    if (unlikely(batched))
        group_count(shard, COUNTER_BATCHED, 1);
    seen = distinct_add(&shard->group->distinct, values, shard->unit_stamp, &weight);
    if (seen == DISTINCT_SAME_UNIT) {
        group_count(shard, COUNTER_REPEATED, 1);
        return;
    }
    if (weight)
        group_count(shard, COUNTER_DISTINCT_VALUES, weight);
    group_maximum(shard, COUNTER_UNIT_MAX, ++shard->unit_values);
    if (unlikely(shard->unit_values == settings.threshold) ||
        unlikely(*counters_word(shard->counters, COUNTER_DISTINCT_VALUES) == settings.threshold))
        judge(shard);
}

void group_reset_after_fork(void)
{
    memset(&groups, 0, sizeof groups);
    last_id = 0;
}
