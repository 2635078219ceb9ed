/* Connections: PQconnectdb, PQconnectdbParams, PQsetdbLogin, PQconnectPoll, PQreset, PQresetStart, PQresetPoll, PQfinish.
 * One that PQconnectStart began is known when its poll succeeds. */
#include "collectors/libpq/entry.h"

static PGconn *connected(const struct pq_library *library, PGconn *conn, const uintptr_t *slot)
{
    int saved_errno = errno;
    struct thread *thread;

    /* A connection that failed can only be reset or finished. */
    if (conn && !copies_contains(&library->loaded, *front_behind(slot)) && library->api.status(conn) == CONNECTION_OK &&
        (thread = thread_current()))
        pq_connection_add(thread, library, conn);
    errno = saved_errno;
    return conn;
}

EXPORT PGconn *PQconnectdb(const char *conninfo)
{
    const struct pq_library *library = pq_library_for_open("PQconnectdb", STACK_SLOT, conninfo, NULL);

    if (unlikely(!library))
        return NULL;
    return connected(library, library->api.connectdb(conninfo), STACK_SLOT);
}

EXPORT PGconn *PQconnectdbParams(const char *const *keywords, const char *const *values, int expand_dbname)
{
    const struct pq_library *library = pq_library_for_open("PQconnectdbParams", STACK_SLOT, keywords, values);

    if (unlikely(!library))
        return NULL;
    return connected(library, library->api.connectdbParams(keywords, values, expand_dbname), STACK_SLOT);
}

EXPORT PGconn *PQsetdbLogin(const char *host, const char *port, const char *options, const char *tty, const char *database,
                            const char *login, const char *password)
{
    const struct pq_library *library = pq_library_for_open("PQsetdbLogin", STACK_SLOT, host, database);

    if (unlikely(!library))
        return NULL;
    return connected(library, library->api.setdbLogin(host, port, options, tty, database, login, password), STACK_SLOT);
}

EXPORT PostgresPollingStatusType PQconnectPoll(PGconn *conn)
{
    struct pq_connection *connection = pq_connection_find(conn);
    const struct pq_library *library = connection ? connection->library
                                                  : pq_library_for_caller("PQconnectPoll", conn, STACK_SLOT);
    PostgresPollingStatusType status;

    if (unlikely(!library))
        return PGRES_POLLING_FAILED;
    status = library->api.connectPoll(conn);
    if (status == PGRES_POLLING_OK && !connection)
        connected(library, conn, STACK_SLOT);
    return status;
}

static void forget(struct pq_connection *connection)
{
    int saved_errno = errno;

    pq_connection_forget(thread_current(), connection);
    errno = saved_errno;
}

EXPORT void PQreset(PGconn *conn)
{
    struct pq_connection *connection = pq_connection_find(conn);
    const struct pq_library *library = connection ? connection->library : pq_library_for_caller("PQreset", conn, STACK_SLOT);

    if (unlikely(!library))
        return;
    if (connection)
        forget(connection);
    library->api.reset(conn);
    connected(library, conn, STACK_SLOT); /* of several hosts, it may have another one now */
}

EXPORT int PQresetStart(PGconn *conn)
{
    struct pq_connection *connection = pq_connection_find(conn);

    if (!connection)
        return pq_library_for_call("PQresetStart", conn, STACK_SLOT)->resetStart(conn);
    forget(connection);
    return connection->library->api.resetStart(conn);
}

EXPORT PostgresPollingStatusType PQresetPoll(PGconn *conn)
{
    const struct pq_library *library = pq_library_for_caller("PQresetPoll", conn, STACK_SLOT);
    PostgresPollingStatusType status;

    if (unlikely(!library))
        return PGRES_POLLING_FAILED;
    status = library->api.resetPoll(conn);
    if (status == PGRES_POLLING_OK)
        connected(library, conn, STACK_SLOT);
    return status;
}

EXPORT void PQfinish(PGconn *conn)
{
    struct pq_connection *connection = pq_connection_find(conn);
    const struct pq_library *library = connection ? connection->library : pq_library_for_caller("PQfinish", conn, STACK_SLOT);
    int saved_errno = errno;

    if (unlikely(!library))
        return;
    if (connection)
        pq_connection_remove(thread_current(), connection);
    errno = saved_errno;
    library->api.finish(conn);
}
