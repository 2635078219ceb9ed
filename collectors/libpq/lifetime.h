/* Connections of libpq, found by their PGconn: they come and go with all that they own.
 *
 * Look-ups take no lock, coming and going connections take one for some 50 ns.
 */
#ifndef NPLUS1_COLLECTORS_LIBPQ_LIFETIME_H
#define NPLUS1_COLLECTORS_LIBPQ_LIFETIME_H

#include "agent/base/table.h"
#include "collectors/libpq/library.h"
#include "collectors/postgresql/state/connection.h"

extern struct table pq_connections;

static inline struct pq_connection *pq_connection_find(const PGconn *handle)
{
    return table_get(&pq_connections, (uintptr_t)handle);
}

/* A connection that has just been made, or is first seen now: names its database, forgets what was known of an earlier one at
 * that address. NULL when memory is used up. May load libraries. */
struct pq_connection *pq_connection_add(struct thread *thread, const struct pq_library *library, PGconn *handle);

/* The server no longer knows about it: what is in flight is never answered. thread may be NULL: then nothing is counted. */
void pq_connection_forget(struct thread *thread, struct pq_connection *connection);

/* Before the real PQfinish: afterwards the same address may already be another thread's new connection. What is in flight on a
 * connection that is sound has only not been waited for. */
void pq_connection_remove(struct thread *thread, struct pq_connection *connection);

/* Another thread may have held the lock when the process forked. */
void pq_connection_reset_after_fork(void);

#endif
