/* Functions that send a command and do not wait: PQsendQuery, PQsendQueryParams, PQsendQueryPrepared, PQsendPrepare,
 * PQsendDescribe*, PQsendClose*, PQpipelineSync, PQsendPipelineSync. A command counts when the library has taken it. */
#include "collectors/postgresql/state/command.h"
#include "collectors/libpq/entry.h"
#include "collectors/postgresql/statement/send.h"

/* Whether PQexec or its kin make this call, whose command begins when it is sent. */
static inline bool is_sent_inside(const struct pq_connection *connection, const uintptr_t *slot)
{
    return connection && connection->pending.is_there && copies_contains(&connection->library->loaded, *front_behind(slot));
}

/* What libpq asks before it looks at anything else it was handed, which may be nothing then. */
static inline bool is_refused(const struct pq_api *api, const PGconn *conn)
{
    PGTransactionStatusType status = api->transactionStatus(conn);

    return status == PQTRANS_UNKNOWN ||
           (status == PQTRANS_ACTIVE && (!api->pipelineStatus || api->pipelineStatus(conn) == PQ_PIPELINE_OFF));
}

/* before: what is done when the command will be sent; send: how it begins, after the fact. */
#define SEND_BOUND(function, before, send, ...)                                                                                  \
    struct pq_entry entry;                                                                                                       \
    int result, saved_errno;                                                                                                     \
                                                                                                                                 \
    entry.connection = pq_connection_find(conn);                                                                                 \
    if (is_sent_inside(entry.connection, STACK_SLOT)) {                                                                          \
        result = entry.connection->library->api.function(__VA_ARGS__);                                                           \
        if (result == 1)                                                                                                         \
            pq_pending_begin(thread_current(), entry.connection);                                                                \
        return result;                                                                                                           \
    }                                                                                                                            \
    pq_enter_known(&entry, "PQ" #function, conn, STACK_SLOT, false);                                                             \
    if (entry.thread && unlikely(is_refused(entry.api, conn)))                                                                   \
        entry.thread = NULL;                                                                                                     \
    if (entry.thread)                                                                                                            \
        before;                                                                                                                  \
    result = entry.api->function(__VA_ARGS__);                                                                                   \
    if (entry.thread && result == 1 && (entry.thread = thread_again(entry.thread))) {                                            \
        saved_errno = errno;                                                                                                     \
        send;                                                                                                                    \
        errno = saved_errno;                                                                                                     \
    }                                                                                                                            \
    return result

#define SEND(function, send, ...) SEND_BOUND(function, (void)0, send, __VA_ARGS__)

EXPORT int PQsendQuery(PGconn *conn, const char *query)
{
    struct pq_bound bound;

    SEND_BOUND(sendQuery, query ? pq_bind_text(entry.thread, entry.connection, query, NULL, &bound) : (void)0,
               pq_send_text(entry.thread, entry.connection, pq_command_add(entry.connection, PQ_EXECUTION, entry.since),
                            STACK_SLOT, query, NULL, &bound),
               conn, query);
}

EXPORT int PQsendQueryParams(PGconn *conn, const char *command, int count, const Oid *types, const char *const *values,
                             const int *lengths, const int *formats, int result_format)
{
    const struct pq_parameters parameters = {count, types, values, lengths, formats, false};

    struct pq_bound bound;

    SEND_BOUND(sendQueryParams, command ? pq_bind_text(entry.thread, entry.connection, command, &parameters, &bound) : (void)0,
               pq_send_text(entry.thread, entry.connection, pq_command_add(entry.connection, PQ_EXECUTION, entry.since),
                            STACK_SLOT, command, &parameters, &bound),
               conn, command, count, types, values, lengths, formats, result_format);
}

EXPORT int PQsendQueryPrepared(PGconn *conn, const char *name, int count, const char *const *values, const int *lengths,
                               const int *formats, int result_format)
{
    const struct pq_parameters parameters = {count, NULL, values, lengths, formats, false};
    struct pq_bound bound;

    SEND_BOUND(sendQueryPrepared, name ? pq_bind_prepared(entry.connection, name, &parameters, &bound) : (void)0,
               pq_send_prepared(entry.thread, entry.connection, pq_command_add(entry.connection, PQ_EXECUTION, entry.since),
                                STACK_SLOT, name, &parameters, &bound),
               conn, name, count, values, lengths, formats, result_format);
}

EXPORT int PQsendPrepare(PGconn *conn, const char *name, const char *query, int count, const Oid *types)
{
    SEND(sendPrepare, pq_send_prepare(entry.thread, entry.connection, entry.since, name, query, count, types), conn, name, query,
         count, types);
}

EXPORT int PQsendDescribePrepared(PGconn *conn, const char *name)
{
    SEND(sendDescribePrepared, pq_command_add(entry.connection, PQ_MESSAGE, entry.since), conn, name);
}

EXPORT int PQsendDescribePortal(PGconn *conn, const char *name)
{
    SEND(sendDescribePortal, pq_command_add(entry.connection, PQ_MESSAGE, entry.since), conn, name);
}

EXPORT int PQsendClosePrepared(PGconn *conn, const char *name)
{
    SEND(sendClosePrepared, pq_send_close(entry.connection, entry.since, name ? name : ""), conn, name);
}

EXPORT int PQsendClosePortal(PGconn *conn, const char *name)
{
    SEND(sendClosePortal, pq_command_add(entry.connection, PQ_MESSAGE, entry.since), conn, name);
}

EXPORT int PQpipelineSync(PGconn *conn)
{
    SEND(pipelineSync, pq_command_add(entry.connection, PQ_SYNC, entry.since), conn);
}

EXPORT int PQsendPipelineSync(PGconn *conn)
{
    SEND(sendPipelineSync, pq_command_add(entry.connection, PQ_SYNC, entry.since), conn);
}
