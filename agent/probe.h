/* What a collector says to the agent, and all that it says:
 *
 *     a connection opened                     probe_open
 *     a statement's text                      probe_text
 *     an execution began, with its values     probe_begin
 *     a row came, time passed                 probe_row, probe_time
 *     an execution ended                      probe_end
 *
 * Stack, fingerprint, groups and detection are the agent's own. The interface can be driven by a script, without a database.
 * All functions belong on the thread that the program's call runs on, with its thread_current(). None fails: what does
 * not fit is left out and counted. None is called with a lock held. errno is preserved.
 */
#ifndef NPLUS1_PROBE_H
#define NPLUS1_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "database.h"
#include "group.h"
#include "recording.h"
#include "stack.h"
#include "statement.h"
#include "thread.h"
#include "value.h"

#define PROBE_VALUES 8 /* bound values that are followed one by one; `more` stands for the others */

/* A prepared statement or a command, in the collector's own memory, zeroed when it is new. */
struct probe_statement {
    struct statement_text text;
    struct database *database;
    /* The group of the last execution, which is mostly that of the next one. */
    struct thread *memo_thread;
    struct group_shard *memo_shard;
    uint32_t memo_stack;
};

/* One execution, in the collector's own memory. */
struct probe_execution {
    struct thread *thread; /* that began it; NULL while idle */
    struct group_shard *shard; /* NULL: left out */
    uint32_t generation;
    uint32_t steps; /* calls that waited for it */
};

/* The parameters that are bound when an execution begins: hashes of agent/value.h. */
struct probe_values {
    uint32_t count;
    uint64_t value[PROBE_VALUES];
    uint64_t more; /* a hash over the values of parameters beyond PROBE_VALUES */
};

/* Host may be NULL. May load libraries; do not call it inside a statement. */
struct database *probe_open(struct thread *thread, enum database_system system, const char *name, const char *host);

/* A statement's text, as the program sent it. */
void probe_text(struct thread *thread, struct probe_statement *statement, const char *sql, size_t length);

/* slot: STACK_SLOT of the interposed function. */
void probe_begin(struct thread *thread, struct probe_execution *execution, struct probe_statement *statement,
                 const struct probe_values *values, const uintptr_t *slot);

/* The same thread's share, whichever thread began the execution. */
COLD struct group_shard *probe_shard_elsewhere(struct thread *thread, struct probe_execution *execution);

static inline struct group_shard *probe_shard(struct thread *thread, struct probe_execution *execution)
{
    return likely(execution->thread == thread) ? execution->shard : probe_shard_elsewhere(thread, execution);
}

static inline bool probe_is_idle(const struct probe_execution *execution)
{
    return execution->thread == NULL;
}

/* Reading the clock costs more than a row of a scan may: the first calls of an execution are timed each, then every 32nd,
 * which then counts for 32. probe_clock says 0 for a call that is not timed. */
#define PROBE_TIMED_ALL  32
#define PROBE_TIMED_EACH 32

static inline uint64_t probe_clock(struct probe_execution *execution)
{
    uint32_t step = execution->steps++;

    if (unlikely(step >= PROBE_TIMED_ALL) && likely(step % PROBE_TIMED_EACH != 0))
        return 0;
    return clock_ticks();
}

static inline void probe_time(struct thread *thread, struct probe_execution *execution, uint64_t since)
{
    struct group_shard *shard;

    if (since == 0)
        return;
    uint64_t ticks = clock_ticks() - since;
    if (unlikely(execution->steps > PROBE_TIMED_ALL))
        ticks *= PROBE_TIMED_EACH;
    shard = probe_shard(thread, execution);
    if (likely(shard != NULL))
        group_count(shard, COUNTER_TICKS, ticks);
    else
        recording_left_out(STATUS_LEFT_OUT_TICKS, ticks);
}

static inline void probe_row(struct thread *thread, struct probe_execution *execution)
{
    struct group_shard *shard = probe_shard(thread, execution);

    if (likely(shard != NULL))
        group_count(shard, COUNTER_ROWS, 1);
    else
        recording_left_out(STATUS_LEFT_OUT_ROWS, 1);
}

static inline void probe_end(struct thread *thread, struct probe_execution *execution, bool failed)
{
    if (unlikely(failed)) {
        struct group_shard *shard = probe_shard(thread, execution);
        if (shard)
            group_count(shard, COUNTER_ERRORS, 1);
        else
            recording_left_out(STATUS_LEFT_OUT_ERRORS, 1);
    }
    execution->thread = NULL;
}

#endif
