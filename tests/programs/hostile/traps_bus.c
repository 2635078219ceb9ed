/* The recording is cut while it is used, and SIGBUS that is the program's own business. Each case prints what it sees; the
 * recording's path is in NPLUS1_OUTPUT. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trap.h"

static void cut(off_t size)
{
    const char *path = getenv("NPLUS1_OUTPUT");

    if (path && truncate(path, size) != 0 && errno != ENOENT)
        perror(path);
}

static void use(int times)
{
    sqlite3 *db = trap_open();

    trap_lookup(db, times);
    sqlite3_close(db);
}

static void cut_to(off_t size)
{
    sqlite3 *db = trap_open();

    trap_lookup(db, 100);
    cut(size);
    trap_lookup(db, 1000);
    trap_run(db, "select 2 union all select 3");
    sqlite3_close(db);
    use(10);
}

static void cut_to_nothing(void)
{
    cut_to(0);
}

static void cut_in_the_middle(void)
{
    cut_to(4096);
}

static void *in_a_thread(void *argument)
{
    use(200);
    return argument;
}

static void cut_under_threads(void)
{
    pthread_t threads[8];

    use(10);
    for (int i = 0; i < 8; i++)
        TRAP_MUST(pthread_create(&threads[i], NULL, in_a_thread, NULL) == 0);
    cut(0);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
}

static void cut_before_a_fork(void)
{
    pid_t child;
    int status;

    use(10);
    cut(0);
    child = fork();
    if (child == 0) {
        sqlite3 *db = trap_open();
        trap_lookup(db, 100);
        _exit(17);
    }
    TRAP_MUST(waitpid(child, &status, 0) == child);
    printf("the child: %d\n", status);
    use(10);
}

/* A page of a file that has become shorter. */
static volatile char *bad_page(void)
{
    char path[] = "/tmp/traps_bus_XXXXXX";
    int fd = mkstemp(path);
    void *page;

    TRAP_MUST(fd >= 0 && ftruncate(fd, 4096) == 0);
    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    TRAP_MUST(page != MAP_FAILED && ftruncate(fd, 0) == 0);
    unlink(path);
    close(fd);
    return page;
}

static volatile char *page;
static volatile sig_atomic_t handled;
static sigjmp_buf back;

static void with_information(int number, siginfo_t *info, void *context)
{
    sigset_t blocked;

    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    printf("signal %d code %d, at the page %d, USR1 blocked %d, context %d\n", number, info->si_code,
           info->si_addr == (void *)page, sigismember(&blocked, SIGUSR1), context != NULL);
    handled++;
    siglongjmp(back, 1);
}

static void plain(int number)
{
    printf("signal %d\n", number);
    handled++;
}

static void a_handler_of_its_own(bool before)
{
    struct sigaction action = {.sa_sigaction = with_information, .sa_flags = SA_SIGINFO}, old;

    sigaddset(&action.sa_mask, SIGUSR1);
    if (!before)
        use(10);
    TRAP_MUST(sigaction(SIGBUS, &action, &old) == 0);
    printf("old: default %d, flags %x\n", old.sa_handler == SIG_DFL, (unsigned)old.sa_flags);
    if (before)
        use(10);
    TRAP_MUST(sigaction(SIGBUS, NULL, &old) == 0);
    printf("told: its own %d, flags %x, mask %d\n", old.sa_sigaction == with_information, (unsigned)old.sa_flags & ~0x04000000U,
           sigismember(&old.sa_mask, SIGUSR1));
    cut(0);
    use(100);
    page = bad_page();
    if (sigsetjmp(back, 1) == 0)
        *page = 1;
    TRAP_MUST(handled == 1);
    use(10);
}

static void a_handler_from_before(void)
{
    a_handler_of_its_own(true);
}

static void a_handler_from_later(void)
{
    a_handler_of_its_own(false);
}

static void a_handler_for_once(void)
{
    struct sigaction action = {.sa_handler = plain, .sa_flags = (int)SA_RESETHAND}, old;

    use(10);
    TRAP_MUST(sigaction(SIGBUS, &action, NULL) == 0);
    raise(SIGBUS);
    TRAP_MUST(handled == 1 && sigaction(SIGBUS, NULL, &old) == 0);
    printf("default again %d\n", old.sa_handler == SIG_DFL);
    cut(0);
    use(10);
}

static void by_signal(void)
{
    use(10);
    printf("default %d\n", signal(SIGBUS, plain) == SIG_DFL);
    printf("its own %d\n", signal(SIGBUS, SIG_DFL) == plain);
    printf("default %d\n", signal(SIGBUS, plain) == SIG_DFL);
    raise(SIGBUS);
    raise(SIGBUS);
    TRAP_MUST(handled == 2);
    cut(0);
    use(10);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    siginterrupt(SIGBUS, 1);
#pragma GCC diagnostic pop
    printf("its own %d\n", signal(SIGBUS, SIG_DFL) == plain);
}

static void ignored(void)
{
    use(10);
    printf("default %d\n", signal(SIGBUS, SIG_IGN) == SIG_DFL);
    raise(SIGBUS);
    use(10);
    printf("ignored %d\n", signal(SIGBUS, SIG_DFL) == SIG_IGN);
}

static void say_what_is_set_up(const char *whose)
{
    struct sigaction now;

    TRAP_MUST(sigaction(SIGBUS, NULL, &now) == 0);
    printf("%s: default %d, ignored %d, its own %d\n", whose, now.sa_handler == SIG_DFL, now.sa_handler == SIG_IGN,
           now.sa_handler == plain);
    fflush(stdout);
}

/* The child has its parent's memory, and handlers of its own. */
static void a_vfork_whose_child_sets_it_up(void)
{
    const struct sigaction others[] = {{.sa_handler = SIG_DFL}, {.sa_handler = SIG_IGN}};
    int status;

    TRAP_MUST(signal(SIGBUS, plain) == SIG_DFL);
    use(10);
    for (volatile unsigned i = 0; i < 3; i++) {
        pid_t child = vfork();
        if (child == 0) {
            if (i < 2)
                sigaction(SIGBUS, &others[i], NULL);
            else
                signal(SIGBUS, SIG_IGN);
            _exit(0);
        }
        TRAP_MUST(waitpid(child, &status, 0) == child && status == 0);
        say_what_is_set_up("the parent");
        raise(SIGBUS);
        TRAP_MUST(handled == (int)i + 1);
    }
    cut(0);
    use(100);
    say_what_is_set_up("the parent");
}

/* Between the fork and its first statement nobody has begun anything for the child. */
static void a_fork_whose_child_sets_it_up(void)
{
    const struct sigaction nothing = {.sa_handler = SIG_DFL}, its_own = {.sa_handler = plain};
    pid_t child;
    int status;

    use(10);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        say_what_is_set_up("the child, at first");
        TRAP_MUST(sigaction(SIGBUS, &its_own, NULL) == 0);
        say_what_is_set_up("the child");
        raise(SIGBUS);
        TRAP_MUST(handled == 1);
        use(10);
        say_what_is_set_up("the child");
        raise(SIGBUS);
        TRAP_MUST(handled == 2 && sigaction(SIGBUS, &nothing, NULL) == 0);
        say_what_is_set_up("the child");
        *bad_page() = 1;
        _exit(0);
    }
    TRAP_MUST(waitpid(child, &status, 0) == child);
    printf("signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    say_what_is_set_up("the parent");
}

static void how_a_child_ends(void (*body)(void))
{
    int status;
    pid_t child;

    use(10);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        use(10);
        body();
        _exit(0);
    }
    TRAP_MUST(waitpid(child, &status, 0) == child);
    printf("signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static void touch_a_bad_page(void)
{
    *bad_page() = 1;
}

static void send_it(void)
{
    kill(getpid(), SIGBUS);
}

static void dies_of_its_own(void)
{
    how_a_child_ends(touch_a_bad_page);
    how_a_child_ends(send_it);
}

static const struct trap traps[] = {
    {"cut_to_nothing", cut_to_nothing},
    {"cut_in_the_middle", cut_in_the_middle},
    {"cut_under_threads", cut_under_threads},
    {"cut_before_a_fork", cut_before_a_fork},
    {"a_handler_from_before", a_handler_from_before},
    {"a_handler_from_later", a_handler_from_later},
    {"a_handler_for_once", a_handler_for_once},
    {"by_signal", by_signal},
    {"ignored", ignored},
    {"a_vfork_whose_child_sets_it_up", a_vfork_whose_child_sets_it_up},
    {"a_fork_whose_child_sets_it_up", a_fork_whose_child_sets_it_up},
    {"dies_of_its_own", dies_of_its_own},
};

TRAP_MAIN(traps)
