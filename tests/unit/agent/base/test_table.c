#include "agent/base/table.h"

#include "tests/unit/check.h"

#include <pthread.h>

#include "agent/base/lock.h"
#include "agent/base/memory.h"

#define MANY 100000

/* Keys as the agent has them: addresses of allocations, 16 bytes apart. */
static uint64_t key(uint64_t i)
{
    return 0x7f0000000000 + i * 16;
}

static void *value(uint64_t i)
{
    return (void *)(uintptr_t)(i + 1);
}

static void an_empty_table_has_nothing(void **state)
{
    struct table table = TABLE_INIT;
    void *found;

    assert_null(table_get(&table, key(1)));
    assert_null(table_remove(&table, key(1)));
    assert_false(table_get_first(&table, key(1), &found));
}

static void reserved_keys_have_no_value_ever(void **state)
{
    const uint64_t reserved[] = {TABLE_EMPTY, TABLE_DELETED};
    struct table table = TABLE_INIT;
    void *found;

    for (uint64_t i = 0; i <= 1000; i++) {
        if (i > 0)
            assert_true(table_put(&table, i * 16, value(i)));
        if (i > 20)
            table_remove(&table, (i - 20) * 16);
        for (size_t k = 0; k < ARRAY_LENGTH(reserved); k++) {
            assert_false(table_get_first(&table, reserved[k], &found));
            assert_null(table_get(&table, reserved[k]));
            assert_null(table_remove(&table, reserved[k]));
        }
    }
}

static void a_walk_meets_each_value_once(void **state)
{
    static const size_t counts[] = {0, 1, 31, 32, 33, 1000};

    for (size_t n = 0; n < ARRAY_LENGTH(counts); n++) {
        struct table table = TABLE_INIT;
        bool met[1000] = {false};
        size_t at = 0, values = 0;
        uint64_t found_key;
        void *found;

        for (uint64_t i = 0; i < counts[n] + 20; i++)
            assert_true(table_put(&table, key(i), value(i)));
        for (uint64_t i = counts[n]; i < counts[n] + 20; i++)
            table_remove(&table, key(i));
        while ((found = table_next(table_slots_now(&table), &at, &found_key))) {
            uint64_t i = (found_key - key(0)) / 16;
            assert_true(i < counts[n] && !met[i]);
            assert_ptr_equal(found, value(i));
            met[i] = true;
            values++;
        }
        assert_int_equal(values, counts[n]);
    }
    struct table empty = TABLE_INIT;
    size_t at = 0;
    uint64_t found_key;
    assert_null(table_next(table_slots_now(&empty), &at, &found_key));
}

static void everything_that_was_put_is_found_while_the_table_grows(void **state)
{
    struct table table = TABLE_INIT;

    for (uint64_t i = 0; i < MANY; i++) {
        assert_true(table_put(&table, key(i), value(i)));
        assert_ptr_equal(table_get(&table, key(i)), value(i));
        assert_ptr_equal(table_get(&table, key(i / 2)), value(i / 2));
    }
    assert_int_equal(table.live, MANY);
    for (uint64_t i = 0; i < MANY; i++)
        assert_ptr_equal(table_get(&table, key(i)), value(i));
    assert_null(table_get(&table, key(MANY)));
}

static void a_second_put_replaces(void **state)
{
    struct table table = TABLE_INIT;

    assert_true(table_put(&table, key(3), value(1)));
    assert_true(table_put(&table, key(3), value(2)));
    assert_ptr_equal(table_get(&table, key(3)), value(2));
    assert_int_equal(table.live, 1);
}

/* Keys that all want the same place: what is removed in the middle of the run must not hide what stands behind it. */
static void a_removed_key_hides_nobody_behind_it(void **state)
{
    struct table table = TABLE_INIT;
    const uint64_t far = 1024 * 16; /* one place in every table up to 1,024 slots */

    for (uint64_t i = 1; i <= 10; i++)
        assert_true(table_put(&table, i * far, value(i)));
    assert_ptr_equal(table_remove(&table, 4 * far), value(4));
    assert_ptr_equal(table_remove(&table, 1 * far), value(1));
    assert_null(table_remove(&table, 4 * far));
    for (uint64_t i = 1; i <= 10; i++)
        assert_ptr_equal(table_get(&table, i * far), i == 1 || i == 4 ? NULL : value(i));
    assert_true(table_put(&table, 4 * far, value(44)));
    assert_ptr_equal(table_get(&table, 4 * far), value(44));
    for (uint64_t i = 2; i <= 10; i++)
        table_remove(&table, i * far);
    assert_int_equal(table.live, 0);
    assert_int_equal(table.deleted, 0); /* the run of deleted slots is given back when nothing stands behind it */
}

static void it_does_what_a_list_of_all_changes_says(void **state)
{
    static uint16_t model[4096];
    struct table table = TABLE_INIT;
    uint64_t random = 1;
    size_t live = 0;

    for (unsigned step = 1; step <= 300000; step++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        unsigned i = (unsigned)(random >> 33) % 4096;
        if ((random >> 60) % 3) {
            assert_true(table_put(&table, key(i * 7), value(step % 60000)));
            live += model[i] == 0;
            model[i] = (uint16_t)(step % 60000 + 1);
        } else {
            assert_ptr_equal(table_remove(&table, key(i * 7)), (void *)(uintptr_t)model[i]);
            live -= model[i] != 0;
            model[i] = 0;
        }
    }
    assert_int_equal(table.live, live);
    for (unsigned i = 0; i < 4096; i++)
        assert_ptr_equal(table_get(&table, key(i * 7)), (void *)(uintptr_t)model[i]);
}

static void a_million_handles_that_come_and_go_need_bounded_memory(void **state)
{
    struct table table = TABLE_INIT;
    size_t used = 0;

    for (uint64_t i = 0; i < 1000000; i++) {
        assert_true(table_put(&table, key(i * 37), value(i)));
        if (i >= 100)
            assert_ptr_equal(table_remove(&table, key((i - 100) * 37)), value(i - 100));
        if (i == 50000)
            used = memory_used();
    }
    assert_int_equal(table.live, 100);
    assert_int_equal(memory_used(), used); /* old slots are used again */
}

static void at_the_memory_limit_put_says_no_and_loses_nothing(void **state)
{
    struct table table = TABLE_INIT;
    uint64_t kept = 0;

    memory_set_limit(memory_used() + 40000);
    while (kept < MANY && table_put(&table, key(kept), value(kept)))
        kept++;
    memory_set_limit(MEMORY_DEFAULT_LIMIT);
    assert_in_range(kept, 100, MANY - 1);
    for (uint64_t i = 0; i < kept; i++)
        assert_ptr_equal(table_get(&table, key(i)), value(i));
    assert_null(table_get(&table, key(kept)));
    memory_set_limit(memory_used());
    assert_false(table_reserve(&table));
    memory_set_limit(MEMORY_DEFAULT_LIMIT);
    assert_true(table_put(&table, key(kept), value(kept))); /* and goes on when there is memory again */
    assert_ptr_equal(table_get(&table, key(kept)), value(kept));
}

struct churn {
    struct table table;
    struct lock lock;
    _Atomic bool stop;
    _Atomic unsigned wrong, looked;
};

/* Keys 0 to 99 stay: a reader must find them whatever the writers do. */
/* As addresses of allocations of a page each: alike in the bits that a small table looks at. */
static void a_roomy_table_gives_keys_their_first_places(void **state)
{
    struct table table = TABLE_INIT_ROOMY;
    void *found;

    for (uint64_t i = 0; i < 12; i++)
        assert_true(table_put(&table, key(i * 64 + 1), value(i)));
    for (uint64_t i = 0; i < 12; i++) {
        assert_true(table_get_first(&table, key(i * 64 + 1), &found));
        assert_ptr_equal(found, value(i));
    }
    table = (struct table)TABLE_INIT_ROOMY;
    for (uint64_t i = 0; i < 2; i++) /* alike in the bits of twice as many slots, too */
        assert_true(table_put(&table, key(i * 512 + 1), value(i)));
    for (uint64_t i = 0; i < 2; i++)
        assert_true(table_get_first(&table, key(i * 512 + 1), &found));
    for (uint64_t i = 12; i < 40; i++) /* beyond what it makes room for */
        assert_true(table_put(&table, key(i * 4096 + 1), value(i)));
    for (uint64_t i = 12; i < 40; i++)
        assert_ptr_equal(table_get(&table, key(i * 4096 + 1)), value(i));
}

static void *read_all_the_time(void *argument)
{
    struct churn *churn = argument;

    while (!churn->stop) {
        for (uint64_t i = 0; i < 100; i++) {
            if (table_get(&churn->table, key(i * 13)) != value(i))
                churn->wrong++;
        }
        churn->looked++;
    }
    return NULL;
}

static void *write_all_the_time(void *argument)
{
    struct churn *churn = argument;

    for (uint64_t i = 0; i < 60000; i++) {
        uint64_t mine = 100000 + (uint64_t)(uintptr_t)pthread_self() % 9973 * 1000000 + i;
        lock_take(&churn->lock);
        table_put(&churn->table, key(mine), value(mine));
        lock_release(&churn->lock);
        if (table_get(&churn->table, key(mine)) != value(mine))
            churn->wrong++;
        lock_take(&churn->lock);
        if (i % 3 && table_remove(&churn->table, key(mine)) != value(mine))
            churn->wrong++;
        lock_release(&churn->lock);
    }
    return NULL;
}

static void readers_find_what_is_there_while_writers_grow_the_table(void **state)
{
    static struct churn churn = {.table = TABLE_INIT};
    pthread_t readers[2], writers[3];

    for (uint64_t i = 0; i < 100; i++)
        table_put(&churn.table, key(i * 13), value(i));
    for (unsigned i = 0; i < 2; i++)
        pthread_create(&readers[i], NULL, read_all_the_time, &churn);
    for (unsigned i = 0; i < 3; i++)
        pthread_create(&writers[i], NULL, write_all_the_time, &churn);
    for (unsigned i = 0; i < 3; i++)
        pthread_join(writers[i], NULL);
    churn.stop = true;
    for (unsigned i = 0; i < 2; i++)
        pthread_join(readers[i], NULL);
    assert_int_equal(churn.wrong, 0);
    assert_true(churn.looked > 0);
    assert_int_equal(churn.table.live, 100 + 3 * 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_table_has_nothing),
        cmocka_unit_test(reserved_keys_have_no_value_ever),
        cmocka_unit_test(a_walk_meets_each_value_once),
        cmocka_unit_test(everything_that_was_put_is_found_while_the_table_grows),
        cmocka_unit_test(a_second_put_replaces),
        cmocka_unit_test(a_removed_key_hides_nobody_behind_it),
        cmocka_unit_test(it_does_what_a_list_of_all_changes_says),
        cmocka_unit_test(a_million_handles_that_come_and_go_need_bounded_memory),
        cmocka_unit_test(at_the_memory_limit_put_says_no_and_loses_nothing),
        cmocka_unit_test(a_roomy_table_gives_keys_their_first_places),
        cmocka_unit_test(readers_find_what_is_there_while_writers_grow_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
