/* A module that programs load at run time; linked with a copy of libsqlite3. */
#include <sqlite3.h>
#include <stddef.h>

#include "plugin.h"

static sqlite3 *db;

int plugin_begin(void)
{
    return sqlite3_open(":memory:", &db);
}

/* So many executions of one row. */
int plugin_lookup(int times)
{
    sqlite3_stmt *stmt;
    int wrong = sqlite3_prepare_v2(db, "SELECT ?", -1, &stmt, NULL) != SQLITE_OK;

    for (int i = 0; i < times; i++) {
        sqlite3_bind_int(stmt, 1, i);
        wrong += sqlite3_step(stmt) != SQLITE_ROW || sqlite3_column_int(stmt, 0) != i || sqlite3_step(stmt) != SQLITE_DONE;
        sqlite3_reset(stmt);
    }
    return wrong + (sqlite3_finalize(stmt) != SQLITE_OK);
}

long long plugin_memory(void)
{
    return sqlite3_memory_used();
}

/* A statement that the module leaves to somebody else. */
void *plugin_statement(void)
{
    sqlite3_stmt *stmt;

    return sqlite3_prepare_v2(db, "SELECT 1", -1, &stmt, NULL) == SQLITE_OK ? stmt : NULL;
}

int plugin_run_statement(void *stmt)
{
    int result = sqlite3_step(stmt);

    sqlite3_reset(stmt);
    return result != SQLITE_ROW;
}

/* Whose call this is, nothing tells when it is in tail position: all that it passes is the caller's. */
int plugin_open(const char *name, void **ret)
{
    return sqlite3_open(name, (sqlite3 **)ret);
}

int plugin_close(void *other)
{
    return sqlite3_close(other);
}

/* Nothing but calls in tail position. */
int plugin_step(void *stmt)
{
    return sqlite3_step(stmt);
}

int plugin_value(void *stmt)
{
    return sqlite3_column_int(stmt, 0);
}

int plugin_finalize(void *stmt)
{
    return sqlite3_finalize(stmt);
}

/* Statements of sqlite3_exec, with what a full-text index does for itself while they run. */
int plugin_exec(const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

int plugin_end(void)
{
    return sqlite3_close(db);
}
