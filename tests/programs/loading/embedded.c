/* SQLite inside of a module that exports it, as npm's sqlite3 is built. No package has its source, so the work is done by a copy
 * in a namespace of its own, where nobody sees it; here is what matters: that the library's functions are the module's own, and
 * call each other by the names that it exports. sqlite3_exec prepares and steps, and a step runs a statement of its own, as FTS5
 * does.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/sqlite3/api.h"

#define REAL(type, name, parameters) static type(*real_##name) parameters;
SQLITE_INTERPOSED(REAL)
SQLITE_READING(REAL)
SQLITE_CALLED(REAL)
#undef REAL
static long long (*real_memory_used)(void);

__attribute__((constructor)) static void begin(void)
{
    void *library = dlmopen(LM_ID_NEWLM, "libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);

    if (!library)
        abort();
#define REAL(type, name, parameters) *(void **)&real_##name = dlsym(library, "sqlite3_" #name);
    SQLITE_INTERPOSED(REAL)
    SQLITE_READING(REAL)
    SQLITE_CALLED(REAL)
#undef REAL
    *(void **)&real_memory_used = dlsym(library, "sqlite3_memory_used");
}

#define FORWARD(type, name, parameters, ...)                                                                                     \
    type sqlite3_##name parameters                                                                                               \
    {                                                                                                                            \
        return real_##name(__VA_ARGS__);                                                                                         \
    }

FORWARD(int, open, (const char *filename, sqlite3 **db), filename, db)
FORWARD(int, close, (sqlite3 * db), db)
FORWARD(int, prepare_v2, (sqlite3 * db, const char *sql, int bytes, sqlite3_stmt **stmt, const char **tail), db, sql, bytes, stmt,
        tail)
FORWARD(int, reset, (sqlite3_stmt * stmt), stmt)
FORWARD(int, finalize, (sqlite3_stmt * stmt), stmt)
FORWARD(int, bind_int, (sqlite3_stmt * stmt, int index, int value), stmt, index, value)
FORWARD(int, get_autocommit, (sqlite3 * db), db)
FORWARD(const char *, sql, (sqlite3_stmt * stmt), stmt)
FORWARD(sqlite3 *, db_handle, (sqlite3_stmt * stmt), stmt)
FORWARD(const char *, db_filename, (sqlite3 * db, const char *name), db, name)
FORWARD(int, column_count, (sqlite3_stmt * stmt), stmt)
FORWARD(const char *, column_name, (sqlite3_stmt * stmt, int column), stmt, column)
FORWARD(int, column_type, (sqlite3_stmt * stmt, int column), stmt, column)
FORWARD(int, column_int, (sqlite3_stmt * stmt, int column), stmt, column)
FORWARD(sqlite3_int64, column_int64, (sqlite3_stmt * stmt, int column), stmt, column)
FORWARD(double, column_double, (sqlite3_stmt * stmt, int column), stmt, column)
FORWARD(const void *, column_blob, (sqlite3_stmt * stmt, int column), stmt, column)
FORWARD(int, column_bytes, (sqlite3_stmt * stmt, int column), stmt, column)
FORWARD(int, value_bytes, (sqlite3_value * value), value)
FORWARD(sqlite3_int64, memory_used, (void), )

int sqlite3_step(sqlite3_stmt *stmt)
{
    int (*volatile by_name)(sqlite3_stmt *) = sqlite3_step; /* compilers bind a function's call of itself */
    static __thread int depth;
    sqlite3_stmt *inner = NULL;
    volatile int result;

    if (depth == 0) {
        depth++;
        result = sqlite3_prepare_v2(sqlite3_db_handle(stmt), "SELECT 'the library itself'", -1, &inner, NULL);
        if (result == SQLITE_OK)
            result = by_name(inner);
        sqlite3_finalize(inner);
        depth--;
        if (result != SQLITE_ROW)
            return SQLITE_INTERNAL;
    }
    result = real_step(stmt);
    return result;
}

int sqlite3_exec(sqlite3 *db, const char *sql, int (*callback)(void *, int, char **, char **), void *argument, char **error)
{
    int result = SQLITE_OK;

    (void)callback, (void)argument, (void)error;
    while (result == SQLITE_OK && *sql) {
        sqlite3_stmt *stmt;
        result = sqlite3_prepare_v2(db, sql, -1, &stmt, &sql);
        if (result == SQLITE_OK && stmt) {
            while (sqlite3_step(stmt) == SQLITE_ROW)
                ;
            result = sqlite3_finalize(stmt);
        }
    }
    return result;
}
