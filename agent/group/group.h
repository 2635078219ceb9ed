/* Groups: (statement, stack, database), the unit that is counted; and each thread's share of one.
 *
 * A unit of work (unit.h) is at the least an unbroken repeating pattern of one thread: it ends when the thread changes from one
 * group to another more than GROUP_GAP times before it is back (whatever else ends a unit makes thread->sequence jump that far).
 * What happens in it is the difference of counters since its beginning, so it costs nothing while it lasts.
 */
#ifndef NPLUS1_GROUP_H
#define NPLUS1_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/compiler.h"
#include "agent/group/distinct.h"
#include "exporter/stream/counters.h"
#include "agent/statement/statement.h"
#include "agent/process/thread.h"
#include "agent/unit/transaction.h"

#define GROUP_GAP 1024 /* changes from one group to another */

struct database;
struct lookout;
struct scope;
struct source;
struct statement;

struct group {
    uint32_t id;
    uint32_t stack;
    struct statement *statement;
    struct database *database;
    struct distinct distinct;
    _Atomic uint32_t reported; /* confidence of the findings written so far */
};

/* Hashes over the values of an execution: those in lists of several (0: none that is followed), and the others. */
struct group_lists {
    uint64_t listed, others;
    bool whole; /* each value is followed */
};

/* A thread's share of a group. Touched by that thread only. */
struct group_shard {
    uint64_t *counters; /* in the recording, see exporter/stream/counters.h */
    struct group *group;
    uint64_t *facts;          /* in the recording; NULL: there is nothing to say so far */
    uint64_t *visit;          /* in the recording: to the scope that it ran in last; NULL: none */
    uint64_t last_sequence;   /* thread->sequence when it ran last */
    uint64_t transaction;     /* serial of the one that it ran in last */
    uint32_t stay, writes;    /* of the thread, when it ran last */
    uint64_t look_in;         /* executions until provenance_look is called; 1: the next one */
    uint16_t unit_stamp;      /* of its own unit of work, for the distinct set */
    bool captures;            /* its rows are captured, see provenance_capture */
    struct source *source;    /* as a parent; NULL: none */
    struct lookout *lookout;  /* as a child; NULL: none yet */
    struct group_lists lists; /* of its last execution with a list of several */
    bool lists_counted;       /* as batched */
};

static inline void group_count(struct group_shard *shard, enum counter field, uint64_t amount)
{
    *counters_word(shard->counters, field) += amount;
}

/* In unit.h, which includes this: the program read from thread->read_descriptor since the last statement. */
COLD void unit_settle_read(struct thread *thread);

/* The calling thread's share; NULL when it does not fit into memory or the recording. */
struct group_shard *group_find(struct thread *thread, struct statement *statement, uint32_t stack, struct database *database);

/* The calling thread's share of a group that another thread's share names. */
struct group_shard *group_share(struct thread *thread, struct group *group);

/* The share's facts, made when they are first wanted; NULL when they do not fit. */
uint64_t *group_facts(struct thread *thread, struct group_shard *shard);

/* Before group_execute: an execution with a list of several. */
COLD void group_count_batched(struct group_shard *shard, const struct group_lists *lists);

/* The same: what else the text says of itself. */
COLD void group_execute_special(struct thread *thread, struct group_shard *shard, const struct statement_text *text,
                                const struct transaction *transaction);
/* Both return the share: so their caller need not keep it in a register of its own. */
NOINLINE struct group_shard *group_come_back(struct thread *thread, struct group_shard *shard,
                                             const struct transaction *transaction);
NOINLINE struct group_shard *group_new_value(struct group_shard *shard, uint64_t values);

/* The thread goes on with this group. transaction: of its connection. The share. */
static inline struct group_shard *group_go_on(struct thread *thread, struct group_shard *shard,
                                              const struct transaction *transaction)
{
    if (thread->last_shard == shard)
        return shard;
    thread->last_shard = shard;
    thread->sequence++;
    if (unlikely(thread->sequence - shard->last_sequence > GROUP_GAP) || unlikely(shard->transaction != transaction->serial) ||
        unlikely(shard->stay != thread->stay) || unlikely(shard->writes != thread->writes) || unlikely(thread->read_descriptor))
        return group_come_back(thread, shard, transaction);
    shard->last_sequence = thread->sequence;
    return shard;
}

/* An execution of the group begins, with which the thread goes on. values: hash over all parameter and literal values, its upper
 * 48 bits neither all zeros nor all ones. The share. */
static inline struct group_shard *group_execute(struct group_shard *shard, uint64_t values)
{
    group_count(shard, COUNTER_EXECUTIONS, 1);
    if (!distinct_is_repeated(&shard->group->distinct, values, shard->unit_stamp))
        return group_new_value(shard, values);
    group_count(shard, COUNTER_REPEATED, 1);
    return shard;
}

/* Writes down that a rule holds, the first time that it does. */
void group_judge(struct group_shard *shard);

void group_reset_after_fork(void);

#endif
