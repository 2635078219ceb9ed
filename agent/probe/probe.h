/* A collector reports this to the agent, and nothing else:
 *
 *     a connection opened                     probe_open
 *     a statement's text                      probe_text
 *     an execution began, with its values     probe_begin
 *     a row came, time passed, it failed      probe_row, probe_time, probe_error
 *     what stood in a row, if it is wanted    probe_capture, provenance_wants, source_add
 *     an execution ended                      probe_end
 *     a connection has something to do, or no longer, where several can at once     probe_busy, probe_idle
 *
 * Stack, fingerprint, groups and detection are the agent's own. The interface can be driven by a script, without a database.
 * All functions belong on the thread that the program's call runs on, with its thread_current(). None fails: what does
 * not fit is left out and counted. None is called with a lock held. errno is preserved.
 */
#ifndef NPLUS1_AGENT_PROBE_PROBE_H
#define NPLUS1_AGENT_PROBE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "agent/base/clock.h"
#include "agent/recording/database.h"
#include "agent/group/group.h"
#include "agent/evidence/judge.h"
#include "agent/evidence/open_transaction.h"
#include "agent/evidence/provenance.h"
#include "agent/recording/recording.h"
#include "agent/probe/prepared.h"
#include "agent/stack/stack.h"
#include "agent/statement/statement.h"
#include "agent/statement/values.h"
#include "agent/group/tally.h"
#include "agent/process/thread.h"
#include "agent/unit/unit.h"

/* One execution, in the collector's own memory. */
struct probe_execution {
    struct thread *thread;     /* that began it; NULL while idle */
    struct group_shard *shard; /* NULL: left out */
    struct source *source;     /* its rows are captured there; NULL: they are not */
    uint32_t episode;          /* its number in the source */
};

/* Host may be NULL. May load libraries; do not call it inside a statement. */
struct database *probe_open(struct thread *thread, enum database_system system, const char *name, const char *host);

/* Says who knows whether backslashes escape in the plain strings of thread->speaks, see statement_on_doubt. */
void probe_on_doubt(int (*escapes)(const void *connection));

/* A statement's text, as the program sent it. */
void probe_text(struct thread *thread, struct probe_statement *statement, const char *sql, size_t length);

/* Prepares for a command that carries its text: returns the thread's own statement of it, which remembers its last stack and
 * group; valid until the thread's next text, see probe_is_known_still. NULL: no memory; probe_text will do. */
struct probe_statement *probe_known_text(struct thread *thread, struct database *database, struct transaction *transaction,
                                         const char *sql, size_t length);

/* Whether another text was asked for since then: callbacks of the program run in between. */
static inline bool probe_is_known_still(const struct thread *thread, uint32_t found)
{
    return thread->texts_found == found;
}

/* A text that has no statement in it: comments, white space. */
static inline bool probe_is_empty(const struct probe_statement *statement)
{
    return statement->text.statements == 0;
}

/* Walks the stack and looks for the group; NULL: left out, and counted so. */
NOINLINE struct group_shard *probe_find_group(struct thread *thread, struct probe_statement *statement, const uintptr_t *slot);

/* The statement will be executed with these values soon, most likely by the group that executed it last. */
static inline void probe_expect(const struct probe_statement *statement, const struct values *values)
{
    if (likely(statement->memo_thread != NULL))
        distinct_expect(&statement->memo_shard->group->distinct, values_all(values, &statement->text));
}

/* A beginning of a statement of which some values are looked at: its lists, its OFFSET, its ranges. */
COLD void probe_look_at_values(struct thread *thread, struct group_shard *shard, const struct statement_text *text,
                               const struct values *values);

/* The part of a beginning that comes when the group is known. */
static inline __attribute__((always_inline)) struct group_shard *
probe_begin_in(struct thread *thread, struct probe_execution *execution, struct group_shard *shard,
               const struct probe_statement *statement, const struct values *values)
{
    execution->shard = shard;
    if (unlikely(statement->text.special)) {
        if (unlikely(statement->text.special & STATEMENT_LOOKED_AT))
            probe_look_at_values(thread, shard, &statement->text, values);
        if (statement->text.special & STATEMENT_EXECUTES)
            group_execute_special(thread, shard, &statement->text, statement->transaction);
    }
    shard = judge_execution(thread, shard, statement->transaction, values_all(values, &statement->text));
    if (unlikely(--shard->look_in == 0))
        provenance_look(thread, shard, &statement->text, values, statement->transaction);
    return shard;
}

/* slot: STACK_SLOT of the interposed function. The share that counts it; NULL: left out. */
static inline __attribute__((always_inline)) struct group_shard *probe_begin(struct thread *thread,
                                                                             struct probe_execution *execution,
                                                                             struct probe_statement *statement,
                                                                             const struct values *values, const uintptr_t *slot)
{
    struct group_shard *shard = statement->memo_shard;

    execution->thread = thread;
    execution->source = NULL;
    if (unlikely(statement->memo_thread != thread) || unlikely(!stack_memo_holds(statement->memo, slot)) ||
        unlikely(statement->memo->stack != statement->memo_stack)) {
        shard = probe_find_group(thread, statement, slot);
        if (unlikely(!shard)) {
            execution->shard = NULL;
            return NULL;
        }
    }
    return probe_begin_in(thread, execution, shard, statement, values);
}

/* The group of a statement that was prepared is known. shard: NULL, it is left out. */
static inline void probe_prepared(struct probe_statement *statement, struct group_shard *shard)
{
    statement->fresh = false;
    if (shard)
        group_count(shard, COUNTER_PREPARED, 1);
}

/* It writes, and was sent while another one that does was under way: nobody waits for it alone. shard: NULL, it is left out. */
COLD void probe_pipelined(struct thread *thread, struct group_shard *shard);

/* The next statement of a text that holds several: it begins where the one before it, which is *execution until now, began. */
COLD struct group_shard *probe_begin_next(struct thread *thread, struct probe_execution *execution,
                                          struct probe_statement *statement, const struct values *values);

/* The calling thread's share of the execution's group, whichever thread began the execution. */
COLD struct group_shard *probe_shard_elsewhere(struct thread *thread, struct probe_execution *execution);

static inline struct group_shard *probe_shard(struct thread *thread, struct probe_execution *execution)
{
    return likely(execution->thread == thread) ? execution->shard : probe_shard_elsewhere(thread, execution);
}

/* Begun before a fork, as the wiped state of its thread shows: the parent counts it. */
static inline bool probe_is_of_parent(const struct probe_execution *execution)
{
    return execution->thread && !execution->thread->shard;
}

static inline bool probe_is_idle(const struct probe_execution *execution)
{
    return execution->thread == NULL;
}

/* An execution begins at this tick: the thread may have been without one for long. */
static inline void probe_since(struct thread *thread, uint64_t ticks)
{
    if (unlikely(ticks > thread->idle_at))
        unit_idle(thread);
}

/* The first call of an execution ends. */
static inline void probe_until(struct thread *thread, uint64_t ticks)
{
    thread->idle_at = ticks + UNIT_IDLE;
}

/* Ticks that the program waited in the first call of an execution. */
static inline void probe_time(struct thread *thread, struct group_shard *shard, uint64_t ticks)
{
    thread->busy += ticks;
    if (likely(shard != NULL))
        group_count(shard, COUNTER_TICKS, ticks);
    else
        recording_left_out(STATUS_LEFT_OUT_TICKS, ticks);
}

/* Reading the clock twice costs 22 ns, a row of a scan takes 180: the first call of an execution is always timed (it waits for
 * locks, sorts, runs what has no rows), of the later ones one in eight, which then counts for eight. */
#define PROBE_TIMED_EACH 8

static inline bool probe_is_timed(struct thread *thread)
{
    return unlikely(--thread->timed_in < 0);
}

/* Called when that was true. The distance to the next one is 1 to 15, by a linear congruential sequence (multiplier from
 * L'Ecuyer, "Tables of linear congruential generators", 1999): every eighth call of a loop would always be the same one of its
 * statements. */
static inline void probe_time_again(struct thread *thread)
{
    thread->clock_phase = thread->clock_phase * 747796405 + 1;
    thread->timed_in = (int32_t)((uint64_t)thread->clock_phase * (2 * PROBE_TIMED_EACH - 1) >> 32);
}

/* Ticks of a later call for which probe_is_timed was true. */
static inline void probe_time_sampled(struct thread *thread, struct probe_execution *execution, uint64_t since)
{
    probe_time(thread, probe_shard(thread, execution), (clock_ticks() - since) * PROBE_TIMED_EACH);
}

static inline void probe_rows(struct group_shard *shard, uint64_t count)
{
    if (likely(shard != NULL))
        group_count(shard, COUNTER_ROWS, count);
    else
        recording_left_out(STATUS_LEFT_OUT_ROWS, count);
}

static inline void probe_row(struct group_shard *shard)
{
    probe_rows(shard, 1);
}

/* Whether the values of an execution's rows may be wanted. */
static inline bool probe_captures(const struct group_shard *shard)
{
    return likely(shard != NULL) && unlikely(shard->captures);
}

/* After the first row of an execution for which probe_captures is true: where its values go; NULL: they are not wanted. given: by
 * provenance_given. */
struct source *probe_capture(struct thread *thread, struct probe_execution *execution, const struct source_given *given);

static inline void probe_error(struct group_shard *shard)
{
    if (likely(shard != NULL))
        group_count(shard, COUNTER_ERRORS, 1);
    else
        recording_left_out(STATUS_LEFT_OUT_ERRORS, 1);
}

/* Counts an error by the class of its SQLSTATE; "": it has none. */
static inline void probe_error_of(struct thread *thread, struct group_shard *shard, const char *sqlstate)
{
    probe_error(shard);
    tally_add(thread, shard, TALLY_ERRORS, sqlstate, strnlen(sqlstate, 2), 1);
}

/* A connection gets something to do, having had nothing. */
static inline void probe_busy(struct thread *thread, struct transaction *transaction)
{
    bool others = thread->at_work++ > atomic_load_explicit(&thread->done_elsewhere, memory_order_relaxed);

    transaction->is_busy = true;
    if (unlikely(transaction->busy_unit != thread->unit) || unlikely(transaction->busy_thread != thread) || unlikely(others) ||
        unlikely(thread->crowded))
        transaction_busy(thread, transaction, others);
}

/* It has nothing to do any more. thread may be NULL, or another one. */
static inline void probe_idle(struct thread *thread, struct transaction *transaction)
{
    if (!transaction->is_busy)
        return;
    transaction->is_busy = false;
    if (likely(transaction->busy_thread == thread)) {
        thread->at_work--;
        transaction->busy_unit = thread->unit;
    } else {
        atomic_fetch_add_explicit(&transaction->busy_thread->done_elsewhere, 1, memory_order_relaxed);
        transaction->busy_thread = NULL;
    }
}

static inline void probe_end(struct probe_execution *execution)
{
    execution->thread = NULL;
}

#endif
