#include "collectors/languages/ruby/memo.h"

#include "tests/unit/check.h"

#include <pthread.h>

#define THREADS 4
#define TIMES   400000
#define STACKS  4

/* A stack whose frames say which one it is. */
static size_t stack_of(uint64_t number, struct vm_frame *frames)
{
    size_t count = 1 + number % RUBY_FRAMES;

    for (size_t i = 0; i < count; i++)
        frames[i] = (struct vm_frame){.key = number << 8 | i, .code = 4096};
    return count;
}

static uint64_t hash_of(uint64_t number)
{
    return (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static unsigned long wrong(uint64_t number, const struct vm_frame *frames, size_t count)
{
    unsigned long faults = count != 1 + number % RUBY_FRAMES;

    for (size_t i = 0; i < count; i++)
        faults += frames[i].key != (number << 8 | i) || frames[i].code != RUBY_MEMO_CODE(i);
    return faults;
}

static void a_stack_is_remembered_for_as_long_as_it_lives(void **state)
{
    struct vm_frame frames[RUBY_FRAMES], got[RUBY_FRAMES];

    for (uint64_t number = 1; number <= 200; number++) {
        size_t count = stack_of(number, frames);
        assert_int_equal(ruby_memo_get(hash_of(number), number, got, RUBY_FRAMES), 0);
        ruby_memo_put(hash_of(number), number, frames, count);
        assert_int_equal(ruby_memo_get(hash_of(number), number, got, RUBY_FRAMES), count);
        assert_int_equal(wrong(number, got, count), 0);
        assert_int_equal(ruby_memo_get(hash_of(number), number + 1, got, RUBY_FRAMES), 0);
        assert_int_equal(ruby_memo_get(hash_of(number) + 1, number, got, RUBY_FRAMES), 0);
        if (count > 1)
            assert_int_equal(ruby_memo_get(hash_of(number), number, got, count - 1), 0);
    }
}

static void two_stacks_that_want_the_same_place_are_both_remembered(void **state)
{
    struct vm_frame frames[RUBY_FRAMES], got[RUBY_FRAMES];
    const uint64_t life = 1000;

    for (uint64_t high = 0; high < 100; high++) {
        uint64_t hashes[] = {high << 32 | 77, (high + 1) << 32 | 77};
        for (uint64_t i = 0; i < 2; i++)
            ruby_memo_put(hashes[i], life + high, frames, stack_of(i, frames));
        for (uint64_t i = 0; i < 2; i++)
            assert_int_equal(wrong(i, got, ruby_memo_get(hashes[i], life + high, got, RUBY_FRAMES)), 0);
    }
}

static _Atomic unsigned long hits;

/* All of the stacks want the same two places, and are long. */
static void *work(void *argument)
{
    unsigned long *failed = argument, found = 0;
    struct vm_frame frames[RUBY_FRAMES];

    for (uint64_t i = 0; i < TIMES; i++) {
        uint64_t kind = i % STACKS, number = RUBY_FRAMES - 1 - kind, hash = kind * 127 << 32 | 77;
        size_t count = ruby_memo_get(hash, 2000, frames, RUBY_FRAMES);
        if (count)
            *failed += wrong(number, frames, count);
        else
            ruby_memo_put(hash, 2000, frames, stack_of(number, frames));
        found += count > 0;
    }
    hits += found;
    return NULL;
}

static void threads_get_whole_stacks_or_nothing(void **state)
{
    pthread_t threads[THREADS];
    unsigned long failed[THREADS] = {0};

    for (unsigned i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, &failed[i]);
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(failed[i], 0);
    }
    assert_true(hits > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stack_is_remembered_for_as_long_as_it_lives),
        cmocka_unit_test(two_stacks_that_want_the_same_place_are_both_remembered),
        cmocka_unit_test(threads_get_whole_stacks_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
