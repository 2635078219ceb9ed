/* Connections that come and go, with all that they own: commands in flight, names of prepared statements. */
#ifndef NPLUS1_COLLECTORS_LIBPQ_STATE_LIFETIME_H
#define NPLUS1_COLLECTORS_LIBPQ_STATE_LIFETIME_H

#include "collectors/libpq/state/connection.h"

/* A connection that has just been made, or is first seen now: names its database, forgets what was known of an earlier one at
 * that address. NULL when memory is used up. May load libraries. */
struct pq_connection *pq_connection_add(struct thread *thread, const struct pq_library *library, PGconn *handle);

/* The server no longer knows about it: what is in flight is never answered. thread may be NULL: then nothing is counted. */
void pq_connection_forget(struct thread *thread, struct pq_connection *connection);

/* Before the real PQfinish: afterwards the same address may already be another thread's new connection. What is in flight on a
 * connection that is sound has only not been waited for. */
void pq_connection_remove(struct thread *thread, struct pq_connection *connection);

/* Whether backslashes escape in its plain strings, as the server said last: 1, 0; -1: it did not say. Takes a struct
 * pq_connection. */
int pq_connection_escapes(const void *connection);

/* Another thread may have held the lock when the process forked. */
void pq_connection_reset_after_fork(void);

#endif
