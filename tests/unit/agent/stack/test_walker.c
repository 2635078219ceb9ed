/* Starting the walkers when many connections open at once. Each case in a forked child, in which nothing has been started. */
#include "agent/stack/walker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/probe/collectors.h"
#include "agent/loading/loader.h"
#include "agent/loading/copies.h"
#include "agent/process/thread.h"

#define THREADS 8

static _Atomic int native_starts, starts, looks, looking, looking_at_once, refused;
static __thread bool sees_nothing;

static void take_a_while(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
}

static bool start_native(const char **why)
{
    native_starts++;
    take_a_while();
    return true;
}

static size_t walk_native(uintptr_t slot, uintptr_t high, uintptr_t *addresses, uintptr_t *slots, size_t max)
{
    return 0;
}

static bool present(void)
{
    looks++;
    if (++looking > 1)
        looking_at_once++;
    take_a_while();
    looking--;
    return !sees_nothing;
}

static bool start(const char **why)
{
    starts++;
    take_a_while();
    return true;
}

static size_t walk(struct vm_frame *frames, size_t max)
{
    frames[0].key = 7;
    return 1;
}

static const struct native_walker native = {.name = "native", .start = start_native, .walk = walk_native};
const struct native_walker *const native_walker = &native;

static const struct language_walker slow = {.name = "slow", .present = present, .start = start, .walk = walk};

static bool early_is_there;

static bool early_present(void)
{
    return early_is_there;
}

static bool start_early(const char **why)
{
    return true;
}

static const struct language_walker early = {.name = "early", .present = early_present, .start = start_early, .walk = walk};
const struct language_walker *const language_walkers[] = {&early, &slow};
const size_t language_walker_count = 2;

struct client_library *const copies_kinds[] = {NULL};
const size_t copies_kind_count = 0;

void collectors_reset_after_fork(void)
{
}

void collectors_thread_entered(struct thread *thread)
{
    (void)thread;
}

void collectors_thread_forgot(struct thread *thread)
{
    (void)thread;
}

const struct loader_claim *const loader_claims[] = {NULL};
const size_t loader_claim_count = 0;

void loader_start(void)
{
}

/* A connection opens, and a statement is executed. */
static void *open_and_execute(void *data)
{
    struct vm_frame frame;
    const struct language_walker *walker;

    sees_nothing = data != NULL;
    walkers_start();
    if (!walkers_have_native() || (!sees_nothing && walkers_walk_vm(&frame, 1, &walker) != 1))
        refused++;
    return NULL;
}

/* How many threads do not see the VM. */
static int open_in_threads(size_t blind)
{
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, open_and_execute, i < blind ? &native_starts : NULL);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return native_starts == 1 && starts == (blind < THREADS) && looking_at_once == 0 && refused == 0 ? 0 : 1;
}

static int all_at_once(void)
{
    return open_in_threads(0);
}

static int some_are_no_threads_of_the_vm(void)
{
    return open_in_threads(3);
}

static int none_is_a_thread_of_the_vm(void)
{
    return open_in_threads(THREADS);
}

/* The child has a copy of the state in the middle of it, and nobody to finish it. */
static int a_fork_in_the_middle(void)
{
    pthread_t thread;
    pid_t child;
    int status;

    pthread_create(&thread, NULL, open_and_execute, NULL);
    while (looks == 0) /* `looking` may be over before it is seen */
        ;
    child = fork();
    if (child == 0) {
        struct timespec begin, end;
        int before = starts; /* on a busy machine the parent's thread is further by now */
        clock_gettime(CLOCK_MONOTONIC, &begin);
        looking = 0;
        walkers_reset_after_fork();
        open_and_execute(NULL);
        clock_gettime(CLOCK_MONOTONIC, &end);
        _exit(refused || starts - before > 1 || end.tv_sec - begin.tv_sec > 1);
    }
    pthread_join(thread, NULL);
    return waitpid(child, &status, 0) == child && status == 0 && refused == 0 ? 0 : 1;
}

/* Whichever was found first. */
static int the_order_of_the_table_counts(void)
{
    walkers_start();
    if (walkers_first != &slow)
        return 1;
    early_is_there = true;
    walkers_start();
    return walkers_first != &early;
}

static int what_comes_later_is_not_the_first(void)
{
    early_is_there = sees_nothing = true;
    walkers_start();
    if (walkers_first != &early)
        return 1;
    sees_nothing = false;
    walkers_start();
    return walkers_first != &early || starts != 1;
}

static void check(int (*run)(void))
{
    pid_t pid = fork();
    int status;

    if (pid == 0)
        _exit(run());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void each_statement_has_its_frames_from_the_first_one_on(void **state)
{
    check(all_at_once);
}

static void a_thread_that_sees_no_vm_keeps_nobody_from_it(void **state)
{
    check(some_are_no_threads_of_the_vm);
    check(none_is_a_thread_of_the_vm);
}

static void a_child_starts_what_its_parent_was_starting(void **state)
{
    check(a_fork_in_the_middle);
}

static void the_first_language_of_the_table_that_works_is_asked(void **state)
{
    check(the_order_of_the_table_counts);
    check(what_comes_later_is_not_the_first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_statement_has_its_frames_from_the_first_one_on),
        cmocka_unit_test(a_thread_that_sees_no_vm_keeps_nobody_from_it),
        cmocka_unit_test(a_child_starts_what_its_parent_was_starting),
        cmocka_unit_test(the_first_language_of_the_table_that_works_is_asked),
    };

    return cmocka_run_group_tests_name("walker", tests, NULL, NULL);
}
