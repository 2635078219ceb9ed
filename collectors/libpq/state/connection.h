/* State of each connection of the program, found by its PGconn.
 *
 * Look-ups take no lock, coming and going connections take one for some 50 ns. The program's own rules make the rest safe: a
 * PGconn is used by one thread at a time, and not after PQfinish. A connection owns its commands in flight (command.h) and the
 * names of its prepared statements (prepared.h).
 */
#ifndef NPLUS1_COLLECTORS_LIBPQ_STATE_CONNECTION_H
#define NPLUS1_COLLECTORS_LIBPQ_STATE_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/lock.h"
#include "agent/base/table.h"
#include "collectors/libpq/library.h"
#include "agent/probe/probe.h"

struct pq_command;
struct pq_parameters;
struct pq_prepared;

/* A function that sends and waits: its command begins when the library has sent it, so that this is done while the server is at
 * work. What it points to is the wrapper's and its caller's. */
struct pq_pending {
    bool is_there;
    uint64_t since;
    const uintptr_t *slot;
    const char *sql;  /* NULL: a prepared statement */
    const char *name; /* of that */
    const struct pq_parameters *parameters;
};

struct pq_connection {
    const struct pq_library *library;
    PGconn *handle;
    struct database *database;
    int socket;                      /* -1: none */
    uint64_t serial;                 /* tells apart what different connections call by one name */
    struct pq_command *first, *last; /* commands that were sent and not wholly answered, in this order */
    struct pq_command *sync;         /* the one that a function such as PQexec waits for, while it is in the queue */
    struct pq_pending pending;       /* how it begins, until the library has sent it */
    struct pq_command *spare;        /* done with, for the next ones */
    struct pq_prepared *prepared;
    struct transaction transaction;
    uint64_t untracked; /* commands behind the last one for which there was no memory */
};

extern struct table pq_connections;
extern struct lock pq_lock; /* guards coming and going: of connections, prepared statements and memory for both */

static inline struct pq_connection *pq_connection_find(const PGconn *handle)
{
    return table_get(&pq_connections, (uintptr_t)handle);
}

#endif
