/* The bytes that COPY moves: PQputCopyData, PQgetCopyData. The old functions (PQputline, PQgetline, PQputnbytes) are not
 * looked at but where the library's come down to these two. */
#include <errno.h>

#include "collectors/libpq/lifetime.h"
#include "collectors/postgresql/state/command.h"

static void copied(struct pq_connection *connection, enum tally_kind kind, int bytes)
{
    struct pq_command *command = connection->first;
    struct thread *thread;
    int saved_errno = errno;

    if (!command || !command->copying || command->kind != PQ_EXECUTION)
        return;
    thread = thread_current();
    if (thread)
        tally_add(thread, probe_shard(thread, &command->execution), kind, "", 0, (uint64_t)bytes);
    errno = saved_errno;
}

EXPORT int PQputCopyData(PGconn *conn, const char *buffer, int bytes)
{
    struct pq_connection *connection = pq_connection_find(conn);
    int result;

    if (unlikely(!connection))
        return pq_library_for_call("PQputCopyData", conn, STACK_SLOT)->putCopyData(conn, buffer, bytes);
    result = connection->library->api.putCopyData(conn, buffer, bytes);
    if (result == 1 && bytes > 0)
        copied(connection, TALLY_BYTES_IN, bytes);
    return result;
}

EXPORT int PQgetCopyData(PGconn *conn, char **buffer, int async)
{
    struct pq_connection *connection = pq_connection_find(conn);
    int result;

    if (unlikely(!connection))
        return pq_library_for_call("PQgetCopyData", conn, STACK_SLOT)->getCopyData(conn, buffer, async);
    result = connection->library->api.getCopyData(conn, buffer, async);
    if (result > 0)
        copied(connection, TALLY_BYTES_OUT, result);
    return result;
}
