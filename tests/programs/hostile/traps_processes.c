/* Processes that fork, turn into others, lose their descriptors and end in every way there is.
 *
 * A case in which several processes run statements prints one line of JSON for each, in any order. */
#include "trap.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void wait_for(pid_t pid)
{
    int status;

    TRAP_MUST(pid > 0 && waitpid(pid, &status, 0) == pid);
    TRAP_MUST(status == 0);
}

/* In the child: what it executed is counted from 0. */
static pid_t fork_anew(void)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        trap_counts = (struct trap_counts){0};
    return pid;
}

static void fork_whose_child_runs(void)
{
    sqlite3 *db = trap_open();

    trap_lookup(db, 10);
    pid_t pid = fork_anew();
    if (pid == 0) {
        sqlite3 *own = trap_open();
        trap_lookup(own, 7);
        trap_lookup(db, 2); /* a copy in memory works in the child too */
        trap_print();
        exit(0);
    }
    trap_lookup(db, 5);
    wait_for(pid);
    trap_lookup(db, 5);
}

static void fork_whose_child_runs_nothing(void)
{
    sqlite3 *db = trap_open();

    trap_lookup(db, 10);
    for (int i = 0; i < 5; i++) {
        pid_t pid = fork_anew();
        if (pid == 0)
            exit(0);
        wait_for(pid);
    }
    trap_lookup(db, 5);
}

static void fork_before_any_statement(void)
{
    pid_t pid = fork_anew();

    if (pid == 0) {
        trap_lookup(trap_open(), 3);
        trap_print();
        exit(0);
    }
    wait_for(pid);
    trap_lookup(trap_open(), 4);
}

static void fork_inside_of_an_execution(void)
{
    sqlite3 *db = trap_open();
    sqlite3_stmt *stmt = trap_prepare(db, "VALUES (1), (2), (3)");

    trap_expect(1, 1, 0);
    TRAP_MUST(sqlite3_step(stmt) == SQLITE_ROW);
    pid_t pid = fork_anew();
    if (pid == 0) { /* the rest of the parent's execution is nobody's; then its own ones */
        while (sqlite3_step(stmt) == SQLITE_ROW)
            continue;
        sqlite3_reset(stmt);
        trap_expect(1, 3, 0);
        while (sqlite3_step(stmt) == SQLITE_ROW)
            continue;
        trap_print();
        _exit(0);
    }
    wait_for(pid);
    trap_expect(0, 2, 0);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        continue;
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

static void prefork_server(void)
{
    pid_t pids[4];

    trap_lookup(trap_open(), 3);
    for (int i = 0; i < 4; i++) {
        pids[i] = fork_anew();
        if (pids[i] == 0) {
            sqlite3 *db = trap_open();
            for (int request = 0; request < 25; request++)
                trap_lookup(db, i + 1);
            trap_print();
            exit(0);
        }
    }
    for (int i = 0; i < 4; i++)
        wait_for(pids[i]);
}

static void grandchildren(void)
{
    trap_lookup(trap_open(), 1);
    pid_t pid = fork_anew();
    if (pid == 0) {
        trap_lookup(trap_open(), 2);
        pid = fork_anew();
        if (pid == 0) {
            trap_lookup(trap_open(), 3);
        } else {
            wait_for(pid);
        }
        trap_print();
        exit(0);
    }
    wait_for(pid);
}

static void *fork_and_wait(void *argument)
{
    trap_lookup(trap_open(), 2);
    pid_t pid = fork_anew();
    if (pid == 0) {
        trap_lookup(trap_open(), 6);
        trap_print();
        _exit(0);
    }
    wait_for(pid);
    trap_lookup(trap_open(), 1);
    return NULL;
}

static void fork_in_a_thread(void)
{
    pthread_t thread;

    trap_lookup(trap_open(), 4);
    TRAP_MUST(pthread_create(&thread, NULL, fork_and_wait, NULL) == 0);
    pthread_join(thread, NULL);
}

/* For the cases that execute this program anew. */
static void five(void)
{
    trap_lookup(trap_open(), 5);
}

static void vfork_and_exec(void)
{
    sqlite3 *db = trap_open();

    trap_lookup(db, 3);
    fflush(stdout);
    pid_t pid = vfork();
    if (pid == 0) {
        execl("/proc/self/exe", trap_program, "five", (char *)NULL);
        _exit(1);
    }
    wait_for(pid);
    trap_lookup(db, 4);
}

static void spawned(void)
{
    extern char **environ;
    char *arguments[] = {(char *)trap_program, (char *)"five", NULL};
    pid_t pid;

    trap_lookup(trap_open(), 2);
    fflush(stdout);
    TRAP_MUST(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ) == 0);
    wait_for(pid);
}

static void exec_that_keeps_the_pid(void)
{
    trap_lookup(trap_open(), 2);
    trap_print();
    execl("/proc/self/exe", trap_program, "five", (char *)NULL);
    trap_fail("exec", strerror(errno));
}

static void ends_by__exit(void)
{
    five();
    trap_print();
    _exit(3);
}

static void ends_by_quick_exit(void)
{
    five();
    trap_print();
    quick_exit(4);
}

static void ends_by_abort(void)
{
    five();
    trap_print();
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    abort();
}

static void ends_by_a_segment_fault(void)
{
    five();
    trap_print();
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    raise(SIGSEGV);
}

static void ends_by_sigkill(void)
{
    five();
    trap_print();
    kill(getpid(), SIGKILL);
}

static void *exit_now(void *argument)
{
    trap_lookup(trap_open(), 2);
    trap_print();
    exit(6);
}

static void ends_in_a_thread(void)
{
    pthread_t thread;

    five();
    TRAP_MUST(pthread_create(&thread, NULL, exit_now, NULL) == 0);
    pthread_join(thread, NULL);
}

static sqlite3 *late;

static void at_exit(void)
{
    trap_lookup(late, 3);
    trap_print();
}

static void statements_at_exit(void)
{
    late = trap_open();
    atexit(at_exit);
    trap_lookup(late, 5);
    exit(0);
}

static int runs_in_destructor;

__attribute__((destructor)) static void destroy(void)
{
    if (!runs_in_destructor)
        return;
    trap_lookup(late, 4);
    trap_print();
}

static void statements_in_a_destructor(void)
{
    runs_in_destructor = 1;
    late = trap_open();
    trap_lookup(late, 5);
    exit(0);
}

static void run_different(int from, int to)
{
    sqlite3 *db = trap_open();

    for (int i = from; i < to; i++) {
        char sql[64];
        snprintf(sql, sizeof sql, "SELECT 1 AS c%d", i);
        trap_run(db, sql);
    }
    sqlite3_close(db);
}

/* As daemons do: whatever is open is closed, then the recording has to grow. */
static void daemon_without_descriptors(void)
{
    run_different(0, 10);
    int out = fcntl(STDOUT_FILENO, F_DUPFD, 1200); /* out of the way of the loop */
    TRAP_MUST(out >= 1200);
    for (int fd = 0; fd < 1100; fd++)
        close(fd);
    TRAP_MUST(open("/dev/null", O_RDWR) == 0); /* the lowest numbers are free */
    TRAP_MUST(dup(0) == 1 && dup(0) == 2);
    run_different(10, 3000);
    dup2(out, STDOUT_FILENO);
}

static void descriptors_that_are_taken_over(void)
{
    run_different(0, 10);
    for (int fd = 3; fd < 1020; fd++) {
        int own = open("taken-over", O_RDWR | O_CREAT, 0600);
        if (own != fd) {
            dup2(own, fd);
            close(own);
        }
    }
    run_different(10, 3000);
    struct stat st;
    TRAP_MUST(stat("taken-over", &st) == 0 && st.st_size == 0);
    unlink("taken-over");
}

static void descriptor_numbers(void)
{
    sqlite3 *db = trap_open();

    for (int i = 0; i < 3; i++) {
        printf("%d\n", open("/dev/null", O_RDONLY));
        trap_lookup(db, 5);
    }
}

static void limit_of_file_sizes(void)
{
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){300 << 10, RLIM_INFINITY});
    run_different(0, 5000);
}

static void other_directory(void)
{
    TRAP_MUST(chdir("/") == 0);
    five();
}

static void environment_that_is_cleared(void)
{
    clearenv();
    five();
}

static void handler(int number)
{
}

static void timer_that_fires_all_the_time(void)
{
    struct sigaction action = {.sa_handler = handler};
    struct itimerspec often = {{0, 100000}, {0, 100000}};
    timer_t timer;

    sigaction(SIGALRM, &action, NULL); /* without SA_RESTART: calls end with EINTR */
    TRAP_MUST(timer_create(CLOCK_MONOTONIC, NULL, &timer) == 0);
    timer_settime(timer, 0, &often, NULL);
    run_different(0, 3000);
    timer_delete(timer);
}

static const struct trap traps[] = {
    {"fork_whose_child_runs", fork_whose_child_runs},
    {"fork_whose_child_runs_nothing", fork_whose_child_runs_nothing},
    {"fork_before_any_statement", fork_before_any_statement},
    {"fork_inside_of_an_execution", fork_inside_of_an_execution},
    {"prefork_server", prefork_server},
    {"grandchildren", grandchildren},
    {"fork_in_a_thread", fork_in_a_thread},
    {"five", five},
    {"vfork_and_exec", vfork_and_exec},
    {"spawned", spawned},
    {"exec_that_keeps_the_pid", exec_that_keeps_the_pid},
    {"ends_by__exit", ends_by__exit},
    {"ends_by_quick_exit", ends_by_quick_exit},
    {"ends_by_abort", ends_by_abort},
    {"ends_by_a_segment_fault", ends_by_a_segment_fault},
    {"ends_by_sigkill", ends_by_sigkill},
    {"ends_in_a_thread", ends_in_a_thread},
    {"statements_at_exit", statements_at_exit},
    {"statements_in_a_destructor", statements_in_a_destructor},
    {"daemon_without_descriptors", daemon_without_descriptors},
    {"descriptors_that_are_taken_over", descriptors_that_are_taken_over},
    {"descriptor_numbers", descriptor_numbers},
    {"limit_of_file_sizes", limit_of_file_sizes},
    {"other_directory", other_directory},
    {"environment_that_is_cleared", environment_that_is_cleared},
    {"timer_that_fires_all_the_time", timer_that_fires_all_the_time},
};
TRAP_MAIN(traps)
