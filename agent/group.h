/* Groups: (statement, stack, database), the unit that is counted; and each thread's share of one.
 *
 * A unit of work, as far as it can be seen here, is an unbroken repeating pattern of one thread: it ends when more than
 * GROUP_GAP other executions come between two of the same group, and when the thread enters another unit (thread->unit).
 */
#ifndef NPLUS1_GROUP_H
#define NPLUS1_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "distinct.h"
#include "exporter/stream/counters.h"
#include "thread.h"

#define GROUP_GAP 1024 /* executions */

struct database;
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
    volatile uint64_t *counters; /* in the recording, see exporter/stream/counters.h */
    struct group *group;
    uint64_t unit;          /* the thread's unit in which it ran last */
    uint64_t last_sequence; /* when it ran last */
    uint64_t unit_executions, unit_values;
    uint16_t unit_stamp;
};

static inline void group_count(struct group_shard *shard, enum counter field, uint64_t amount)
{
    volatile uint64_t *word = counters_word(shard->counters, field);
    *word = *word + amount;
}

static inline void group_maximum(struct group_shard *shard, enum counter field, uint64_t value)
{
    volatile uint64_t *word = counters_word(shard->counters, field);
    if (value > *word)
        *word = value;
}

/* The calling thread's share; NULL when it does not fit into memory or the recording. */
struct group_shard *group_find(struct thread *thread, struct statement *statement, uint32_t stack, struct database *database);

/* The calling thread's share of a group that another thread's share names. */
struct group_shard *group_share(struct thread *thread, struct group *group);

/* An execution of the group begins. values: hash over all parameter and literal values; batched: it has a list of several. */
void group_execute(struct thread *thread, struct group_shard *shard, uint64_t values, bool batched);

void group_reset_after_fork(void);

#endif
