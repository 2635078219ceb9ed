/* connections ROUNDS [keep]: connections to a.db and b.db in turn, each closed with a transaction open, so that the next one
 * mostly gets the same address. Prints how often. keep: the last one stays open. */
#include <stdio.h>
#include <stdlib.h>

#include "sqlite3.h"

static void check(int result)
{
    if (result == SQLITE_OK || result == SQLITE_DONE || result == SQLITE_ROW)
        return;
    fprintf(stderr, "%s\n", sqlite3_errstr(result));
    exit(2);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 1, again = 0;
    const void *last = NULL;

    for (int i = 0; i < rounds; i++) {
        sqlite3_stmt *statement;
        sqlite3 *db;
        check(sqlite3_open(i % 2 ? "b.db" : "a.db", &db));
        check(sqlite3_exec(db, "CREATE TABLE IF NOT EXISTS t (x); BEGIN; INSERT INTO t VALUES (1)", NULL, NULL, NULL));
        for (int k = 0; k <= i % 2; k++) { /* two of b.db */
            check(sqlite3_prepare_v2(db, "SELECT count(*) FROM t WHERE x = ?", -1, &statement, NULL));
            check(sqlite3_bind_int(statement, 1, i));
            check(sqlite3_step(statement));
            check(sqlite3_finalize(statement));
        }
        again += db == last;
        last = db;
        if (argc < 3 || i < rounds - 1)
            check(sqlite3_close(db));
    }
    printf("the same address: %s\n", again > rounds / 2 ? "mostly" : "seldom");
    return 0;
}
