#include "trap.h"

struct trap_counts trap_counts;
const char *trap_program;

void trap_fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(99);
}

void trap_expect(long executions, long rows, long errors)
{
    trap_counts.executions += executions;
    trap_counts.rows += rows;
    trap_counts.errors += errors;
}

void trap_print(void)
{
    printf("{\"executions\": %ld, \"rows\": %ld, \"errors\": %ld}\n", trap_counts.executions, trap_counts.rows,
           trap_counts.errors);
    fflush(stdout);
}

int trap_main(int argc, char **argv, const struct trap *traps, size_t count)
{
    trap_program = argv[0];
    for (size_t i = 0; argc == 2 && i < count; i++) {
        if (strcmp(argv[1], "--list") == 0) {
            puts(traps[i].name);
        } else if (strcmp(argv[1], traps[i].name) == 0) {
            traps[i].run();
            trap_print();
            return 0;
        }
    }
    return argc == 2 && strcmp(argv[1], "--list") == 0 ? 0 : 98;
}

sqlite3 *trap_open(void)
{
    sqlite3 *db;

    TRAP_MUST(sqlite3_open(":memory:", &db) == SQLITE_OK);
    return db;
}

sqlite3_stmt *trap_prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
        trap_fail(sql, sqlite3_errmsg(db));
    return stmt;
}

void trap_run(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = trap_prepare(db, sql);
    int result;

    trap_expect(1, 0, 0);
    while ((result = sqlite3_step(stmt)) == SQLITE_ROW)
        trap_expect(0, 1, 0);
    if (result != SQLITE_DONE)
        trap_fail(sql, sqlite3_errmsg(db));
    sqlite3_finalize(stmt);
}

void trap_lookup(sqlite3 *db, int times)
{
    sqlite3_stmt *stmt = trap_prepare(db, "SELECT ?");

    for (int i = 0; i < times; i++) {
        sqlite3_bind_int(stmt, 1, i);
        trap_expect(1, 1, 0);
        TRAP_MUST(sqlite3_step(stmt) == SQLITE_ROW);
        TRAP_MUST(sqlite3_column_int(stmt, 0) == i);
        TRAP_MUST(sqlite3_step(stmt) == SQLITE_DONE);
        sqlite3_reset(stmt);
    }
    sqlite3_finalize(stmt);
}

void trap_exec(sqlite3 *db, const char *sql, long executions, long rows)
{
    trap_expect(executions, rows, 0);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        trap_fail(sql, sqlite3_errmsg(db));
}
