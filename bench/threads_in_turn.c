/* Threads that look rows up by many statements, one after the other in turn, each the rows that others have just read: what the
 * search for the source of their values costs where others' rows must be searched, too.
 *
 *     threads_in_turn COUNT     lookups of each thread
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS    4
#define STATEMENTS 40
#define ROWS       20

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static int turn;
static long count;

static void check(sqlite3 *db, int result, int expected)
{
    if (result == expected)
        return;
    fprintf(stderr, "threads_in_turn: %s\n", sqlite3_errmsg(db));
    exit(1);
}

static void await_turn(int number)
{
    pthread_mutex_lock(&lock);
    while (turn != number)
        pthread_cond_wait(&turned, &lock);
}

static void pass_turn(void)
{
    turn = (turn + 1) % THREADS;
    pthread_cond_broadcast(&turned);
    pthread_mutex_unlock(&lock);
}

/* Each has a column that gives back what it was asked for. */
static void open_database(sqlite3 **db, sqlite3_stmt **statements)
{
    char sql[200];

    check(NULL, sqlite3_open(":memory:", db), SQLITE_OK);
    for (int i = 0; i < STATEMENTS; i++) {
        snprintf(sql, sizeof sql,
                 "CREATE TABLE t%d AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < %d) "
                 "SELECT id, 'name ' || id AS name FROM n",
                 i, ROWS);
        check(*db, sqlite3_exec(*db, sql, NULL, NULL, NULL), SQLITE_OK);
        snprintf(sql, sizeof sql, "SELECT id, name FROM t%d AS thing WHERE id = ?", i);
        check(*db, sqlite3_prepare_v2(*db, sql, -1, &statements[i], NULL), SQLITE_OK);
    }
}

static void *run(void *argument)
{
    int number = *(int *)argument;
    sqlite3_stmt *statements[STATEMENTS];
    sqlite3 *db;

    await_turn(number);
    open_database(&db, statements);
    pass_turn();
    for (long i = 0; i < count; i++) {
        sqlite3_stmt *stmt = statements[i % STATEMENTS];
        await_turn(number);
        sqlite3_bind_int64(stmt, 1, (i * 7 + number * 3) % ROWS + 1);
        check(db, sqlite3_step(stmt), SQLITE_ROW);
        check(db, sqlite3_step(stmt), SQLITE_DONE);
        sqlite3_reset(stmt);
        pass_turn();
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    int numbers[THREADS];

    count = argc == 2 ? atol(argv[1]) : 0;
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        if (pthread_create(&threads[i], NULL, run, &numbers[i]) != 0)
            return 1;
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
