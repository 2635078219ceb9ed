/* Calls that return in another thread or another process than they were made in, because the program's code inside of them moved
 * on: coroutines, and forks in functions and callbacks. */
#include "trap.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

/* A coroutine that each time it yields goes on in another thread: a new one and the main thread in turn. */
static ucontext_t coroutine, resumer;
static bool finished;
static void (*body)(void);

static void run_body(void)
{
    body();
    finished = true;
    swapcontext(&coroutine, &resumer);
}

static void move(void)
{
    swapcontext(&coroutine, &resumer);
}

static void *resume(void *argument)
{
    swapcontext(&resumer, &coroutine);
    return NULL;
}

static void run_moving(void (*function)(void))
{
    static char stack[256 << 10];
    pthread_t thread;

    body = function;
    finished = false;
    TRAP_MUST(getcontext(&coroutine) == 0);
    coroutine.uc_stack.ss_sp = stack;
    coroutine.uc_stack.ss_size = sizeof stack;
    makecontext(&coroutine, run_body, 0);
    for (unsigned i = 0; !finished; i++) {
        if (i % 2 == 1) {
            resume(NULL);
            continue;
        }
        TRAP_MUST(pthread_create(&thread, NULL, resume, NULL) == 0);
        pthread_join(thread, NULL);
    }
}

static void move_in_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    move();
    sqlite3_result_int(context, 1);
}

/* No mutexes: they belong to threads. */
static sqlite3 *open_for_any_thread(void (*function)(sqlite3_context *, int, sqlite3_value **))
{
    sqlite3 *db;

    TRAP_MUST(sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) ==
              SQLITE_OK);
    TRAP_MUST(sqlite3_create_function(db, "f", -1, SQLITE_UTF8, NULL, function, NULL, NULL) == SQLITE_OK);
    return db;
}

static void steps(void)
{
    sqlite3 *db = open_for_any_thread(move_in_function);

    for (int i = 0; i < 20; i++) {
        sqlite3_stmt *stmt = trap_prepare(db, "SELECT f() UNION ALL SELECT 2 UNION ALL SELECT f()");
        for (int k = 0; k < 3; k++) {
            trap_expect(1, 3, 0);
            while (sqlite3_step(stmt) == SQLITE_ROW) {
                if (k == 2)
                    move();
            }
            sqlite3_reset(stmt);
        }
        sqlite3_finalize(stmt);
        trap_lookup(db, 2);
    }
    sqlite3_close(db);
}

static void a_step_that_returns_in_another_thread(void)
{
    run_moving(steps);
    trap_lookup(trap_open(), 10);
}

static int move_at_row(void *argument, int columns, char **values, char **names)
{
    move();
    return 0;
}

static void execs(void)
{
    sqlite3 *db = open_for_any_thread(move_in_function);

    for (int i = 0; i < 20; i++) {
        trap_expect(2, 3, 0);
        TRAP_MUST(sqlite3_exec(db, "SELECT f(), 1; SELECT 1 UNION ALL SELECT 2", move_at_row, NULL, NULL) == SQLITE_OK);
        trap_lookup(db, 2);
    }
    sqlite3_close(db);
}

static void an_exec_that_returns_in_another_thread(void)
{
    run_moving(execs);
    trap_lookup(trap_open(), 10);
}

static int move_in_authorizer(void *argument, int what, const char *a, const char *b, const char *c, const char *d)
{
    move();
    return SQLITE_OK;
}

static void prepares(void)
{
    sqlite3 *db = open_for_any_thread(move_in_function);

    TRAP_MUST(sqlite3_set_authorizer(db, move_in_authorizer, NULL) == SQLITE_OK);
    for (int i = 0; i < 20; i++) {
        trap_run(db, "SELECT 1");
        trap_lookup(db, 2);
    }
    sqlite3_close(db);
}

static void a_prepare_that_returns_in_another_thread(void)
{
    run_moving(prepares);
    trap_lookup(trap_open(), 10);
}

static sqlite3 *other;
static int forks_left;
static pid_t child;

/* At its first call: the child counts from 0, and the execution that it is in is the parent's. */
static void fork_once(void)
{
    if (forks_left-- <= 0)
        return;
    fflush(stdout);
    child = fork();
    if (child == 0) {
        trap_counts = (struct trap_counts){0};
        trap_lookup(other, 3);
    }
}

static void fork_in_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    fork_once();
    sqlite3_result_int(context, 1);
}

static int fork_at_row(void *argument, int columns, char **values, char **names)
{
    fork_once();
    return 0;
}

static void end_both(void)
{
    int status;

    if (child == 0) {
        trap_print();
        exit(0);
    }
    TRAP_MUST(waitpid(child, &status, 0) == child && status == 0);
}

static void run_three(sqlite3_stmt *stmt)
{
    while (sqlite3_step(stmt) == SQLITE_ROW)
        continue;
    sqlite3_reset(stmt);
}

static void a_fork_inside_of_a_function(void)
{
    sqlite3 *db = open_for_any_thread(fork_in_function);
    sqlite3_stmt *stmt = trap_prepare(db, "SELECT f() UNION ALL SELECT 2 UNION ALL SELECT 3");

    other = trap_open();
    trap_lookup(other, 5);
    forks_left = 1;
    trap_expect(1, 3, 0);
    run_three(stmt);
    trap_expect(2, 6, 0);
    run_three(stmt);
    run_three(stmt);
    sqlite3_finalize(stmt);
    trap_lookup(other, 2);
    end_both();
}

static void a_fork_inside_of_exec(void)
{
    sqlite3 *db = open_for_any_thread(fork_in_function);

    other = trap_open();
    trap_lookup(other, 5);
    forks_left = 1;
    trap_expect(1, 2, 0);
    TRAP_MUST(sqlite3_exec(db, "SELECT 1 UNION ALL SELECT 2", fork_at_row, NULL, NULL) == SQLITE_OK);
    trap_expect(2, 2, 0);
    TRAP_MUST(sqlite3_exec(db, "SELECT 5; SELECT 6", fork_at_row, NULL, NULL) == SQLITE_OK);
    trap_lookup(other, 2);
    end_both();
}

static const struct trap traps[] = {
    {"a_step_that_returns_in_another_thread", a_step_that_returns_in_another_thread},
    {"an_exec_that_returns_in_another_thread", an_exec_that_returns_in_another_thread},
    {"a_prepare_that_returns_in_another_thread", a_prepare_that_returns_in_another_thread},
    {"a_fork_inside_of_a_function", a_fork_inside_of_a_function},
    {"a_fork_inside_of_exec", a_fork_inside_of_exec},
};
TRAP_MAIN(traps)
