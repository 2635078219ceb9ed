#include "agent/evidence/episodes.h"

#include "tests/unit/check.h"

#include "agent/process/thread.h"

static struct thread thread; /* only its pool is used */

static void add(struct episodes *episodes, uint32_t number, uint32_t value)
{
    episodes_add(episodes, number, (uint64_t)value << 32, true);
}

static void check(const struct episodes *episodes, uint64_t count, uint64_t most)
{
    uint64_t sized = 0;

    assert_int_equal(episodes->count, count);
    assert_int_equal(episodes->in_most, most);
    for (unsigned size = 0; size < EPISODES_SIZES; size++)
        sized += episodes->of_size[size];
    assert_int_equal(sized, count);
}

/* Of `size`: 2^size children and more, less than twice as many. */
static uint32_t of_size(const struct episodes *episodes, unsigned size)
{
    return episodes->of_size[size];
}

static void one_after_the_other(void **state)
{
    struct episodes episodes = {0};

    for (uint32_t number = 1; number <= 1000; number++) {
        for (uint32_t child = 0; child <= number % 7; child++)
            add(&episodes, number, child + 1);
    }
    check(&episodes, 1000, 7);
    assert_int_equal(of_size(&episodes, 0), 142); /* 7, 14, ..., 994 */
    assert_int_equal(of_size(&episodes, 1), 143 + 143);
    assert_int_equal(of_size(&episodes, 2), 143 + 143 + 143 + 143);
}

static void the_largest_are_one_size(void **state)
{
    struct episodes episodes = {0};

    for (uint32_t number = 1; number <= 4; number++) {
        for (uint32_t child = 0; child < 200 * number * number; child++) /* 200, 800, 1,800, 3,200 */
            add(&episodes, number, child + 1);
    }
    check(&episodes, 4, 3200);
    assert_int_equal(of_size(&episodes, 7), 1);
    assert_int_equal(of_size(&episodes, EPISODES_SIZES - 1), 3);
}

static void children_that_go_on_to_other_values_are_told_from_one_that_comes_again(void **state)
{
    struct episodes loop = {0}, same = {0}, taken_in_turns = {0};

    for (uint32_t i = 0; i < 6; i++) {
        add(&loop, 1, 10 + i);
        add(&same, 1, 10);
        add(&taken_in_turns, 1 + i % 2, 10 + i % 2);
    }
    assert_int_equal(loop.moved, 5);
    assert_int_equal(same.moved, 0);
    assert_int_equal(taken_in_turns.moved, 0);
    for (uint32_t i = 0; i < 6; i++)
        add(&taken_in_turns, 1 + i % 2, 100 + i);
    assert_int_equal(taken_in_turns.moved, 6);
}

static void a_value_that_comes_right_again_counts_where_it_is_told_to(void **state)
{
    struct episodes once = {0}, each = {0};

    for (int i = 0; i < 5; i++) {
        episodes_add(&once, 1, UINT64_C(9) << 32, false);
        episodes_add(&each, 1, UINT64_C(9) << 32, true);
    }
    check(&once, 1, 1);
    check(&each, 1, 5);
}

/* Rounds over some episodes, a child of each in each. */
static void turns(struct episodes *episodes, uint32_t first_number, uint32_t numbers, uint32_t rounds)
{
    for (uint32_t round = 0; round < rounds; round++) {
        for (uint32_t number = 0; number < numbers; number++)
            add(episodes, first_number + number, number * 1000 + round + 1);
    }
}

static void a_few_that_take_turns(void **state)
{
    struct episodes episodes = {0};

    turns(&episodes, 10, EPISODES_FEW, 20);
    check(&episodes, EPISODES_FEW, 20);
    assert_int_equal(of_size(&episodes, 4), EPISODES_FEW);
}

static void many_that_take_turns(void **state)
{
    struct episodes searched = {0}, episodes = {0};

    turns(&searched, 500, 3, 2);
    episodes_go_on(&thread, &episodes, &searched);
    check(&episodes, 3, 2);
    turns(&episodes, 503, EPISODES_MANY - 3, 10);
    check(&episodes, EPISODES_MANY, 10);
    turns(&episodes, 500, 3, 20); /* begun before; the first values of each are old ones */
    check(&episodes, EPISODES_MANY, 22);
}

/* What was followed before leaves nothing behind. */
static void another_column_begins_anew(void **state)
{
    struct episodes searched = {0}, episodes = {0};

    episodes_go_on(&thread, &episodes, &searched);
    turns(&episodes, 1, 50, 3);
    episodes_go_on(&thread, &episodes, &searched);
    check(&episodes, 0, 0);
    turns(&episodes, 1, 50, 2);
    check(&episodes, 50, 2);
}

/* More than are remembered: too many episodes, never too many children. */
static void more_than_are_remembered_prove_less(void **state)
{
    struct episodes searched = {0}, episodes = {0};

    episodes_go_on(&thread, &episodes, &searched);
    turns(&episodes, 1, EPISODES_MANY * 2, 5);
    assert_int_equal(episodes.in_most, 1);
    assert_true(episodes.count > EPISODES_MANY * 2);
}

/* A parent of one row each, walked over twice: that is no parent of two children. */
static void the_same_value_in_another_walk_proves_nothing(void **state)
{
    struct episodes episodes = {0};

    for (int walk = 0; walk < 2; walk++) {
        for (uint32_t number = 1; number <= 3; number++)
            add(&episodes, number, 100 + number);
    }
    check(&episodes, 6, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_after_the_other),
        cmocka_unit_test(the_largest_are_one_size),
        cmocka_unit_test(children_that_go_on_to_other_values_are_told_from_one_that_comes_again),
        cmocka_unit_test(a_value_that_comes_right_again_counts_where_it_is_told_to),
        cmocka_unit_test(a_few_that_take_turns),
        cmocka_unit_test(many_that_take_turns),
        cmocka_unit_test(another_column_begins_anew),
        cmocka_unit_test(more_than_are_remembered_prove_less),
        cmocka_unit_test(the_same_value_in_another_walk_proves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
