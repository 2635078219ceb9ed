/* Point lookups on SQLite, and what a program can do by itself to see them: traced_lookups plain|count|text LOOKUPS. Prints the
 * nanoseconds of one, of the lower quartile of rounds of a thousand: what disturbs makes them longer. */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROWS       1000
#define ROUNDS_MAX 1000

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

static int compare(const void *a, const void *b)
{
    uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;

    return (first > second) - (first < second);
}

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

int main(int argc, char **argv)
{
    int rounds = argc == 3 ? atoi(argv[2]) / ROWS : 0;
    static uint64_t taken[ROUNDS_MAX];
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
    if (rounds < 1 || rounds > ROUNDS_MAX) {
        fprintf(stderr, "traced_lookups plain|count|text LOOKUPS, of which a thousand make a round\n");
        return 2;
    }
    for (int round = 0; round < rounds; round++) {
        uint64_t start = now();
        for (int i = 0; i < ROWS; i++) {
            sqlite3_bind_int(lookup, 1, i + 1);
            check(sqlite3_step(lookup), SQLITE_ROW, db);
            sqlite3_column_int(lookup, 0);
            sqlite3_column_text(lookup, 1);
            sqlite3_reset(lookup);
        }
        taken[round] = now() - start;
    }
    sqlite3_finalize(lookup);
    sqlite3_close(db);
    qsort(taken, (size_t)rounds, sizeof taken[0], compare);
    printf("%.1f\n", (double)taken[rounds / 4] / ROWS);
    return 0;
}
