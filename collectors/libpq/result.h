/* Results finding their commands. */
#ifndef NPLUS1_COLLECTORS_LIBPQ_RESULT_H
#define NPLUS1_COLLECTORS_LIBPQ_RESULT_H

#include "collectors/libpq/library.h"
#include "collectors/postgresql/state/connection.h"

/* PQgetResult has returned a result, or NULL. Commands may be in flight or not. errno is preserved. */
void pq_result_arrived(struct thread *thread, struct pq_connection *connection, PGresult *result);

/* The SQLSTATE of what failed, "" when it has none. result may be NULL. */
const char *pq_result_failure(const struct pq_connection *connection, const PGresult *result);

#endif
