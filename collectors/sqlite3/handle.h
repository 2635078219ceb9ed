/* State of each connection and prepared statement of the program, found by its handle.
 *
 * SQLite has no place for a guest's data in a statement, so there is a table from handle to state: look-ups take no lock, coming
 * and going handles take one for some 50 ns. The program's own rules make the rest safe: it may not use a handle that it has
 * finalized or closed, nor one statement in two threads at once.
 */
#ifndef NPLUS1_COLLECTORS_SQLITE3_HANDLE_H
#define NPLUS1_COLLECTORS_SQLITE3_HANDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/compiler.h"

#include "agent/base/table.h"
#include "collectors/sqlite3/library.h"
#include "agent/probe/probe.h"
#include "collectors/sqlite3/restart.h"

struct connection {
    const struct sqlite_library *library;
    sqlite3 *handle;
    struct database *database;
    struct transaction transaction;
    uint64_t steps_inside; /* that sqlite3_exec and its kin made on behalf of the program */
    uint32_t statements;   /* that point here */
    bool closed;           /* by the program; freed with its last statement (close_v2) */
    bool restarts;         /* opened by a driver that does, see restart.h */
};

#define STMT_SQL_KEPT 256  /* bytes of a text */
#define STMT_RESTING  1024 /* states in the table up to which one rests */

/* A program that prepares a text again and again gets the same address again and again. So the state of a finalized statement
 * stays in the table, at rest, for the next statement that is prepared there. One of the same text and connection then has
 * nothing to be looked up any more: its group is remembered, too (prepare.c). Who has the address has the state: nobody else
 * changes one that rests, or takes it for another address. What the library prepares there for itself, unseen, meets it at its
 * steps.
 *
 * A state says whose functions are called, so none rests where the process has several copies. */
enum stmt_stay {
    STMT_LEAVES, /* the table when it is finalized */
    STMT_STAYS,
    STMT_RESTS /* is finalized */
};

/* Whose first step is not as others, see step_special. */
enum stmt_special {
    SPECIAL_NONE,
    SPECIAL_WOKEN, /* it rested, and nothing else */
    SPECIAL_OTHER  /* it rests, or what other fields say */
};

struct stmt {
    /* Needed for each row, in one line of the cache where it falls well. */
    const struct sqlite_library *library;
    sqlite3_stmt *handle;
    struct probe_execution execution;

    struct connection *connection;
    uint8_t special;  /* enum stmt_special */
    uint8_t stay;     /* enum stmt_stay */
    bool unchecked;   /* of a copy of which not all calls may be seen, and no value was bound yet */
    bool on_behalf;   /* prepared by sqlite3_exec or sqlite3_get_table for the program */
    bool stepped;     /* by them */
    bool unread;      /* what the program reads of its results is not seen */
    bool is_stepping; /* late/late.c: a step has not come back */
    struct restart restart;
    struct values values;
    int runs;          /* late/late.c: as SQLite counts them, after the last step */
    uint32_t sql_size; /* of `sql`, which is terminated */
    struct probe_statement probe;
    _Alignas(16) char sql[STMT_SQL_KEPT]; /* unless it leaves */
};

extern HIDDEN struct table handle_statements;
extern HIDDEN struct table handle_connections;

/* Another thread may have held the lock when the process forked. */
void handle_reset_after_fork(void);

/* NULL: not one that we have seen coming. */
static inline struct stmt *stmt_find(sqlite3_stmt *handle)
{
    return table_get(&handle_statements, (uintptr_t)handle);
}

/* False says nothing: for the fast part of functions that have a slow one. */
static inline bool stmt_find_first(sqlite3_stmt *handle, struct stmt **ret)
{
    return table_get_first(&handle_statements, (uintptr_t)handle, (void **)ret);
}

/* Behind stmt_find_first: nobody has its place, so it is not known. False says nothing. */
static inline bool stmt_is_unknown(sqlite3_stmt *handle)
{
    return table_lacks_first(&handle_statements, (uintptr_t)handle);
}

/* As stmt_find_first. */
static inline bool connection_find_first(sqlite3 *handle, struct connection **ret)
{
    return table_get_first(&handle_connections, (uintptr_t)handle, (void **)ret);
}

/* Behind stmt_find_first. */
static inline struct stmt *stmt_find_further(sqlite3_stmt *handle)
{
    return table_get_further(table_slots_now(&handle_statements), (uintptr_t)handle);
}

static inline struct connection *connection_find(sqlite3 *handle)
{
    return table_get(&handle_connections, (uintptr_t)handle);
}

/* A connection that has just been opened, or is first seen now. NULL when memory is used up. */
struct connection *connection_add(struct thread *thread, const struct sqlite_library *library, sqlite3 *handle);

/* The connection of a copy that nobody was seen to open or to close: added where it is new. Where it was closed meanwhile its
 * address may be another one's, its transaction is gone. */
void connection_keep(struct thread *thread, const struct sqlite_library *library, sqlite3 *handle);

/* The connection is about to be closed; connection_restore takes that back when SQLite refuses (SQLITE_BUSY). */
struct connection *connection_remove(sqlite3 *handle);
void connection_restore(struct connection *connection);
void connection_release(struct connection *connection);

/* A statement that has just been prepared, or is first seen now; NULL when memory is used up. connection: its own where it is
 * known. Takes the state that rests at the address. */
struct stmt *stmt_add(struct thread *thread, const struct sqlite_library *library, struct connection *connection,
                      sqlite3_stmt *handle);

/* Before the real finalize: afterwards the same address may already be another thread's new statement. */
void stmt_remove(sqlite3_stmt *handle);

/* So many are in the table, or so many copies of the library in the process, that none begins to rest. */
extern HIDDEN _Atomic bool stmt_no_rest;

static inline bool stmt_may_rest(const struct stmt *stmt)
{
    return likely(stmt->stay == STMT_STAYS) && likely(!atomic_load_explicit(&stmt_no_rest, memory_order_relaxed));
}

/* In place of stmt_remove. */
static inline void stmt_rest(struct stmt *stmt)
{
    stmt->special = SPECIAL_OTHER;
    stmt->stay = STMT_RESTS;
    stmt->execution.thread = NULL;
}

/* There is a second copy of the library. */
void stmt_none_rests(void);

/* The library has finalized it without a call that we see; its address may be another statement's by now. */
void stmt_forget(struct stmt *stmt);

#endif
