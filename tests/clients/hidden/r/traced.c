/* An extension of SQLite: traced() is the number of statements that SQLite's trace has seen begin on the connection, without the
 * one that asks. */
#include <sqlite3ext.h>
#include <stddef.h>

SQLITE_EXTENSION_INIT1

static long traced;

static int count(unsigned kind, void *context, void *statement, void *text)
{
    (void)kind;
    (void)context;
    (void)statement;
    (void)text;
    traced++;
    return 0;
}

static void give(sqlite3_context *context, int arguments, sqlite3_value **values)
{
    (void)arguments;
    (void)values;
    sqlite3_result_int64(context, traced - 1);
}

int sqlite3_extension_init(sqlite3 *db, char **error, const sqlite3_api_routines *api)
{
    (void)error;
    SQLITE_EXTENSION_INIT2(api);
    sqlite3_trace_v2(db, SQLITE_TRACE_STMT, count, NULL);
    return sqlite3_create_function(db, "traced", 0, SQLITE_UTF8, NULL, give, NULL, NULL);
}
