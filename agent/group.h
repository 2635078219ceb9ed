/* Groups: (statement, stack, database), the unit that is counted; and each thread's share of one.
 *
 * A unit of work, as far as it can be seen here, is an unbroken repeating pattern of one thread: it ends when the
 * thread changes from one group to another more than GROUP_GAP times before it is back (entering another unit makes
 * thread->sequence jump that far). What
 * happens in it is the difference of counters since its beginning, so it costs nothing while it lasts.
 */
#ifndef NPLUS1_GROUP_H
#define NPLUS1_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "distinct.h"
#include "exporter/stream/counters.h"
#include "thread.h"

#define GROUP_GAP 1024 /* changes from one group to another */

struct database;
struct lookout;
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

/* A thread's share of a group. Touched by that thread only. */
struct group_shard {
    uint64_t *counters; /* in the recording, see exporter/stream/counters.h */
    struct group *group;
    uint64_t last_sequence;  /* thread->sequence when it ran last */
    uint64_t look_in;        /* executions until provenance_look is called; 1: the next one */
    uint16_t unit_stamp;     /* of its own unit of work, for the distinct set */
    bool captures;           /* its rows are captured, see provenance_capture */
    struct source *source;   /* as a parent; NULL: none */
    struct lookout *lookout; /* as a child; NULL: none yet */
};

static inline void group_count(struct group_shard *shard, enum counter field, uint64_t amount)
{
    *counters_word(shard->counters, field) += amount;
}

/* The calling thread's share; NULL when it does not fit into memory or the recording. */
struct group_shard *group_find(struct thread *thread, struct statement *statement, uint32_t stack, struct database *database);

/* The calling thread's share of a group that another thread's share names. */
struct group_shard *group_share(struct thread *thread, struct group *group);

COLD void group_begin_unit(struct thread *thread, struct group_shard *shard);
NOINLINE void group_new_value(struct group_shard *shard, uint64_t values);

/* An execution of the group begins. values: hash over all parameter and literal values, its upper 48 bits neither all zeros nor
 * all ones; batched: it has a list of several. */
static inline void group_execute(struct thread *thread, struct group_shard *shard, uint64_t values, bool batched)
{
    if (thread->last_shard != shard) {
        thread->last_shard = shard;
        thread->sequence++;
        if (unlikely(thread->sequence - shard->last_sequence > GROUP_GAP))
            group_begin_unit(thread, shard);
        shard->last_sequence = thread->sequence;
    }
    group_count(shard, COUNTER_EXECUTIONS, 1);
    if (unlikely(batched))
        group_count(shard, COUNTER_BATCHED, 1);
    if (distinct_is_repeated(&shard->group->distinct, values, shard->unit_stamp))
        group_count(shard, COUNTER_REPEATED, 1);
    else
        group_new_value(shard, values);
}

/* Writes down that a rule holds, the first time that it does. */
void group_judge(struct group_shard *shard);

void group_reset_after_fork(void);

#endif
