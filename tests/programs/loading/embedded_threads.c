/* Statements that one thread prepares and another one runs, through SQLite inside of this module (embedded.c): how npm's sqlite3
 * does it in node's pool. */
#include <pthread.h>
#include <sqlite3.h>
#include <stddef.h>

#define STATEMENTS 5

static sqlite3 *db;
static sqlite3_stmt *statements[STATEMENTS];

int run(void);

static void *prepare(void *failed)
{
    for (int i = 0; i < STATEMENTS; i++)
        *(int *)failed |= sqlite3_prepare_v2(db, "select 1", -1, &statements[i], NULL);
    return NULL;
}

/* How many have run. */
int run(void)
{
    pthread_t thread;
    int failed = 0, count = 0;

    if (sqlite3_open(":memory:", &db) != SQLITE_OK || pthread_create(&thread, NULL, prepare, &failed) != 0 ||
        pthread_join(thread, NULL) != 0 || failed)
        return -1;
    for (int i = 0; i < STATEMENTS; i++) {
        while (sqlite3_step(statements[i]) == SQLITE_ROW)
            ;
        count++;
        sqlite3_finalize(statements[i]);
    }
    sqlite3_close(db);
    return count;
}
