/* Lookups in SQLite, of a program that has it inside and of one that has the library: copy_lookups COUNT.
 *
 * Stops itself when all is warm, and again after COUNT lookups, so that steps.c can count what lies between. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "sqlite3.h"

#define ROWS 1000
#define WARM 3000

static void check(int result)
{
    if (result == SQLITE_OK || result == SQLITE_DONE || result == SQLITE_ROW)
        return;
    fprintf(stderr, "%s\n", sqlite3_errstr(result));
    exit(2);
}

static void look_up(sqlite3_stmt *statement, int count)
{
    for (int i = 0; i < count; i++) {
        check(sqlite3_bind_int(statement, 1, i * 7919 % ROWS + 1));
        while (sqlite3_step(statement) == SQLITE_ROW)
            sqlite3_column_int(statement, 0);
        check(sqlite3_reset(statement));
    }
}

int main(int argc, char **argv)
{
    sqlite3_stmt *statement;
    sqlite3 *db;

    if (argc < 2)
        return 2;
    check(sqlite3_open(":memory:", &db));
    check(sqlite3_exec(db,
                       "CREATE TABLE item (id INTEGER PRIMARY KEY, price INTEGER);"
                       "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
                       "INSERT INTO item SELECT i, i * 3 FROM n",
                       NULL, NULL, NULL));
    check(sqlite3_prepare_v2(db, "SELECT price FROM item WHERE id = ?", -1, &statement, NULL));
    look_up(statement, WARM);
    raise(SIGSTOP);
    look_up(statement, atoi(argv[1]));
    raise(SIGSTOP);
    check(sqlite3_finalize(statement));
    check(sqlite3_close(db));
    return 0;
}
