/* A program that puts itself into a sandbox: sandbox WHEN ACTION NUMBER, a seccomp filter that does ACTION for the system call
 * NUMBER, which the program can do without. Prints the executions until then, and all of them.
 *
 *     before     the first statement
 *     between    two statements
 *     threads    the same, in a thread, for all others (TSYNC)
 *     alone      the same, in a thread that runs statements, and no other does but main
 *     child      in the child of a fork, which executes as many as its parent
 *     inherited  before this program is executed once more, which has no filter of its own then, no child but its own,
 *                and may be dumped
 *     strict     between two statements: SECCOMP_MODE_STRICT, in a thread
 *     dispatch   no filter: between two statements it has all system calls handed to itself (prctl,
 *                PR_SET_SYSCALL_USER_DISPATCH), and makes none; a thread of its own then executes as many
 *     tsc        no filter: between two statements the time stamp counter is taken away (prctl, PR_SET_TSC)
 */
#include "trap.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <pthread.h>
#include <stddef.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMES 30

#ifndef PR_SET_SYSCALL_USER_DISPATCH /* Linux 5.11 */
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_ON           1
#endif

static struct sock_filter instructions[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, 0),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};
static const struct sock_fprog program = {sizeof instructions / sizeof *instructions, instructions};

static void choose(const char *action, const char *number)
{
    static const struct {
        const char *name;
        unsigned action;
    } actions[] = {{"kill", SECCOMP_RET_KILL_PROCESS},
                   {"kill_thread", SECCOMP_RET_KILL_THREAD},
                   {"trap", SECCOMP_RET_TRAP},
                   {"errno", SECCOMP_RET_ERRNO | 1}};

    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (strcmp(actions[i].name, action) == 0)
            instructions[2].k = actions[i].action;
    }
    instructions[1].k = (unsigned)atoi(number);
    TRAP_MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
}

static void enter(void)
{
    TRAP_MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

static void enter_all(void)
{
    TRAP_MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0);
}

/* What the program itself will need, so that it asks for no more. */
static void keep_memory(void)
{
    void *much;

    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_ARENA_MAX, 1);
    much = malloc(4 << 20);
    memset(much, 1, 4 << 20);
    free(much);
}

/* Known statements and new ones: new texts, new stacks, and a connection. */
static void execute(sqlite3 *db, sqlite3_stmt *known, int from)
{
    for (int i = 0; i < TIMES; i++) {
        char sql[64];
        sqlite3_bind_int(known, 1, i);
        trap_expect(1, 1, 0);
        TRAP_MUST(sqlite3_step(known) == SQLITE_ROW && sqlite3_column_int(known, 0) == i);
        sqlite3_reset(known);
        snprintf(sql, sizeof sql, "SELECT %d AS column_%d", i, from + i);
        trap_run(db, sql);
    }
    db = trap_open();
    trap_run(db, "SELECT 1, 2, 3");
    sqlite3_close(db);
}

static sqlite3 *shared;
static sqlite3_stmt *statement;

static void *run_in_thread(void *argument)
{
    if (argument)
        ((void (*)(void))argument)();
    execute(shared, statement, 1000);
    return NULL;
}

static void *run_strictly(void *argument)
{
    TRAP_MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0);
    execute(shared, statement, 1000);
    if (write(STDOUT_FILENO, "strict\n", 7) != 7)
        return NULL;
    for (;;)
        syscall(SYS_exit, 0); /* pthread_exit does more */
}

static void in_a_thread(void *(*run)(void *), void (*enters)(void))
{
    pthread_t thread;

    TRAP_MUST(pthread_create(&thread, NULL, run, (void *)enters) == 0);
    pthread_join(thread, NULL);
}

static void print_and_leave(long until_then)
{
    char line[64];
    int length = snprintf(line, sizeof line, "%ld %ld\n", until_then, (long)trap_counts.executions);

    if (write(STDOUT_FILENO, line, (size_t)length) == length)
        exit(0);
}

int main(int argc, char **argv)
{
    const char *when = argc > 1 ? argv[1] : "";
    long until_then;

    if (strcmp(when, "inherited") == 0) {
        choose(argv[2], argv[3]);
        setenv("LD_PRELOAD", getenv("AGENT") ? getenv("AGENT") : "", 1);
        enter();
        execl(argv[0], argv[0], instructions[1].k == SYS_wait4 ? "between" : "childless", (char *)NULL);
        return 97;
    }
    keep_memory();
    if (argc > 3)
        choose(argv[2], argv[3]);
    if (strcmp(when, "before") == 0)
        enter();
    TRAP_MUST(sqlite3_open(":memory:", &shared) == SQLITE_OK);
    statement = trap_prepare(shared, "SELECT ?");
    execute(shared, statement, 0);
    until_then = trap_counts.executions;
    if (strcmp(when, "between") == 0 && argc > 3)
        enter();
    else if (strcmp(when, "threads") == 0)
        in_a_thread(run_in_thread, enter_all);
    else if (strcmp(when, "alone") == 0)
        in_a_thread(run_in_thread, enter);
    else if (strcmp(when, "strict") == 0)
        in_a_thread(run_strictly, NULL);
    else if (strcmp(when, "tsc") == 0)
        TRAP_MUST(prctl(PR_SET_TSC, PR_TSC_SIGSEGV) == 0);
    else if (strcmp(when, "dispatch") == 0) {
        static char is_handed_over;
        TRAP_MUST(prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, 0, 0, &is_handed_over) == 0);
        is_handed_over = 1;
        execute(shared, statement, 2000);
        is_handed_over = 0;
        in_a_thread(run_in_thread, NULL);
    } else if (strcmp(when, "child") == 0) {
        int status;
        pid_t child = fork();
        if (child == 0)
            enter();
        else
            TRAP_MUST(waitpid(child, &status, 0) == child && status == 0);
    }
    execute(shared, statement, 100);
    if (strcmp(when, "childless") == 0)
        TRAP_MUST(waitpid(-1, NULL, WNOHANG | __WALL) == -1 && prctl(PR_GET_DUMPABLE) != 0);
    print_and_leave(until_then);
    return 96;
}
