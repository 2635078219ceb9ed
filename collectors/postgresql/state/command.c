#include "collectors/postgresql/state/command.h"

#include <string.h>

#include "agent/base/memory.h"
#include "collectors/postgresql/state/prepared.h"

static struct slab slab = {.size = sizeof(struct pq_command)}; /* pq_lock */

/* All but `given`, which is most of it and counts only with `captures`, and what counts only with an effect or with `more`. */
static inline void renew(struct pq_command *command)
{
    command->next = NULL;
    command->answered = command->ended = command->failed = command->copying = false;
    command->captures = command->more_left_out = command->ends_copy_after = false;
    command->message = '\0';
    command->execution = (struct probe_execution){0};
    command->shape = NULL;
    command->more_count = command->more_next = 0;
}

void pq_command_add_first(struct pq_connection *connection, struct pq_command *command)
{
    struct thread *thread = thread_self;

    connection->first = connection->last = command;
    connection->writes_in_pipeline = false;
    if (likely(thread->alive))
        probe_busy(thread, &connection->transaction);
}

struct pq_command *pq_command_add(struct pq_connection *connection, enum pq_command_kind kind, uint64_t since)
{
    struct pq_command *command = NULL;

    if (likely(connection->untracked == 0)) {
        command = connection->spare;
        if (likely(command != NULL)) {
            connection->spare = command->next;
            renew(command);
        } else if (lock_take_briefly(&pq_lock)) {
            command = slab_take(&slab);
            lock_release_brief(&pq_lock);
        }
    }
    if (unlikely(!command)) {
        connection->untracked++;
        return NULL;
    }
    command->kind = kind;
    command->since = since;
    if (kind == PQ_SYNC)
        connection->writes_in_pipeline = false;
    pq_command_append(connection, command);
    return command;
}

/* What was sent behind a beginning has begun already. */
static void apply_begin(struct thread *thread, struct pq_connection *connection, struct pq_command *command)
{
    struct transaction *transaction = &connection->transaction;
    struct group_shard *wrote = command->next ? transaction->wrote : NULL;

    open_transaction_now(thread, transaction, probe_shard(thread, &command->execution), true);
    transaction->wrote = wrote;
}

static void apply_commit(struct thread *thread, struct pq_connection *connection, struct pq_command *command, uint64_t ticks)
{
    open_transaction_took(thread, &connection->transaction, ticks);
    open_transaction_now(thread, &connection->transaction, probe_shard(thread, &command->execution), false);
}

/* ticks: that the command took. */
static void apply(struct thread *thread, struct pq_effect *effect, struct pq_connection *connection, struct pq_command *command,
                  uint64_t ticks, bool failed)
{
    switch (effect->kind) {
    case PQ_EFFECT_PREPARE:
        if (failed)
            pq_prepared_refused(effect->prepared);
        else
            pq_prepared_agreed(effect->prepared);
        break;
    case PQ_EFFECT_DROP:
        if (!failed)
            pq_prepared_drop(connection, effect->name);
        break;
    case PQ_EFFECT_DROP_ALL:
        if (!failed)
            pq_prepared_drop_all(connection);
        break;
    case PQ_EFFECT_BEGIN:
        if (!failed && thread)
            apply_begin(thread, connection, command);
        break;
    case PQ_EFFECT_COMMIT:
        if (!failed && thread)
            apply_commit(thread, connection, command, ticks);
        break;
    case PQ_EFFECT_NONE:
        break;
    }
    effect->kind = PQ_EFFECT_NONE;
}

/* A COMMIT that the server refuses (a constraint that was deferred, a serialization failure) has rolled back. Not so one that it
 * did not understand, or that an aborted pipeline left out, which has no SQLSTATE. */
static bool is_ended_by(const struct pq_command *command, const char *failure)
{
    return command->effect.kind == PQ_EFFECT_COMMIT && failure[0] && memcmp(failure, "42", 2) != 0;
}

/* What was sent behind it waits for its own answer only from now on: the times of a pipeline add up to no more than it took. */
static COLD void begin_behind(const struct pq_command *command)
{
    if (command->next->since < command->since)
        command->next->since = command->since;
}

void pq_command_end(struct thread *thread, struct pq_command *command, struct pq_connection *connection, const char *failure)
{
    uint64_t ticks = 0;

    command->ended = true;
    command->failed = failure != NULL;
    if (thread && command->kind == PQ_EXECUTION && !probe_is_idle(&command->execution)) {
        struct group_shard *shard = probe_shard(thread, &command->execution);
        uint64_t until = clock_ticks();
        probe_until(thread, until);
        ticks = until - command->since;
        probe_time(thread, shard, ticks);
        if (unlikely(failure != NULL))
            probe_error_of(thread, shard, failure);
        command->since = until; /* of what comes next: another statement of the text, or a command behind this one */
    }
    if (unlikely(command->next != NULL))
        begin_behind(command);
    if (unlikely(command->effect.kind != PQ_EFFECT_NONE))
        apply(thread, &command->effect, connection, command, ticks, failure && !is_ended_by(command, failure));
}

void pq_command_next(struct thread *thread, struct pq_command *command)
{
    struct pq_statement *next;
    struct group_shard *shard;

    if (command->failed || command->kind != PQ_EXECUTION)
        return;
    if (command->more_next == command->more_count) {
        if (command->more_left_out)
            recording_left_out(STATUS_LEFT_OUT_EXECUTIONS, 1);
        return;
    }
    next = &command->more[command->more_next++];
    shard = probe_begin_next(thread, &command->execution, &next->statement, &next->values);
    if (next->statement.text.special & STATEMENT_WRITES) {
        if (command->has_written)
            probe_pipelined(thread, shard);
        command->has_written = true;
    }
    pq_command_captures(command, shard, &next->statement, &next->values);
    command->effect = next->effect;
    command->ended = command->copying = false;
}

void pq_command_pop(struct thread *thread, struct pq_connection *connection)
{
    struct pq_command *command = connection->first;

    if (unlikely(!command->ended))
        pq_command_end(thread, command, connection, NULL);
    probe_end(&command->execution);
    if (unlikely(command->more != NULL)) {
        while (command->more_next < command->more_count) /* the server did not come to these */
            apply(thread, &command->more[command->more_next++].effect, connection, command, 0, true);
        memory_unmap(command->more, command->more_size);
        command->more = NULL;
    }
    if (connection->sync == command)
        connection->sync = NULL;
    connection->first = command->next;
    if (!connection->first) {
        connection->last = NULL;
        probe_idle(thread, &connection->transaction);
    }
    command->next = connection->spare;
    connection->spare = command;
}

void pq_commands_abandon(struct thread *thread, struct pq_connection *connection, const char *failure)
{
    while (connection->first) {
        if (!connection->first->ended)
            pq_command_end(thread, connection->first, connection, failure);
        pq_command_pop(thread, connection);
    }
}

void pq_commands_free(struct pq_connection *connection)
{
    if (!lock_take_briefly(&pq_lock))
        return;
    while (connection->spare) {
        struct pq_command *command = connection->spare;
        connection->spare = command->next;
        slab_give(&slab, command);
    }
    lock_release_brief(&pq_lock);
}
