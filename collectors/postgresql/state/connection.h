/* State of each connection of the program to a PostgreSQL server, however it speaks to it.
 *
 * A connection owns its commands in flight (command.h) and the names of its prepared statements (prepared.h). Those of libpq are
 * used by one thread at a time, by the library's own rules; collectors/postgresql has a lock for each of its own.
 */
#ifndef NPLUS1_COLLECTORS_POSTGRESQL_STATE_CONNECTION_H
#define NPLUS1_COLLECTORS_POSTGRESQL_STATE_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/lock.h"
#include "agent/probe/probe.h"

struct pg_conn;
struct pq_command;
struct pq_library;
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
    const struct pq_library *library; /* of libpq's, as is the handle; else NULL */
    struct pg_conn *handle;
    int (*escapes)(const struct pq_connection *connection); /* whether a backslash does in plain strings: 1, 0; -1: not known */
    struct database *database;
    int socket;                      /* -1: none */
    uint64_t serial;                 /* tells apart what different connections call by one name */
    struct pq_command *first, *last; /* commands that were sent and not wholly answered, in this order */
    bool writes_in_pipeline;         /* one of them writes, and there is no end of a pipeline behind it */
    struct pq_command *sync;         /* the one that a function such as PQexec waits for, while it is in the queue */
    struct pq_pending pending;       /* how it begins, until the library has sent it */
    struct pq_command *spare;        /* done with, for the next ones */
    struct pq_prepared *prepared;
    struct transaction transaction;
    uint64_t untracked; /* commands behind the last one for which there was no memory */
};

extern struct lock pq_lock; /* guards coming and going: of connections, prepared statements and memory for both */

/* For probe_on_doubt: takes a struct pq_connection. */
int pq_connection_escapes(const void *connection);

#endif
