/* Functions that send a command and wait for its answer: PQexec, PQexecParams, PQexecPrepared, PQprepare, PQdescribe*, PQclose*,
 * PQfn.
 *
 * Results are seen when the library fetches them with PQgetResult (result.c). A copy of the library whose calls to itself do not
 * come past us (linked with -Bsymbolic) shows only the result that it returns, and a text of several statements then counts what
 * that one tells. PQfn has a result of its own, which does not come from PQgetResult.
 */
#include "collectors/postgresql/state/command.h"
#include "collectors/libpq/entry.h"
#include "collectors/libpq/result.h"
#include "collectors/postgresql/statement/datum.h"
#include "collectors/postgresql/statement/send.h"

/* The real call runs between the two. */
static inline void wait_begin(struct pq_entry *entry, struct pq_command *command)
{
    entry->connection->sync = command;
    entry->connection->pending.is_there = false; /* a longjmp may have left one */
}

/* Begins a command that counts from when it is sent; sql: NULL when it is a prepared one of that name. */
static inline void wait_begin_pending(struct pq_entry *entry, const char *sql, const char *name,
                                      const struct pq_parameters *parameters, const uintptr_t *slot)
{
    struct pq_pending *pending = &entry->connection->pending;

    entry->connection->sync = NULL;
    pending->is_there = true;
    pending->since = entry->since;
    pending->sql = sql;
    pending->name = name;
    pending->parameters = parameters;
    pending->slot = slot;
}

static PGresult *wait_end(const struct pq_entry *entry, PGresult *result)
{
    struct pq_connection *connection = entry->connection;
    struct thread *thread = thread_again(entry->thread); /* a notice processor is the program's code */
    struct pq_command *command;
    int saved_errno = errno;
    ExecStatusType status;

    if (unlikely(!thread)) {
        connection->pending.is_there = false;
        connection->sync = NULL;
        return result;
    }
    if (unlikely(connection->pending.is_there)) /* it was not sent, or the library calls itself past us */
        pq_pending_begin(thread, connection);
    command = connection->sync;
    if (likely(!command)) /* its last NULL came */
        return result;
    connection->sync = NULL;
    while (connection->first != command) /* of earlier commands that were drained without us */
        pq_command_pop(thread, connection);
    if (!result) {
        if (!command->ended)
            pq_command_end(thread, command, connection, pq_result_failure(connection, NULL));
        pq_command_pop(thread, connection);
    } else {
        status = entry->api->resultStatus(result);
        if (!command->answered)
            pq_result_arrived(thread, connection, result);
        if (status != PGRES_COPY_IN && status != PGRES_COPY_OUT && status != PGRES_COPY_BOTH)
            pq_command_pop(thread, connection);
    }
    errno = saved_errno;
    return result;
}

/* send: how it begins. */
#define WAIT_OWN(function, own, wanted, send, ...)                                                                               \
    struct pq_entry entry;                                                                                                       \
                                                                                                                                 \
    pq_enter(&entry, "PQ" #function, conn, STACK_SLOT, own);                                                                     \
    if (!(wanted) || !pq_can_wait(&entry, conn))                                                                                 \
        return entry.api->function(__VA_ARGS__);                                                                                 \
    send;                                                                                                                        \
    return wait_end(&entry, entry.api->function(__VA_ARGS__))

#define WAIT(function, wanted, send, ...) WAIT_OWN(function, false, wanted, send, __VA_ARGS__)

EXPORT PGresult *PQexec(PGconn *conn, const char *query)
{
    WAIT_OWN(exec, true, query, wait_begin_pending(&entry, query, NULL, NULL, STACK_SLOT), conn, query);
}

EXPORT PGresult *PQexecParams(PGconn *conn, const char *command, int count, const Oid *types, const char *const *values,
                              const int *lengths, const int *formats, int result_format)
{
    const struct pq_parameters parameters = {count, types, values, lengths, formats, false};

    WAIT(execParams, command, wait_begin_pending(&entry, command, NULL, &parameters, STACK_SLOT), conn, command, count, types,
         values, lengths, formats, result_format);
}

EXPORT PGresult *PQexecPrepared(PGconn *conn, const char *name, int count, const char *const *values, const int *lengths,
                                const int *formats, int result_format)
{
    const struct pq_parameters parameters = {count, NULL, values, lengths, formats, false};

    WAIT(execPrepared, name, wait_begin_pending(&entry, NULL, name, &parameters, STACK_SLOT), conn, name, count, values, lengths,
         formats, result_format);
}

EXPORT PGresult *PQprepare(PGconn *conn, const char *name, const char *query, int count, const Oid *types)
{
    WAIT(prepare, name && query,
         wait_begin(&entry, pq_send_prepare(entry.thread, entry.connection, entry.since, name, query, count, types)), conn, name,
         query, count, types);
}

EXPORT PGresult *PQdescribePrepared(PGconn *conn, const char *name)
{
    WAIT(describePrepared, true, wait_begin(&entry, pq_command_add(entry.connection, PQ_MESSAGE, entry.since)), conn, name);
}

EXPORT PGresult *PQdescribePortal(PGconn *conn, const char *name)
{
    WAIT(describePortal, true, wait_begin(&entry, pq_command_add(entry.connection, PQ_MESSAGE, entry.since)), conn, name);
}

EXPORT PGresult *PQclosePrepared(PGconn *conn, const char *name)
{
    WAIT(closePrepared, true, wait_begin(&entry, pq_send_close(entry.connection, entry.since, name ? name : "")), conn, name);
}

EXPORT PGresult *PQclosePortal(PGconn *conn, const char *name)
{
    WAIT(closePortal, true, wait_begin(&entry, pq_command_add(entry.connection, PQ_MESSAGE, entry.since)), conn, name);
}

static struct values values_of(const PQArgBlock *arguments, int count)
{
    struct values values = {0};

    for (int i = 0; arguments && i < count; i++) {
        const PQArgBlock *argument = &arguments[i];
        if (argument->isint)
            values_bind(&values, (unsigned)i, value_hash_int(argument->u.integer));
        else if (argument->len >= 0)
            values_bind(&values, (unsigned)i, pq_datum_hash(0, true, (const char *)argument->u.ptr, (size_t)argument->len));
    }
    return values;
}

EXPORT PGresult *PQfn(PGconn *conn, int function, int *result, int *result_length, int result_is_int, const PQArgBlock *arguments,
                      int count)
{
    const struct values values = values_of(arguments, count);

    /* It does not drain what is in flight: libpq refuses. */
    WAIT(fn, entry.api->transactionStatus && entry.api->transactionStatus(conn) != PQTRANS_ACTIVE,
         wait_begin(&entry,
                    pq_send_function(entry.thread, entry.connection, STACK_SLOT, entry.since, (uint32_t)function, &values)),
         conn, function, result, result_length, result_is_int, arguments, count);
}
