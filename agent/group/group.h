/* Finding groups and going on with them: counting executions, and noticing where units of work end.
 *
 * Each share belongs to its thread; recording_lock is taken only for what is new. errno is preserved.
 */
#ifndef NPLUS1_AGENT_GROUP_GROUP_H
#define NPLUS1_AGENT_GROUP_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/compiler.h"
#include "agent/base/hash.h"
#include "agent/group/shard.h"
#include "agent/statement/statement.h"
#include "agent/process/thread.h"
#include "agent/unit/called.h"
#include "agent/unit/transaction.h"
#include "agent/unit/unit.h"

struct database;

/* The calling thread's share; NULL when it does not fit into memory or the recording. */
struct group_shard *group_find(struct thread *thread, struct statement *statement, uint32_t stack, struct database *database);

/* The calling thread's share of a group that another thread's share names. */
struct group_shard *group_share(struct thread *thread, struct group *group);

/* The share's facts, made when they are first wanted; NULL when they do not fit. */
uint64_t *group_facts(struct thread *thread, struct group_shard *shard);

/* Before it counts: an execution with a list of several. */
COLD void group_count_batched(struct group_shard *shard, const struct group_lists *lists);

/* An execution with a range between these values, which are no integers; no value of it is a list. */
COLD void group_count_text_range(struct thread *thread, struct group_shard *shard, const uint64_t ends[2]);

/* An execution with that value as its OFFSET. */
COLD void group_count_offset(struct thread *thread, struct group_shard *shard, uint64_t offset);

/* Counts an execution whose text says more of itself: one of STATEMENT_EXECUTES. */
NOINLINE void group_execute_special(struct thread *thread, struct group_shard *shard, const struct statement_text *text,
                                    struct transaction *transaction);
/* The thread goes on with this group. transaction: of its connection. False: something has happened since the share ran last, and
 * group_comes_back or group_come_back is to follow. */
static inline bool group_goes_on(struct thread *thread, struct group_shard *shard, const struct transaction *transaction)
{
    if (thread->last_shard == shard && likely(!called_has_news(thread)))
        return true;
    thread->last_shard = shard;
    thread->sequence++;
    if (unlikely(thread->sequence - shard->last_sequence > UNIT_GAP) || unlikely(shard->transaction != transaction->serial) ||
        unlikely(shard->stay != thread_stay(thread)) || unlikely(shard->writes != thread->writes) ||
        unlikely(thread->read_descriptor) || unlikely(called_has_news(thread)))
        return false;
    shard->last_sequence = thread->sequence;
    return true;
}

static inline uint16_t group_unit_stamp(const struct thread *thread)
{
    return (uint16_t)hash_mix(thread->sequence ^ (uint64_t)thread->shard << 40, thread->writes);
}

/* Whether the share's unit of work ends with the transaction. A loop of writes may commit each of them, and what is done for one
 * visitor may do so with what it reads. */
static inline bool group_ends_with_transaction(const struct thread *thread, const struct group_shard *shard)
{
    return shard->group->statement->verb == SQL_SELECT && !(thread->serves && !thread->was_crowded);
}

/* Whether nothing has happened but what a program that writes has all the time: somebody wrote, or another transaction began.
 * Otherwise group_come_back is to follow. */
static inline bool group_comes_back(const struct thread *thread, const struct group_shard *shard)
{
    return likely(!thread->read_descriptor) && likely(!called_has_news(thread)) && likely(shard->stay == thread_stay(thread)) &&
           likely(!thread->crowded) && likely(thread->sequence - shard->last_sequence <= UNIT_GAP);
}

/* Then: whether the share's unit of work goes on; else group_begin_unit is to follow. */
static inline bool group_stays_in_unit(const struct thread *thread, struct group_shard *shard,
                                       const struct transaction *transaction)
{
    if (shard->transaction != transaction->serial) {
        shard->transaction = transaction->serial;
        if (group_ends_with_transaction(thread, shard))
            return false;
    }
    if (likely(shard->writes != thread->writes)) { /* rows that are read again after a write may have changed */
        shard->writes = thread->writes;
        shard->unit_stamp = group_unit_stamp(thread);
    }
    shard->last_sequence = thread->sequence;
    return true;
}

NOINLINE void group_begin_unit(const struct thread *thread, struct group_shard *shard);

/* Whatever has happened. */
NOINLINE void group_come_back(struct thread *thread, struct group_shard *shard, const struct transaction *transaction);

/* Executions and different values of the unit of work that the share is in. */
static inline void group_unit_so_far(const struct group_shard *shard, uint64_t *ret_executions, uint64_t *ret_values)
{
    uint64_t *words = shard->counters;
    uint64_t repeated = *counters_word(words, COUNTER_REPEATED) - *counters_word(words, COUNTER_UNIT_REPEATED_START);

    *ret_executions = *counters_word(words, COUNTER_EXECUTIONS) - *counters_word(words, COUNTER_UNIT_EXECUTIONS_START);
    *ret_values = *ret_executions - repeated;
}

/* The highest id so far. Locked. */
uint32_t group_last(void);

void group_reset_after_fork(void);

#endif
