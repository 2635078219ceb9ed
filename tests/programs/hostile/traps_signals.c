/* Handlers of signals that do not come back, cancellation, and the descriptor that the agent may print to. */
#include "trap.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/socket.h>
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

/* Somebody has sent them, and a sigwait will come for them. */
static void signals_that_are_blocked_stay_so(void)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGTERM};
    const struct timespec no_time = {0};
    sqlite3 *db = trap_open();
    sigset_t all, pending;

    sigfillset(&all);
    TRAP_MUST(sigprocmask(SIG_BLOCK, &all, NULL) == 0);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        TRAP_MUST(kill(getpid(), numbers[i]) == 0);
    trap_run(db, "SELECT 1");
    trap_run(db, "SELECT 1, 2");
    TRAP_MUST(sigpending(&pending) == 0);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        TRAP_MUST(sigismember(&pending, numbers[i]));
    while (sigtimedwait(&all, NULL, &no_time) > 0) {
    }
    sqlite3_close(db);
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

/* A program of its own whose descriptor 2 is `descriptor`, and who has a complaint. */
static void run_with_stderr(int descriptor, const char *name)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        signal(SIGPIPE, SIG_DFL);
        dup2(descriptor, 2);
        execl(trap_program, trap_program, name, NULL);
        _exit(98);
    }
    close(descriptor);
    TRAP_MUST(ends_soon(child, &status));
    TRAP_MUST(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void five(void)
{
    sqlite3 *db = trap_open();

    trap_lookup(db, 5);
    sqlite3_close(db);
}

static void a_pipe_without_a_reader(void)
{
    int pipes[2];

    TRAP_MUST(pipe(pipes) == 0);
    close(pipes[0]);
    run_with_stderr(pipes[1], "five");
}

static void fill(int descriptor)
{
    char bytes[512] = {0};

    TRAP_MUST(fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0);
    while (write(descriptor, bytes, sizeof bytes) > 0) {
    }
    TRAP_MUST(fcntl(descriptor, F_SETFL, 0) == 0);
}

static void a_pipe_that_is_full(void)
{
    int pipes[2];

    TRAP_MUST(pipe(pipes) == 0);
    fill(pipes[1]);
    run_with_stderr(pipes[1], "five");
}

static void a_socket_that_is_full(void)
{
    int pair[2];

    TRAP_MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    fill(pair[1]);
    run_with_stderr(pair[1], "five");
}

static void a_socket_without_a_peer(void)
{
    int pair[2];

    TRAP_MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    close(pair[0]);
    run_with_stderr(pair[1], "five");
}

static void a_socket_that_is_read(void)
{
    int pair[2];
    char bytes[1024];
    ssize_t length;

    TRAP_MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    run_with_stderr(pair[1], "five");
    while ((length = read(pair[0], bytes, sizeof bytes)) > 0)
        TRAP_MUST(write(2, bytes, (size_t)length) == length);
}

/* A file of data, that has the number when there is something to complain of. */
static void descriptor_2_is_another_file(void)
{
    char bytes[64];

    close(2);
    TRAP_MUST(open("data", O_RDWR | O_CREAT | O_TRUNC, 0600) == 2);
    five();
    TRAP_MUST(pread(2, bytes, sizeof bytes, 0) == 0);
}

static void descriptor_2_beyond_the_limit_of_file_sizes(void)
{
    const struct rlimit limit = {4, 4};
    int file = open("data", O_RDWR | O_CREAT | O_TRUNC, 0600);

    TRAP_MUST(file >= 0 && ftruncate(file, 4) == 0 && lseek(file, 0, SEEK_END) == 4);
    TRAP_MUST(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    run_with_stderr(file, "five");
}

static const struct trap traps[] = {
    {"five", five},
    {"a_pipe_without_a_reader", a_pipe_without_a_reader},
    {"a_pipe_that_is_full", a_pipe_that_is_full},
    {"a_socket_that_is_full", a_socket_that_is_full},
    {"a_socket_without_a_peer", a_socket_without_a_peer},
    {"a_socket_that_is_read", a_socket_that_is_read},
    {"descriptor_2_is_another_file", descriptor_2_is_another_file},
    {"descriptor_2_beyond_the_limit_of_file_sizes", descriptor_2_beyond_the_limit_of_file_sizes},
    {"exit_in_a_handler", exit_in_a_handler},
    {"signals_that_are_blocked_stay_so", signals_that_are_blocked_stay_so},
    {"a_thread_that_is_cancelled_in_its_first_statement", a_thread_that_is_cancelled_in_its_first_statement},
};

TRAP_MAIN(traps)
