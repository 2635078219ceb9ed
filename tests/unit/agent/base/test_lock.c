#include "agent/base/lock.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

#define THREADS 8
#define TIMES   20000

static struct lock lock;
static unsigned long counter;
static int inside;

static void *count(void *argument)
{
    unsigned long *failed = argument;

    errno = 33;
    for (unsigned i = 0; i < TIMES; i++) {
        lock_take(&lock);
        *failed += inside++ != 0;
        counter++;
        if (i % 64 == 0)
            sched_yield(); /* so that others come to wait */
        inside--;
        lock_release(&lock);
    }
    *failed += errno != 33;
    return NULL;
}

static void threads_enter_one_at_a_time(void **state)
{
    pthread_t threads[THREADS];
    unsigned long failed[THREADS] = {0};

    for (unsigned i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, count, &failed[i]);
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(failed[i], 0);
    }
    assert_int_equal(counter, THREADS * TIMES);
    assert_int_equal(lock.state, 0);
}

static void zero_frees_it(void **state)
{
    assert_true(lock_take_briefly(&lock));
    lock = (struct lock){0};
    lock_take(&lock);
    lock_release(&lock);
    assert_int_equal(lock.state, 0);
}

static void *count_briefly(void *argument)
{
    unsigned long *failed = argument;

    for (unsigned i = 0; i < TIMES; i++) {
        if (!lock_take_briefly(&lock)) {
            ++*failed;
            continue;
        }
        *failed += inside++ != 0;
        counter++;
        if (i % 64 == 0)
            sched_yield();
        inside--;
        lock_release_alone(&lock);
    }
    return NULL;
}

static void threads_enter_one_at_a_time_when_nobody_is_woken(void **state)
{
    pthread_t threads[THREADS];
    unsigned long failed[THREADS] = {0};

    counter = 0;
    for (unsigned i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, count_briefly, &failed[i]);
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(failed[i], 0);
    }
    assert_int_equal(counter, THREADS * TIMES);
    assert_int_equal(lock.state, 0);
}

static void *take_briefly(void *argument)
{
    bool *taken = argument;

    *taken = lock_take_briefly(&lock);
    return NULL;
}

/* Its mark, and being woken, are lost. */
static void a_wake_up_that_is_lost_is_made_up_for(void **state)
{
    pthread_t thread;
    bool taken = false;

    assert_true(lock_take_briefly(&lock));
    pthread_create(&thread, NULL, take_briefly, &taken);
    while (!(lock.state & LOCK_WAITED_FOR))
        sched_yield();
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL); /* until it sleeps */
    lock.state = 0;
    pthread_join(thread, NULL);
    assert_true(taken);
    lock = (struct lock){0};
}

/* A second that is waited for in vain is waited for once. */
static void *try_briefly(void *argument)
{
    int *taken = argument;

    for (int i = 0; i < 3; i++)
        *taken += lock_take_briefly(&lock);
    return NULL;
}

static void a_brief_section_that_is_never_left_keeps_nobody(void **state)
{
    struct timespec before, after;
    pthread_t thread;
    int taken = 0;

    lock = (struct lock){0};
    assert_true(lock_take_briefly(&lock));
    assert_false(lock_take_briefly(&lock)); /* as a handler that has interrupted it would */
    clock_gettime(CLOCK_MONOTONIC, &before);
    pthread_create(&thread, NULL, try_briefly, &taken);
    pthread_join(thread, NULL);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_int_equal(taken, 0);
    assert_in_range(after.tv_sec - before.tv_sec, 0, 2);
    lock_release_brief(&lock);
    assert_true(lock_take_briefly(&lock));
    lock_release_brief(&lock);
    assert_int_equal(lock.state, 0);
}

static void *take_within(void *argument)
{
    bool *taken = argument;

    *taken = lock_take_within(&lock, 1000000);
    return NULL;
}

static void who_says_how_long_waits_no_longer(void **state)
{
    pthread_t thread;
    bool taken = true;

    lock_take(&lock);
    pthread_create(&thread, NULL, take_within, &taken);
    pthread_join(thread, NULL);
    assert_false(taken);
    lock_release(&lock);
    assert_true(lock_take_within(&lock, 0));
    lock_release(&lock);
}

static volatile sig_atomic_t handled;
static volatile uint64_t state_then;

static void handle(int number)
{
    handled++;
    state_then = lock.state;
}

static void a_signal_waits_until_the_lock_is_free(void **state)
{
    static struct lock inner;

#ifdef __SANITIZE_THREAD__
    print_message("ThreadSanitizer keeps signals back until the next function that it intercepts\n");
    return;
#endif
    signal(SIGALRM, handle);
    lock_take(&lock);
    lock_take(&inner);
    raise(SIGALRM);
    lock_release(&inner);
    assert_int_equal(handled, 0);
    lock_release(&lock);
    assert_int_equal(handled, 1);
    assert_int_equal(state_then, 0);
    raise(SIGALRM);
    assert_int_equal(handled, 2);
}

static void *meet_a_cancellation_point(void *argument)
{
    bool *passed = argument;

    lock_take(&lock);
    pthread_cancel(pthread_self());
    pthread_testcancel();
    *passed = true;
    lock_release(&lock);
    pthread_testcancel();
    *passed = false;
    return NULL;
}

static void a_thread_is_not_cancelled_while_it_has_the_lock(void **state)
{
    pthread_t thread;
    bool passed = false;

    pthread_create(&thread, NULL, meet_a_cancellation_point, &passed);
    pthread_join(thread, NULL);
    assert_true(passed);
    assert_int_equal(lock.state, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_enter_one_at_a_time),
        cmocka_unit_test(threads_enter_one_at_a_time_when_nobody_is_woken),
        cmocka_unit_test(a_wake_up_that_is_lost_is_made_up_for),
        cmocka_unit_test(zero_frees_it),
        cmocka_unit_test(a_brief_section_that_is_never_left_keeps_nobody),
        cmocka_unit_test(who_says_how_long_waits_no_longer),
        cmocka_unit_test(a_signal_waits_until_the_lock_is_free),
        cmocka_unit_test(a_thread_is_not_cancelled_while_it_has_the_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
