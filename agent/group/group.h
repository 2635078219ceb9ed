/* Finding groups and going on with them: counting executions, and noticing where units of work end.
 *
 * Each share belongs to its thread; recording_lock is taken only for what is new. errno is preserved.
 */
#ifndef NPLUS1_AGENT_GROUP_GROUP_H
#define NPLUS1_AGENT_GROUP_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/compiler.h"
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
/* Returns the share: so the caller need not keep it in a register of its own. */
NOINLINE struct group_shard *group_come_back(struct thread *thread, struct group_shard *shard,
                                             const struct transaction *transaction);

/* The thread goes on with this group. transaction: of its connection. The share. */
static inline struct group_shard *group_go_on(struct thread *thread, struct group_shard *shard,
                                              const struct transaction *transaction)
{
    if (thread->last_shard == shard && likely(!called_has_news(thread)))
        return shard;
    thread->last_shard = shard;
    thread->sequence++;
    if (unlikely(thread->sequence - shard->last_sequence > UNIT_GAP) || unlikely(shard->transaction != transaction->serial) ||
        unlikely(shard->stay != thread_stay(thread)) || unlikely(shard->writes != thread->writes) ||
        unlikely(thread->read_descriptor) || unlikely(called_has_news(thread)))
        return group_come_back(thread, shard, transaction);
    shard->last_sequence = thread->sequence;
    return shard;
}

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
