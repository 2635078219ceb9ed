/* Commands in flight: what a connection has sent and is not wholly answered, in the order in which it was sent.
 *
 * A command is an execution of one statement or, in a text of several, of one after the other; or it is a message that executes
 * nothing (parse, describe, close), or the end of a pipeline. Results find their command by their order, so every message
 * that the server answers has an entry. Everything belongs to the thread that uses the connection.
 */
#ifndef NPLUS1_COLLECTORS_POSTGRESQL_STATE_COMMAND_H
#define NPLUS1_COLLECTORS_POSTGRESQL_STATE_COMMAND_H

#include "collectors/postgresql/state/connection.h"

/* Effect of a statement or message on names or on the transaction when it succeeds. */
struct pq_effect {
    enum pq_effect_kind {
        PQ_EFFECT_NONE = 0,
        PQ_EFFECT_PREPARE,
        PQ_EFFECT_DROP,
        PQ_EFFECT_DROP_ALL,
        PQ_EFFECT_BEGIN,
        PQ_EFFECT_COMMIT
    } kind;
    struct pq_prepared *prepared;
    uint64_t name;
};

/* A statement of a text, behind the first one. */
struct pq_statement {
    struct probe_statement statement;
    struct values values;
    struct pq_effect effect;
};

struct shape;

struct pq_command {
    struct pq_command *next;
    enum pq_command_kind { PQ_EXECUTION, PQ_MESSAGE, PQ_SYNC } kind;
    bool answered; /* a result has come */
    bool ended;    /* the present statement's last result has come */
    bool failed;
    bool copying;
    bool captures;        /* its rows may be wanted, and `given` is there */
    bool more_left_out;   /* there was no memory for the statements behind the first one */
    bool has_written;     /* one of the statements that `more` is behind, as far as they have begun, writes */
    bool ends_copy_after; /* the end of what COPY takes in was sent behind it */
    /* Of those who speak the protocol themselves: the message's letter (of Describe: D a statement, d a portal), and the name
     * that it is about. */
    char message;
    uint64_t name;
    struct pq_effect effect;   /* none any more when it is answered */
    struct pq_statement *more; /* statements behind the first one; NULL when it is answered */
    /* What follows is an execution's. */
    uint64_t since;
    struct probe_execution execution; /* of the present statement */
    const struct shape *shape;        /* how its rows look; NULL: not known */
    uint64_t binary;                  /* bits: columns that come in binary */
    uint32_t more_count, more_next;
    size_t more_size;          /* bytes, of memory_map */
    struct source_given given; /* to it, if `captures` */
};

/* Appends one. NULL when memory is used up; then the connection counts it as untracked. */
struct pq_command *pq_command_add(struct pq_connection *connection, enum pq_command_kind kind, uint64_t since);

/* The connection had nothing to do. */
NOINLINE void pq_command_add_first(struct pq_connection *connection, struct pq_command *command);

static inline void pq_command_append(struct pq_connection *connection, struct pq_command *command)
{
    if (likely(connection->last != NULL)) {
        connection->last->next = command;
        connection->last = command;
    } else {
        pq_command_add_first(connection, command);
    }
}

static inline void pq_message_renew(struct pq_command *command, enum pq_command_kind kind, char message, uint64_t name)
{
    command->next = NULL;
    command->kind = kind;
    command->answered = command->ended = command->failed = command->copying = false;
    command->captures = command->more_left_out = command->ends_copy_after = false;
    command->message = message;
    command->name = name;
}

/* The same of a message that executes nothing and has no effect so far, in a dozen instructions: a driver sends several with each
 * statement. */
static inline struct pq_command *pq_message_add(struct pq_connection *connection, enum pq_command_kind kind, char message,
                                                uint64_t name)
{
    struct pq_command *command = connection->spare;

    if (unlikely(!command) || unlikely(connection->untracked > 0)) {
        command = pq_command_add(connection, kind, 0);
        if (command) {
            command->message = message;
            command->name = name;
        }
        return command;
    }
    connection->spare = command->next;
    pq_message_renew(command, kind, message, name);
    if (kind == PQ_SYNC)
        connection->writes_in_pipeline = false;
    pq_command_append(connection, command);
    return command;
}

/* A message that was sent before the first command. There is a command in flight, and one to spare. */
static inline void pq_message_add_in_front(struct pq_connection *connection, char message, uint64_t name)
{
    struct pq_command *command = connection->spare;

    connection->spare = command->next;
    pq_message_renew(command, PQ_MESSAGE, message, name);
    command->next = connection->first;
    connection->first = command;
}

/* An execution has begun: keeps what it was given, if its rows may be wanted. */
static inline void pq_command_captures(struct pq_command *command, const struct group_shard *shard,
                                       const struct probe_statement *statement, const struct values *values)
{
    command->captures = probe_captures(shard);
    if (command->captures)
        provenance_given(&statement->text, values, statement->transaction, &command->given);
}

/* Another result after the last one of a statement: the next statement of the text begins. */
COLD void pq_command_next(struct thread *thread, struct pq_command *command);

/* The first command is wholly answered. thread may be NULL. errno is preserved if it has ended and was of one statement. A call
 * of its own: as part of its callers it would make them keep registers that they seldom need. */
__attribute__((noinline)) void pq_command_pop(struct thread *thread, struct pq_connection *connection);

/* The first command is a message without an effect, or the end of a pipeline, and is answered: pq_command_end and pq_command_pop.
 */
static inline void pq_message_pop(struct thread *thread, struct pq_connection *connection)
{
    struct pq_command *command = connection->first;

    connection->first = command->next;
    if (unlikely(!connection->first)) {
        connection->last = NULL;
        probe_idle(thread, &connection->transaction);
    }
    command->next = connection->spare;
    connection->spare = command;
}

/* The first command is an execution of one statement, which has got its last result and did not fail: the same. */
static inline void pq_execution_pop(struct thread *thread, struct pq_connection *connection)
{
    struct probe_execution *execution = &connection->first->execution;

    if (likely(!probe_is_idle(execution))) {
        uint64_t until = clock_ticks();
        probe_until(thread, until);
        probe_time(thread, probe_shard(thread, execution), until - connection->first->since);
        probe_end(execution);
    }
    pq_message_pop(thread, connection);
}

/* The present statement has got its last result, or never will. failure: its SQLSTATE, "": it has none; NULL: it did not fail. */
void pq_command_end(struct thread *thread, struct pq_command *command, struct pq_connection *connection, const char *failure);

/* The SQLSTATE of commands that the server never answered (www.postgresql.org/docs/current/errcodes-appendix.html,
 * connection_failure). */
#define PQ_CONNECTION_LOST "08006"

/* Ends all that are in flight. */
void pq_commands_abandon(struct thread *thread, struct pq_connection *connection, const char *failure);

/* Gives the memory of finished ones back. */
void pq_commands_free(struct pq_connection *connection);

#endif
