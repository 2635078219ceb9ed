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
    bool captures;      /* its rows may be wanted, and `given` is there */
    bool more_left_out; /* there was no memory for the statements behind the first one */
    uint64_t since;
    struct probe_execution execution; /* of the present statement */
    struct source_given given;        /* to it, if `captures` */
    struct pq_effect effect;
    /* Of those who speak the protocol themselves: the message's letter (of Describe: D a statement, d a portal), and the names
     * that it is about; how the rows of an execution look. */
    char message;
    uint64_t name;
    const struct shape *shape;
    uint64_t binary;      /* bits: columns that come in binary */
    bool ends_copy_after; /* the end of what COPY takes in was sent behind it */
    /* Statements behind the first one. */
    struct pq_statement *more;
    uint32_t more_count, more_next;
    size_t more_size; /* bytes, of memory_map */
};

/* Appends one. NULL when memory is used up; then the connection counts it as untracked. */
struct pq_command *pq_command_add(struct pq_connection *connection, enum pq_command_kind kind, uint64_t since);

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
