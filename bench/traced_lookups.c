/* Point lookups on SQLite, and what a program can do by itself to see them: traced_lookups plain|count|text LOOKUPS. Prints the
 * nanoseconds of one, of the fastest of five rounds. */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 5
#define ROWS   1000

static uint64_t counted, written;

static int count(unsigned event, void *unused, void *statement, void *sql)
{
    (void)event, (void)unused, (void)statement, (void)sql;
    counted++;
    return 0;
}

/* As a log of statements with their values does. */
static int text(unsigned event, void *unused, void *statement, void *sql)
{
    char *expanded = sqlite3_expanded_sql(statement);

    (void)event, (void)unused, (void)sql;
    written += expanded ? strlen(expanded) : 0;
    sqlite3_free(expanded);
    return 0;
}

static void check(int result, int wanted, sqlite3 *db)
{
    if (result == wanted)
        return;
    fprintf(stderr, "%s\n", sqlite3_errmsg(db));
    exit(1);
}

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

int main(int argc, char **argv)
{
    int lookups = argc == 3 ? atoi(argv[2]) : 0;
    uint64_t best = UINT64_MAX;
    sqlite3_stmt *lookup;
    sqlite3 *db;

    check(sqlite3_open(":memory:", &db), SQLITE_OK, db);
    check(sqlite3_exec(db,
                       "create table product(id integer primary key, name text); insert into product with recursive n(i) as"
                       " (select 1 union all select i + 1 from n where i < 1000) select i, 'p' || i from n",
                       NULL, NULL, NULL),
          SQLITE_OK, db);
    if (argc == 3 && strcmp(argv[1], "plain") != 0)
        check(sqlite3_trace_v2(db, SQLITE_TRACE_STMT, strcmp(argv[1], "count") == 0 ? count : text, NULL), SQLITE_OK, db);
    check(sqlite3_prepare_v2(db, "select id, name from product where id = ?", -1, &lookup, NULL), SQLITE_OK, db);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t start = now(), taken;
        for (int i = 0; i < lookups; i++) {
            sqlite3_bind_int(lookup, 1, i % ROWS + 1);
            check(sqlite3_step(lookup), SQLITE_ROW, db);
            sqlite3_column_int(lookup, 0);
            sqlite3_column_text(lookup, 1);
            sqlite3_reset(lookup);
        }
        taken = now() - start;
        best = taken < best ? taken : best;
    }
    sqlite3_finalize(lookup);
    sqlite3_close(db);
    printf("%.1f\n", lookups ? (double)best / lookups : 0.0);
    return 0;
}
