/* What a developer has tested with a sanitizer: threads, texts, values, rows. The test builds it with each of them. */
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUST(condition)                                                                                                          \
    do {                                                                                                                         \
        if (!(condition)) {                                                                                                      \
            fprintf(stderr, "%s\n", #condition);                                                                                 \
            exit(99);                                                                                                            \
        }                                                                                                                        \
    } while (0)

static void *run(void *argument)
{
    sqlite3_stmt *stmt;
    sqlite3 *db;

    MUST(sqlite3_open(":memory:", &db) == SQLITE_OK);
    MUST(sqlite3_exec(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, name)", NULL, NULL, NULL) == SQLITE_OK);
    for (int i = 0; i < 20; i++) {
        char sql[100];
        snprintf(sql, sizeof sql, "INSERT INTO t(name) VALUES ('name %d of %s')", i, (const char *)argument);
        MUST(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
    }
    MUST(sqlite3_prepare_v2(db, "SELECT name FROM t WHERE id = ? AND name LIKE ?", -1, &stmt, NULL) == SQLITE_OK);
    for (int i = 1; i <= 20; i++) {
        char pattern[20] = "name%";
        sqlite3_bind_int(stmt, 1, i);
        sqlite3_bind_text(stmt, 2, pattern, -1, SQLITE_TRANSIENT);
        MUST(sqlite3_step(stmt) == SQLITE_ROW);
        MUST(strncmp((const char *)sqlite3_column_text(stmt, 0), "name ", 5) == 0);
        sqlite3_reset(stmt);
    }
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return NULL;
}

int main(void)
{
    static const char *const names[] = {"one", "two", "three", "four"};
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        MUST(pthread_create(&threads[i], NULL, run, (void *)names[i]) == 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    puts("164");
    return 0;
}
