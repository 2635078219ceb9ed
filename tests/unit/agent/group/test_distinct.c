#include "agent/group/distinct.h"

#include "tests/unit/check.h"

#include <pthread.h>

#include "agent/base/hash.h"
#include "agent/base/memory.h"

static uint64_t hash(uint64_t i)
{
    return hash_mix(i, 99) | (UINT64_C(1) << 20);
}

static uint64_t add_range(struct distinct *set, uint64_t from, uint64_t to, uint16_t unit)
{
    uint64_t counted = 0, weight;

    for (uint64_t i = from; i < to; i++) {
        distinct_add(set, hash(i), unit, &weight);
        counted += weight;
    }
    return counted;
}

static void a_value_is_new_then_same_then_of_another_unit(void **state)
{
    struct distinct set = DISTINCT_INIT;
    uint64_t weight = 7;

    assert_false(distinct_is_repeated(&set, hash(1), 5));
    assert_int_equal(distinct_add(&set, hash(1), 5, &weight), DISTINCT_NEW);
    assert_int_equal(weight, 1);
    assert_int_equal(distinct_add(&set, hash(1), 5, &weight), DISTINCT_SAME_UNIT);
    assert_int_equal(weight, 0);
    assert_true(distinct_is_repeated(&set, hash(1), 5));
    assert_false(distinct_is_repeated(&set, hash(1), 6));
    assert_int_equal(distinct_add(&set, hash(1), 6, &weight), DISTINCT_OTHER_UNIT);
    assert_int_equal(weight, 0);
    assert_int_equal(distinct_add(&set, hash(1), 6, &weight), DISTINCT_SAME_UNIT);
    assert_int_equal(distinct_add(&set, hash(1), 5, &weight), DISTINCT_OTHER_UNIT);
}

static void the_count_is_exact_at_every_size_up_to_65536(void **state)
{
    struct distinct set = DISTINCT_INIT;
    uint64_t counted = 0;

    for (uint64_t i = 0; i < DISTINCT_EXACT; i++) {
        counted += add_range(&set, i, i + 1, 1);
        counted += add_range(&set, i / 3, i / 3 + 1, 1); /* seen already */
        assert_int_equal(counted, i + 1);
    }
    assert_int_equal(add_range(&set, 0, DISTINCT_EXACT, 2), 0);
}

static void beyond_it_samples_within_a_few_per_cent(void **state)
{
    for (uint64_t values = 100000; values <= 2000000; values *= 4) {
        struct distinct set = DISTINCT_INIT;
        uint64_t counted = add_range(&set, 0, values, 1);

        assert_in_range(counted, values - values / 10, values + values / 10);
        /* what was sampled stays sampled: the count does not grow with values that came before */
        uint64_t again = add_range(&set, 0, values, 1);
        assert_in_range(again, 0, values / 10);
        memory_unmap(set.slots, sizeof(struct distinct_slots) + (set.slots->mask + 8));
    }
}

static void without_memory_it_says_unknown_or_stays_small(void **state)
{
    struct distinct set = DISTINCT_INIT;
    uint64_t counted;

    memory_set_limit(memory_used() + 8192);
    counted = add_range(&set, 0, 100000, 1);
    memory_set_limit(MEMORY_DEFAULT_LIMIT);
    assert_in_range(counted, 1, 200000);
    assert_int_equal(add_range(&set, 0, 1, 1), 0);
}

#define THREADS 8
#define EACH    50000

static struct distinct shared = DISTINCT_INIT;
static pthread_barrier_t barrier;

/* Values of thread t: t * 4,000 .. t * 4,000 + 8,000, so that half of them are those of its neighbours. */
static void *add_shared(void *argument)
{
    uint64_t counted = 0, weight, first = *(unsigned *)argument * UINT64_C(4000);

    pthread_barrier_wait(&barrier);
    for (uint64_t i = 0; i < EACH; i++) {
        distinct_add(&shared, hash(first + i % 8000), (uint16_t)(i / 8000), &weight);
        counted += weight;
    }
    return (void *)(uintptr_t)counted;
}

static void eight_threads_count_each_value_once(void **state)
{
    pthread_t threads[THREADS];
    unsigned number[THREADS];
    uint64_t counted = 0;

    pthread_barrier_init(&barrier, NULL, THREADS);
    for (unsigned i = 0; i < THREADS; i++) {
        number[i] = i;
        pthread_create(&threads[i], NULL, add_shared, &number[i]);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        counted += (uintptr_t)result;
    }
    pthread_barrier_destroy(&barrier);
    assert_int_equal(counted, (THREADS + 1) * 4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_new_then_same_then_of_another_unit),
        cmocka_unit_test(the_count_is_exact_at_every_size_up_to_65536),
        cmocka_unit_test(beyond_it_samples_within_a_few_per_cent),
        cmocka_unit_test(without_memory_it_says_unknown_or_stays_small),
        cmocka_unit_test(eight_threads_count_each_value_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
