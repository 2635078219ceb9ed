/* Ever new statements. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    int statements = atoi(argv[1]);
    char sql[100];
    sqlite3 *db;

    if (sqlite3_open(":memory:", &db) != SQLITE_OK)
        return 1;
    for (int i = 0; i < statements; i++) {
        sqlite3_stmt *stmt;
        snprintf(sql, sizeof sql, "SELECT 1 AS a%d_%d, 2 AS b%d", i, i * 7, i);
        if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK || sqlite3_step(stmt) != SQLITE_ROW)
            return 2;
        sqlite3_finalize(stmt);
    }
    return sqlite3_close(db);
}
