#include "agent/base/lock.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>

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
    lock_take(&lock);
    lock = (struct lock){0};
    lock_take(&lock);
    lock_release(&lock);
    assert_int_equal(lock.state, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_enter_one_at_a_time),
        cmocka_unit_test(zero_frees_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
