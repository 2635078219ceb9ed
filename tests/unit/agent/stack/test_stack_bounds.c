#include "agent/stack/stack_bounds.h"

#include "tests/unit/check.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT ((uintptr_t)8 << 20)
#define PAGE  ((uintptr_t)4096)

/* The C library's own answer. */
static void bounds_of_libc(uintptr_t *low, uintptr_t *high)
{
    pthread_attr_t attributes;
    void *at;
    size_t size;

    assert_int_equal(pthread_getattr_np(pthread_self(), &attributes), 0);
    assert_int_equal(pthread_attr_getstack(&attributes, &at, &size), 0);
    pthread_attr_destroy(&attributes);
    *low = (uintptr_t)at;
    *high = *low + size;
}

static void limit_stack(rlim_t bytes)
{
    struct rlimit limit;

    getrlimit(RLIMIT_STACK, &limit);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_STACK, &limit), 0);
}

static void *of_a_thread(void *argument)
{
    struct thread thread = {0};
    uintptr_t low, high;
    int local;

    (void)argument;
    bounds_of_libc(&low, &high);
    assert_true(stack_bounds_hold(&thread, (uintptr_t)&local));
    assert_true(thread.stack_low <= low && low - thread.stack_low <= 64 * PAGE); /* with or without its guard */
    assert_int_equal(thread.stack_high, (uintptr_t)pthread_self());
    assert_false(stack_bounds_hold(&thread, low - 65 * PAGE));
    assert_false(stack_bounds_hold(&thread, high));
    return NULL;
}

static void a_threads_stack_is_as_libc_says(void **state)
{
    static const size_t sizes[] = {64 << 10, 1 << 20, 8 << 20};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        pthread_attr_t attributes;
        pthread_t other;
        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, sizes[i]);
        assert_int_equal(pthread_create(&other, &attributes, of_a_thread, NULL), 0);
        pthread_join(other, NULL);
        pthread_attr_destroy(&attributes);
    }
}

static void the_main_threads_stack_may_grow_to_its_limit(void **state)
{
    struct thread thread = {0};
    uintptr_t low, high;

    limit_stack(LIMIT);
    bounds_of_libc(&low, &high);
    assert_true(stack_bounds_hold(&thread, (uintptr_t)&low));
    assert_true(thread.stack_high >= high); /* libc leaves out what lies above main's caller */
    assert_int_equal(thread.stack_low, thread.stack_high - LIMIT);
}

static void and_no_further_than_the_mapping_below(void **state)
{
    struct thread thread = {0}, other = {0};
    uintptr_t low, high, between;

    limit_stack(LIMIT);
    bounds_of_libc(&low, &high);
    between = high - LIMIT / 2;
    for (unsigned i = 0; i < 2; i++, between += 4 * PAGE)
        assert_ptr_equal(mmap((void *)between, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
                         (void *)between);
    assert_true(stack_bounds_hold(&thread, (uintptr_t)&low));
    assert_true(thread.stack_high >= high);
    assert_int_equal(thread.stack_low, between - 3 * PAGE);
    limit_stack(RLIM_INFINITY);
    assert_true(stack_bounds_hold(&other, (uintptr_t)&low));
    assert_int_equal(other.stack_high, thread.stack_high);
    assert_int_equal(other.stack_low, between - 3 * PAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_threads_stack_is_as_libc_says),
        cmocka_unit_test(the_main_threads_stack_may_grow_to_its_limit),
        cmocka_unit_test(and_no_further_than_the_mapping_below),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
