/* Connections: sqlite3_open, _v2, 16; close, _v2. */
#include "collectors/sqlite3/entry.h"

static void opened(const struct sqlite_library *library, const uintptr_t *slot, sqlite3 **db, int result)
{
    struct connection *connection;
    struct thread *thread;
    int saved_errno = errno;

    if (unlikely(library_contains(library, *slot)) && !library->loaded.embedded && !library->loaded.patch) {
        ((struct sqlite_library *)(uintptr_t)library)->loaded.embedded = true;
        library_some_embedded = library_unusual = true;
        thread_forget_all();
    }
    /* A connection that failed to open can only be closed. */
    if (result != SQLITE_OK || !db || !*db || !(thread = thread_current()))
        return;
    connection = connection_add(thread, library, *db);
    if (connection)
        connection->restarts = restart_is_habit(*slot);
    errno = saved_errno;
}

EXPORT int sqlite3_open(const char *filename, sqlite3 **db)
{
    const struct sqlite_library *library = library_for_open("sqlite3_open", STACK_SLOT, filename, db);
    int result;

    if (unlikely(!library))
        return SQLITE_MISUSE;
    result = library->api.open(filename, db);
    opened(library, STACK_SLOT, db, result);
    return result;
}

EXPORT int sqlite3_open_v2(const char *filename, sqlite3 **db, int flags, const char *vfs)
{
    const struct sqlite_library *library = library_for_open("sqlite3_open_v2", STACK_SLOT, filename, db);
    int result;

    if (unlikely(!library))
        return SQLITE_MISUSE;
    result = library->api.open_v2(filename, db, flags, vfs);
    opened(library, STACK_SLOT, db, result);
    return result;
}

EXPORT int sqlite3_open16(const void *filename, sqlite3 **db)
{
    const struct sqlite_library *library = library_for_open("sqlite3_open16", STACK_SLOT, filename, db);
    int result;

    if (unlikely(!library))
        return SQLITE_MISUSE;
    result = library->api.open16(filename, db);
    opened(library, STACK_SLOT, db, result);
    return result;
}

/* Which copy of the library a connection belongs to: its own, when it is known. */
static const struct sqlite_library *library_of(sqlite3 *db, const char *name, const uintptr_t *slot)
{
    struct connection *connection = connection_find(db);

    return connection ? connection->library : library_for_caller(name, db, slot);
}

/* Closing ends a transaction that is open. */
static void connection_closed(struct connection *connection)
{
    struct thread *thread = transaction_is_open(&connection->transaction) ? thread_current() : NULL;

    if (thread)
        open_transaction_now(thread, &connection->transaction, NULL, false);
    connection_release(connection);
}

EXPORT int sqlite3_close(sqlite3 *db)
{
    const struct sqlite_library *library = library_of(db, "sqlite3_close", STACK_SLOT);
    struct connection *connection;
    int result;

    if (unlikely(!library))
        return SQLITE_MISUSE;
    connection = connection_remove(db);
    result = library->api.close(db);
    if (connection) {
        if (result == SQLITE_OK)
            connection_closed(connection);
        else
            connection_restore(connection);
    }
    return result;
}

EXPORT int sqlite3_close_v2(sqlite3 *db)
{
    const struct sqlite_library *library = library_of(db, "sqlite3_close_v2", STACK_SLOT);
    struct connection *connection;
    int result;

    if (unlikely(!library))
        return SQLITE_MISUSE;
    connection = connection_remove(db);
    result = library->api.close_v2(db);
    if (connection)
        connection_closed(connection);
    return result;
}
