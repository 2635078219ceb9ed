/* Prepared statements coming and going: sqlite3_prepare, _v2, _v3, 16, 16_v2, 16_v3; finalize. */
#include "collectors/sqlite3/entry.h"

/* The real prepare runs between these two: what happens inside (reading the schema) is the library's own business. */
#define PREPARE(function, ...)                                                                                                   \
    struct connection *connection = connection_find(db);                                                                         \
    const uintptr_t *slot = front_behind(STACK_SLOT);                                                                            \
    const struct sqlite_library *library = likely(connection) ? connection->library                                              \
                                                              : library_for_caller("sqlite3_" #function, db, slot);              \
    struct thread *thread = thread_current();                                                                                    \
    struct entry_outermost outermost;                                                                                            \
    uintptr_t outer;                                                                                                             \
    bool own;                                                                                                                    \
    int result;                                                                                                                  \
                                                                                                                                 \
    if (unlikely(!library))                                                                                                      \
        return SQLITE_MISUSE;                                                                                                    \
    own = entry_is_own(library, slot);                                                                                           \
    if (unlikely(!thread) || (unlikely(own) && !entry_is_on_behalf(library, slot)))                                              \
        return library->api.function(__VA_ARGS__);                                                                               \
    if (unlikely(own))                                                                                                           \
        entry_forget_statement();                                                                                                \
    outermost = entry_go_inside(library, slot);                                                                                  \
    outer = entry_enter(thread, 0);                                                                                              \
    result = library->api.function(__VA_ARGS__);                                                                                 \
    thread = entry_again(thread, outer, outermost);                                                                              \
    if (likely(thread != NULL))                                                                                                  \
        prepared(thread, library, connection, stmt, result, own);                                                                \
    return result

static void prepared(struct thread *thread, const struct sqlite_library *library, struct connection *connection,
                     sqlite3_stmt **handle, int result, bool on_behalf)
{
    struct stmt *stmt;

    /* The text is nothing but comments and white space: no statement. */
    if (result != SQLITE_OK || !handle || !*handle)
        return;
    stmt = stmt_add(thread, library, connection, *handle);
    if (stmt && on_behalf) {
        stmt->on_behalf = true;
        entry_behalf.statement = stmt;
    }
}

EXPORT int sqlite3_prepare(sqlite3 *db, const char *sql, int bytes, sqlite3_stmt **stmt, const char **tail)
{
    PREPARE(prepare, db, sql, bytes, stmt, tail);
}

EXPORT int sqlite3_prepare_v2(sqlite3 *db, const char *sql, int bytes, sqlite3_stmt **stmt, const char **tail)
{
    PREPARE(prepare_v2, db, sql, bytes, stmt, tail);
}

EXPORT int sqlite3_prepare_v3(sqlite3 *db, const char *sql, int bytes, unsigned flags, sqlite3_stmt **stmt, const char **tail)
{
    PREPARE(prepare_v3, db, sql, bytes, flags, stmt, tail);
}

EXPORT int sqlite3_prepare16(sqlite3 *db, const void *sql, int bytes, sqlite3_stmt **stmt, const void **tail)
{
    PREPARE(prepare16, db, sql, bytes, stmt, tail);
}

EXPORT int sqlite3_prepare16_v2(sqlite3 *db, const void *sql, int bytes, sqlite3_stmt **stmt, const void **tail)
{
    PREPARE(prepare16_v2, db, sql, bytes, stmt, tail);
}

EXPORT int sqlite3_prepare16_v3(sqlite3 *db, const void *sql, int bytes, unsigned flags, sqlite3_stmt **stmt, const void **tail)
{
    PREPARE(prepare16_v3, db, sql, bytes, flags, stmt, tail);
}

EXPORT int sqlite3_finalize(sqlite3_stmt *handle)
{
    struct stmt *stmt = stmt_find(handle);
    const struct sqlite_library *library;

    if (unlikely(!stmt))
        return library_for_call("sqlite3_finalize", handle, STACK_SLOT)->finalize(handle);
    library = stmt->library;
    stmt_remove(handle);
    return library->api.finalize(handle);
}
