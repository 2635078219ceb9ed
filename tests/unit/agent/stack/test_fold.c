/* A letter is a function, and the digit behind it the place where it calls the next one; ?: a function that is not known. */
#include "agent/stack/fold.h"

#include "tests/unit/check.h"

#include <string.h>

#define FRAMES 64

/* Outermost first, as people write it: "m0 w1 w2". */
static size_t read_stack(const char *text, uint32_t *frames, uint64_t *functions)
{
    size_t count = (strlen(text) + 1) / 3;

    assert_true(count <= FRAMES);
    for (size_t i = 0; i < count; i++) {
        const char *at = text + 3 * (count - 1 - i);
        frames[i] = (uint32_t)at[0] << 8 | (uint8_t)at[1];
        functions[i] = at[0] == '?' ? 0 : (uint64_t)at[0];
    }
    return count;
}

static void check_fold(const char *stack, const char *wanted)
{
    uint32_t frames[FRAMES], wanted_frames[FRAMES];
    uint64_t functions[FRAMES], wanted_functions[FRAMES];
    size_t count = fold_stack(frames, functions, read_stack(stack, frames, functions));

    assert_int_equal(count, read_stack(wanted, wanted_frames, wanted_functions));
    assert_memory_equal(frames, wanted_frames, count * sizeof frames[0]);
    assert_memory_equal(functions, wanted_functions, count * sizeof functions[0]);
}

static void a_stack_without_recursion_stays_as_it_is(void **state)
{
    check_fold("m0", "m0");
    check_fold("m0 a1 b1 c1 d1", "m0 a1 b1 c1 d1");
    check_fold("m0 a1 b1 a2 c1", "m0 a1 b1 a2 c1");
}

static void the_same_cycle_again_is_one(void **state)
{
    check_fold("m0 w1 w1 w1 w2", "m0 w1 w2");
    check_fold("m0 a1 b1 c1 a1 b1 c1 d1", "m0 a1 b1 c1 d1");
    check_fold("m0 ?1 ?1 ?1 ?2", "m0 ?1 ?2");
}

static void a_function_that_calls_itself_at_two_places_is_one_stack_for_each(void **state)
{
    check_fold("m0 w9", "m0 w9");
    check_fold("m0 w1 w9", "m0 w1 w9");
    check_fold("m0 w2 w1 w9", "m0 w1 w9");
    check_fold("m0 w1 w2 w9", "m0 w2 w9");
    check_fold("m0 w1 w2 w2 w1 w2 w1 w1 w9", "m0 w1 w9");
    check_fold("m0 w2 w2 w1 w2 w1 w2 w1 w2 w9", "m0 w2 w9");
}

static void a_cycle_of_several_functions_is_one_by_its_functions(void **state)
{
    check_fold("m0 v1 e1 v2 e1 v1 e2 v9", "m0 v1 e2 v9");
    check_fold("m0 v1 e1 v2 e2 v1 e1 v1 e1 v9", "m0 v1 e1 v9");
}

static void what_the_last_round_calls_is_kept(void **state)
{
    check_fold("m0 w1 w2 w1 w3 h1 q1", "m0 w1 w3 h1 q1");
    check_fold("m0 w2 w1 w3 h1 q1", "m0 w1 w3 h1 q1");
}

static void functions_that_are_not_known_are_told_by_their_places(void **state)
{
    check_fold("m0 ?1 ?2 ?1 ?3", "m0 ?1 ?2 ?1 ?3");
    check_fold("m0 ?1 ?2 ?1 ?2 ?3", "m0 ?1 ?2 ?3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stack_without_recursion_stays_as_it_is),
        cmocka_unit_test(the_same_cycle_again_is_one),
        cmocka_unit_test(a_function_that_calls_itself_at_two_places_is_one_stack_for_each),
        cmocka_unit_test(a_cycle_of_several_functions_is_one_by_its_functions),
        cmocka_unit_test(what_the_last_round_calls_is_kept),
        cmocka_unit_test(functions_that_are_not_known_are_told_by_their_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
