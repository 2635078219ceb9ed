#include "agent/source/walk.h"

#include "tests/unit/check.h"

#include "agent/value/value.h"
#include "exporter/stream/verdict.h"

/* What a loop over the numbers from `first` to `last` is worth, when a result had the rows 1 to `rows` with just these numbers
 * before it. `seen` has a bit for each value by its hash, as the agent has it; all_new: no two of them share one. */
static uint32_t bits_of_numbers(uint32_t first, uint32_t last, uint32_t rows, bool all_new)
{
    struct walk_position at = {0};
    struct walk walk = {0};
    uint64_t seen = 0;

    for (uint32_t number = first; number <= last; number++) {
        uint64_t value = value_hash_int(number), bit = UINT64_C(1) << (value >> 58);
        struct walk_met met = {.value = value,
                               .episode = 1,
                               .row = number,
                               .first_row = 1,
                               .last_row = rows,
                               .ordinal = 1,
                               .is_newest = true,
                               .skipped = number == first ? first - 1 : 0,
                               .distinct = rows,
                               .is_new = all_new || !(seen & bit)};
        walk_meet(&walk, &at, &met);
        seen |= bit;
    }
    return walk_bits(&walk);
}

static void new_numbers_that_follow_each_other_prove_nothing_however_many_they_are(void **state)
{
    for (uint32_t last = 10; last < 2048; last += 7)
        assert_in_range(bits_of_numbers(2, last, last + 1, true), 0, VERDICT_PROOF_BITS - 1);
}

static void all_of_the_rows_are_a_proof(void **state)
{
    for (uint32_t last = 2; last < 512; last += 7)
        assert_in_range(bits_of_numbers(1, last, last, false), VERDICT_PROOF_BITS, WALK_MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_numbers_that_follow_each_other_prove_nothing_however_many_they_are),
        cmocka_unit_test(all_of_the_rows_are_a_proof),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
