#include "agent/group/visit.h"

#include "agent/base/hash.h"
#include "agent/base/table.h"
#include "agent/group/shard.h"
#include "agent/process/thread.h"
#include "agent/recording/recording.h"
#include "agent/unit/scope.h"

static struct table visits = TABLE_INIT; /* hash of group and scope -> id; written under recording_lock */
static uint32_t last_visit;
static void (*notice)(struct thread *, struct group_shard *);

void visit_start(void (*noticed)(struct thread *thread, struct group_shard *shard))
{
    notice = noticed;
}

/* Locked; 0: it does not fit. */
static uint32_t visit_record(uint64_t key, uint32_t group, struct scope *scope)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Visit message = NPLUS1__VISIT__INIT;
    uint32_t id = (uint32_t)(uintptr_t)table_get(&visits, key);

    if (id)
        return id;
    message.has_id = message.has_group = message.has_scope = true;
    message.id = last_visit + 1;
    message.group = group;
    message.scope = scope_record(scope);
    record.visit = &message;
    if (!message.scope || !table_reserve(&visits) || !recording_append(&record))
        return 0;
    id = ++last_visit;
    table_put(&visits, key, (void *)(uintptr_t)id);
    return id;
}

/* The thread's counters for the group in the scope; NULL when they do not fit. */
static uint64_t *visit_counters(struct thread *thread, const struct group *group, struct scope *scope)
{
    uint64_t key = hash_mix(group->id, (uintptr_t)scope) | 2 /* 0 and 1 are reserved */,
             *counters = table_get(&thread->visits, key);
    uint32_t id;

    if (counters)
        return counters;
    lock_take(&recording_lock);
    id = table_reserve(&thread->visits) ? visit_record(key, group->id, scope) : 0;
    counters = id ? recording_append_counters(COUNTERS_VISIT, id, thread->shard) : NULL;
    lock_release(&recording_lock);
    if (!counters || !table_put(&thread->visits, key, counters)) {
        recording_left_out(STATUS_LEFT_OUT_GROUPS, 1);
        return NULL;
    }
    return counters;
}

void visit_now(struct thread *thread, struct group_shard *shard)
{
    uint64_t executions = *counters_word(shard->counters, COUNTER_EXECUTIONS), *visit = shard->visit;

    if (notice)
        notice(thread, shard);
    if (visit) {
        /* In this order: killed in between, readers count the stay's executions twice rather than never. */
        *counters_word(visit, VISIT_EXECUTIONS) += executions + 1 - *counters_word(visit, VISIT_SINCE);
        *(volatile uint64_t *)counters_word(visit, VISIT_SINCE) = 0;
    }
    shard->visit = visit = thread->scope ? visit_counters(thread, shard->group, thread->scope) : NULL;
    if (visit) {
        *counters_word(visit, VISIT_STAYS) += 1;
        *(volatile uint64_t *)counters_word(visit, VISIT_SINCE) = executions + 1;
    }
}

void visit_reset_after_fork(void)
{
    visits = (struct table)TABLE_INIT;
    last_visit = 0;
}
