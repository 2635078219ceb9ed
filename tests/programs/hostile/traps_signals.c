/* Handlers of signals that do not come back, cancellation, and the descriptor that the agent may print to. */
#include "trap.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILDREN 40

static void leave(int number)
{
    exit(7);
}

/* New statements, which the agent is busy with most of the time, until the handler ends the process. */
static void run_until_the_handler_exits(long us)
{
    struct itimerval timer = {.it_value = {.tv_usec = us}};
    sqlite3 *db;

    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    db = trap_open();
    signal(SIGALRM, leave);
    setitimer(ITIMER_REAL, &timer, NULL);
    for (int i = 0;; i++) {
        char sql[64];
        snprintf(sql, sizeof sql, "SELECT 1 AS a%d, 2 AS b%d", i, i);
        sqlite3_finalize(trap_prepare(db, sql));
        trap_run(db, sql);
    }
}

static bool ends_soon(pid_t child, int *status)
{
    for (int i = 0; i < 4000; i++) {
        const struct timespec moment = {.tv_nsec = 1000000};
        if (waitpid(child, status, WNOHANG) == child)
            return true;
        nanosleep(&moment, NULL);
    }
    kill(child, SIGKILL);
    waitpid(child, status, 0);
    return false;
}

static void exit_in_a_handler(void)
{
    for (int i = 0; i < CHILDREN; i++) {
        pid_t child = fork();
        int status;
        if (child == 0)
            run_until_the_handler_exits(8000 + 271L * i);
        TRAP_MUST(ends_soon(child, &status));
        TRAP_MUST(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    }
}

static sqlite3_stmt *first_statement;

static void *run_with_a_pending_cancellation(void *argument)
{
    pthread_cancel(pthread_self());
    trap_expect(1, 1, 0);
    TRAP_MUST(sqlite3_step(first_statement) == SQLITE_ROW); /* a database in memory: without us no cancellation point */
    *(int *)argument = 1;
    pthread_testcancel();
    *(int *)argument = 2;
    return NULL;
}

static void a_thread_that_is_cancelled_in_its_first_statement(void)
{
    sqlite3 *db = trap_open();
    pthread_t thread;
    int came = 0;

    first_statement = trap_prepare(db, "SELECT 1");
    TRAP_MUST(pthread_create(&thread, NULL, run_with_a_pending_cancellation, &came) == 0);
    pthread_join(thread, NULL);
    TRAP_MUST(came == 1);
    sqlite3_finalize(first_statement);
    trap_lookup(db, 5);
    sqlite3_close(db);
}

static const struct trap traps[] = {
    {"exit_in_a_handler", exit_in_a_handler},
    {"a_thread_that_is_cancelled_in_its_first_statement", a_thread_that_is_cancelled_in_its_first_statement},
};

TRAP_MAIN(traps)
