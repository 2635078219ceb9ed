#include "collectors/sqlite3/handle.h"

#include <string.h>

#include "agent/base/lock.h"
#include "agent/base/memory.h"
#include "agent/probe/front.h"

struct table handle_statements = TABLE_INIT_ROOMY;
struct table handle_connections = TABLE_INIT;
_Atomic bool stmt_no_rest;

static struct lock lock; /* guards the writing of everything in this file */
static struct slab connection_slab = {.size = sizeof(struct connection)};
/* statement_text_copy says which slots of the text are valid. */
static struct slab stmt_slab = {.size = sizeof(struct stmt),
                                .unset = sizeof(struct stmt) - offsetof(struct stmt, probe.text.slots)};

/* The file behind "main": an absolute path, or nothing for databases in memory and temporary ones. */
static const char *database_name(const struct sqlite_library *library, sqlite3 *handle)
{
    const char *name = library->api.db_filename ? library->api.db_filename(handle, "main") : NULL;

    return name && *name ? name : ":memory:";
}

struct connection *connection_add(struct thread *thread, const struct sqlite_library *library, sqlite3 *handle)
{
    struct database *database = probe_open(thread, DATABASE_SQLITE, database_name(library, handle), NULL);
    struct connection *connection;

    if (unlikely(front_is_there))
        library_unusual = true;
    if (!lock_take_briefly(&lock))
        return NULL;
    connection = slab_take(&connection_slab);
    if (connection) {
        connection->library = library;
        connection->handle = handle;
        connection->database = database;
        if (!table_put(&handle_connections, (uintptr_t)handle, connection)) {
            slab_give(&connection_slab, connection);
            connection = NULL;
        }
    }
    lock_release_brief(&lock);
    return connection;
}

void connection_keep(struct thread *thread, const struct sqlite_library *library, sqlite3 *handle)
{
    struct connection *connection = connection_find(handle);

    if (connection && transaction_is_open(&connection->transaction) && library->api.get_autocommit(handle)) {
        connection->transaction.shard = NULL; /* it ended at a moment that nobody knows */
        open_transaction_now(thread, &connection->transaction, NULL, false);
    }
    if (connection && (connection->library != library || !connection->database ||
                       strcmp(connection->database->name, database_name(library, handle)) != 0)) {
        connection = connection_remove(handle);
        if (connection)
            connection_release(connection);
        connection = NULL;
    }
    if (!connection && (connection = connection_add(thread, library, handle)))
        connection->transaction.ends_unseen = true;
}

struct connection *connection_remove(sqlite3 *handle)
{
    struct connection *connection;

    if (!lock_take_briefly(&lock))
        return NULL;
    connection = table_remove(&handle_connections, (uintptr_t)handle);
    lock_release_brief(&lock);
    return connection;
}

void connection_restore(struct connection *connection)
{
    if (!lock_take_briefly(&lock))
        return;
    if (!table_put(&handle_connections, (uintptr_t)connection->handle, connection))
        connection->closed = true; /* out of memory: it will be taken for a new one */
    lock_release_brief(&lock);
}

/* Locked. */
static void connection_free_if_unused(struct connection *connection)
{
    if (connection->closed && connection->statements == 0)
        slab_give(&connection_slab, connection);
}

void connection_release(struct connection *connection)
{
    if (!lock_take_briefly(&lock))
        return;
    connection->closed = true;
    connection_free_if_unused(connection);
    lock_release_brief(&lock);
}

static COLD struct connection *connection_of(struct thread *thread, const struct sqlite_library *library, sqlite3_stmt *handle)
{
    sqlite3 *db = library->api.db_handle(handle);
    struct connection *connection = connection_find(db);

    return connection ? connection : connection_add(thread, library, db);
}

/* Locked. Drops a statement's hold of its connection. */
static void connection_let_go(struct connection *connection)
{
    connection->statements--;
    connection_free_if_unused(connection);
}

/* Locked. The state of a statement whose address is new. */
static struct stmt *stmt_take(sqlite3_stmt *handle)
{
    struct stmt *stmt = slab_take(&stmt_slab);

    if (stmt && !table_put(&handle_statements, (uintptr_t)handle, stmt)) {
        slab_give(&stmt_slab, stmt);
        stmt = NULL;
    }
    stmt_no_rest = handle_statements.live > STMT_RESTING || !copies_only(&library_kind);
    return stmt;
}

/* Zero, but for what stmt_slab.unset says. */
static struct stmt *stmt_begin(struct connection *connection, sqlite3_stmt *handle)
{
    struct stmt *stmt = stmt_find(handle);

    if (stmt && stmt->stay == STMT_RESTS && stmt->connection == connection)
        return memset(stmt, 0, stmt_slab.size - stmt_slab.unset);
    if (!lock_take_briefly(&lock))
        return NULL;
    if (stmt && stmt->stay == STMT_RESTS) {
        connection_let_go(stmt->connection);
        memset(stmt, 0, stmt_slab.size - stmt_slab.unset);
    } else {
        stmt = stmt_take(handle);
    }
    if (stmt)
        connection->statements++;
    lock_release_brief(&lock);
    return stmt;
}

struct stmt *stmt_add(struct thread *thread, const struct sqlite_library *library, struct connection *connection,
                      sqlite3_stmt *handle)
{
    const char *sql = library->api.sql(handle);
    struct stmt *stmt;
    size_t length;

    if (!sql) /* SQLite's own */
        return NULL;
    if (unlikely(!connection))
        connection = connection_of(thread, library, handle);
    if (unlikely(!connection))
        return NULL;
    stmt = stmt_begin(connection, handle);
    if (unlikely(!stmt))
        return NULL;
    stmt->library = library;
    stmt->handle = handle;
    stmt->connection = connection;
    stmt->probe.database = connection->database;
    stmt->probe.transaction = &connection->transaction;
    stmt->probe.fresh = true;
    stmt->restart.possible = connection->restarts && library->api.stmt_readonly && library->api.stmt_readonly(handle);
    stmt->unchecked = library->loaded.patch != NULL;
    stmt->special = stmt->restart.possible || stmt->unchecked ? SPECIAL_OTHER : SPECIAL_NONE;
    length = strlen(sql);
    if (length < sizeof stmt->sql && stmt->special == SPECIAL_NONE) {
        stmt->stay = STMT_STAYS;
        stmt->sql_size = (uint32_t)length + 1;
        memcpy(stmt->sql, sql, length + 1);
    }
    probe_text(thread, &stmt->probe, sql, length);
    return stmt;
}

/* Locked. */
static void stmt_free(struct stmt *stmt)
{
    connection_let_go(stmt->connection);
    slab_give(&stmt_slab, stmt);
}

void stmt_remove(sqlite3_stmt *handle)
{
    struct stmt *stmt;

    if (!lock_take_briefly(&lock))
        return;
    stmt = table_remove(&handle_statements, (uintptr_t)handle);
    if (stmt)
        stmt_free(stmt);
    lock_release_brief(&lock);
}

void stmt_forget(struct stmt *stmt)
{
    if (!lock_take_briefly(&lock))
        return;
    if (stmt_find(stmt->handle) == stmt)
        table_remove(&handle_statements, (uintptr_t)stmt->handle);
    stmt_free(stmt);
    lock_release_brief(&lock);
}

/* Who has an address may just now look at what rests there: it is not used again. */
void stmt_none_rests(void)
{
    const struct stmt *stmt;
    uint64_t key;

    stmt_no_rest = true;
    if (!lock_take_briefly(&lock))
        return;
    for (size_t at = 0; (stmt = table_next(table_slots_now(&handle_statements), &at, &key));) {
        if (stmt->stay == STMT_RESTS)
            table_remove(&handle_statements, key);
    }
    lock_release_brief(&lock);
}

void handle_reset_after_fork(void)
{
    lock = (struct lock){0};
    copies_reset_after_fork(&library_kind);
}
