/* How an interposed function begins: whose copy of the library, which connection, and whether the call counts.
 *
 * libpq calls itself through the PLT (PQexec is PQsendQuery and PQgetResult, PQconnectdb polls): calls whose return address lies
 * in the library are its own and are passed on, with one exception: every PQgetResult is looked at, because that is how the
 * results of PQexec and its kin arrive, and because results find their command by order, whoever asks for them. What libpq sends
 * for purposes of its own (PQsetClientEncoding, large objects) is no execution of the program's.
 */
#ifndef NPLUS1_COLLECTORS_LIBPQ_ENTRY_H
#define NPLUS1_COLLECTORS_LIBPQ_ENTRY_H

#include <errno.h>

#include "agent/probe/front.h"
#include "collectors/libpq/lifetime.h"

struct pq_entry {
    const struct pq_api *api;         /* always there */
    struct thread *thread;            /* NULL: the call is passed on and that is all */
    struct pq_connection *connection; /* there when thread is */
    uint64_t since;
};

/* own: whether the library's own calls count too; entry->connection is what pq_connection_find said. Part of its caller, as every
 * statement passes here: a fifth of it would be a call's registers. */
static inline __attribute__((always_inline)) void pq_enter_known(struct pq_entry *entry, const char *name, PGconn *conn,
                                                                 const uintptr_t *slot, bool own)
{
    struct pq_connection *connection = entry->connection;
    const struct pq_library *library = likely(connection) ? connection->library : pq_library_for_caller(name, conn, slot);
    int saved_errno = errno;

    slot = front_behind(slot);
    entry->thread = NULL;
    if (unlikely(!library)) {
        entry->api = pq_library_for_call(name, conn, slot);
        return;
    }
    entry->api = &library->api;
    if (copies_contains(&library->loaded, *slot) && !(own && connection && !connection->sync && !connection->pending.is_there))
        return;
    if (unlikely(!conn))
        return;
    entry->thread = thread_current();
    if (unlikely(!connection) && entry->thread) {
        connection = pq_connection_add(entry->thread, library, conn);
        if (!connection)
            entry->thread = NULL;
    }
    entry->connection = connection;
    entry->since = clock_ticks();
    errno = saved_errno;
}

static inline void pq_enter(struct pq_entry *entry, const char *name, PGconn *conn, const uintptr_t *slot, bool own)
{
    entry->connection = pq_connection_find(conn);
    pq_enter_known(entry, name, conn, slot, own);
}

/* Whether a command can be sent at once and waited for: libpq refuses otherwise, and nothing is sent. */
static inline bool pq_can_wait(const struct pq_entry *entry, PGconn *conn)
{
    const struct pq_api *api = entry->api;

    return entry->thread && api->status(conn) == CONNECTION_OK &&
           (!api->pipelineStatus || api->pipelineStatus(conn) == PQ_PIPELINE_OFF);
}

#endif
