/* Prepared statements of connections: (connection, name) -> text, whether they were prepared by a function or by SQL.
 *
 * A name's meaning changes when the command that says so is sent, so that commands behind it in a pipeline find it, and is taken
 * back when the server refuses. One thread at a time has a connection; look-ups take no lock, the rest takes pq_lock.
 */
#ifndef NPLUS1_COLLECTORS_POSTGRESQL_STATE_PREPARED_H
#define NPLUS1_COLLECTORS_POSTGRESQL_STATE_PREPARED_H

#include "collectors/postgresql/state/connection.h"

struct shape;

struct pq_prepared {
    uint64_t key;
    struct pq_prepared *next, **link; /* in the connection's list */
    struct pq_prepared *before;       /* what the name meant; kept until the server has agreed */
    bool pending;                     /* it has not agreed yet */
    struct probe_statement statement;
    unsigned types[VALUES_FOLLOWED]; /* of parameters, 0 where the server infers them */
    const struct shape *shape;       /* of its rows; NULL: not known */
};

/* Changes when a name of any connection gets or loses its meaning; what was found before may be gone, or another now. */
extern HIDDEN _Atomic uint32_t pq_prepared_changes;

/* name: pq_sql_name. NULL: not one that we have seen coming. */
struct pq_prepared *pq_prepared_find(const struct pq_connection *connection, uint64_t name);

/* A command that prepares is sent. NULL when memory is used up: then the name means nothing. types may be NULL. */
struct pq_prepared *pq_prepared_add(struct thread *thread, struct pq_connection *connection, uint64_t name, const char *sql,
                                    size_t length, int count, const unsigned *types);

/* The command was answered. */
void pq_prepared_agreed(struct pq_prepared *prepared);
void pq_prepared_refused(struct pq_prepared *prepared);

void pq_prepared_drop(struct pq_connection *connection, uint64_t name);
void pq_prepared_drop_all(struct pq_connection *connection); /* but for those that are pending */

#endif
