/* The end of all that a connection owns: commands in flight, names of prepared statements. */
#ifndef NPLUS1_COLLECTORS_POSTGRESQL_STATE_CLEAR_H
#define NPLUS1_COLLECTORS_POSTGRESQL_STATE_CLEAR_H

#include "collectors/postgresql/state/connection.h"

/* What was in flight is lost, or was only not waited for; names of statements mean nothing any more. thread may be NULL: then
 * nothing is counted. */
void pq_connection_clear(struct thread *thread, struct pq_connection *connection, bool lost);

#endif
