#include "agent/source/walk.h"

#include "tests/unit/check.h"

#include "agent/source/row_log.h"
#include "agent/value/value.h"
#include "exporter/stream/verdict.h"

/* Of a result with the rows 1 to `rows`, just these numbers; the log has no more than ROW_LOG_EPISODE of them. */
struct result {
    uint32_t rows, episode;
};

/* As the agent has it: a bit for each value by its hash, which several share. */
static uint64_t bit_of(uint64_t value)
{
    return UINT64_C(1) << (value >> 58);
}

/* Rows before `number`, from `from` on, that are not explained by what was seen (row_log_find). */
static uint32_t skipped(uint32_t from, uint32_t number, uint64_t seen)
{
    uint32_t explained = 0, unexplained = 0;

    for (; from < number; from++) {
        if (seen & bit_of(value_hash_int(from)))
            explained++;
        else
            unexplained++;
    }
    return unexplained + explained / 8;
}

/* A loop over the numbers from `first` to `last` after that result. */
static void count(struct walk *walk, uint64_t *seen, const struct result *result, uint32_t first, uint32_t last)
{
    uint32_t kept = result->rows < ROW_LOG_EPISODE ? result->rows : ROW_LOG_EPISODE;
    struct walk_position at = {0};

    for (uint32_t number = first; number <= last; number++) {
        uint64_t value = value_hash_int(number);
        struct walk_met met = {.value = value,
                               .episode = result->episode,
                               .row = number <= kept ? number : 0,
                               .first_row = 1,
                               .last_row = kept,
                               .goes_on = result->rows > kept,
                               .ordinal = result->episode,
                               .is_newest = true,
                               .skipped = number == first && number <= kept ? skipped(1, number, *seen) : 0,
                               .distinct = result->rows,
                               .is_new = !(*seen & bit_of(value))};
        walk_meet(walk, &at, &met);
        *seen |= bit_of(value);
    }
}

static uint32_t bits_of_numbers(uint32_t first, uint32_t last, uint32_t rows)
{
    struct result result = {.rows = rows, .episode = 1};
    struct walk walk = {0};
    uint64_t seen = 0;

    count(&walk, &seen, &result, first, last);
    return walk_bits(&walk);
}

/* One bit of proof is for the column's name (agent/evidence/candidates.c). */
static void numbers_that_follow_each_other_prove_nothing_however_many_they_are(void **state)
{
    for (uint32_t last = 10; last < 4096; last += 7) {
        assert_in_range(bits_of_numbers(2, last, last), 0, VERDICT_PROOF_BITS - 2);
        assert_in_range(bits_of_numbers(2, last, last + 1), 0, VERDICT_PROOF_BITS - 2);
        assert_in_range(bits_of_numbers(1, last, last + 1), 0, VERDICT_PROOF_BITS - 2);
    }
}

static void nor_do_they_when_the_same_loop_runs_again(void **state)
{
    for (uint32_t last = 10; last < 1024; last += 7) {
        struct walk walk = {0};
        uint64_t seen = 0;
        for (uint32_t episode = 1; episode <= 5; episode++)
            count(&walk, &seen, &(struct result){.rows = last, .episode = episode}, 2, last);
        assert_in_range(walk_bits(&walk), 0, VERDICT_PROOF_BITS - 2);
    }
}

static void all_of_the_rows_are_a_proof(void **state)
{
    for (uint32_t last = 2; last < 4096; last += 7)
        assert_in_range(bits_of_numbers(1, last, last), VERDICT_PROOF_BITS, WALK_MOST);
}

/* Children of children: values are looked for in other columns now and then, where short results hold them, too. */
static void a_look_now_and_then_does_not_hide_that_they_are_counted(void **state)
{
    struct walk walk = {0};

    for (uint32_t number = 16, episode = 1; number < 1 << 20; number *= 4, episode++) {
        struct walk_position at = {0};
        for (uint32_t i = 0; i < 3; i++) {
            struct walk_met met = {.value = value_hash_int(number + i),
                                   .episode = episode,
                                   .row = 3 * episode + i,
                                   .first_row = 3 * episode,
                                   .last_row = 3 * episode + 2,
                                   .ordinal = number / 3,
                                   .is_new = true,
                                   .distinct = 1 << 20};
            walk.is_after_gap = i == 0;
            walk_meet(&walk, &at, &met);
        }
    }
    assert_in_range(walk_bits(&walk), 0, VERDICT_PROOF_BITS - 2);
}

/* The key of a list's rows, and the keys 1, 2, ... of two rows that are loaded for each of these: what is asked for the second
 * row of the list stands in what was loaded for the first one. */
static void what_is_loaded_in_between_is_left_behind(void **state)
{
    for (uint32_t rows = 2; rows <= 3; rows++) {
        struct walk walk = {0};
        struct walk_position at = {0};
        uint64_t seen = 0;
        for (uint32_t number = 1; number <= 20; number++) {
            uint32_t ordinal = (number - 1) / rows + 1, first = (ordinal - 1) * rows + 1;
            struct walk_met met = {.value = value_hash_int(number),
                                   .episode = ordinal,
                                   .row = number,
                                   .first_row = first,
                                   .last_row = first + rows - 1,
                                   .ordinal = ordinal,
                                   .newest = number,
                                   .is_newest = ordinal == number,
                                   .distinct = number * rows,
                                   .seen = seen,
                                   .is_new = true};
            if (number == first)
                at = (struct walk_position){0};
            walk_meet(&walk, &at, &met);
            seen |= bit_of(met.value);
        }
        assert_in_range(walk_bits(&walk), 0, VERDICT_PROOF_BITS - 2);
        assert_in_range(walk.behind, 18, 19);
    }
}

/* Results of one row each, which has one of three values, in an order of its own. */
static uint32_t bits_of_three_values(uint32_t results, uint32_t rows)
{
    struct walk walk = {0};
    uint64_t seen = 0;

    for (uint32_t ordinal = 1; ordinal <= results; ordinal++) {
        struct walk_position at = {0};
        uint64_t value = value_hash_int(1 + ordinal * ordinal * 7 / 3 % 3 * 2);
        struct walk_met met = {.value = value,
                               .episode = ordinal,
                               .row = ordinal * rows,
                               .first_row = (ordinal - 1) * rows + 1,
                               .last_row = ordinal * rows,
                               .ordinal = ordinal,
                               .newest = ordinal,
                               .is_newest = true,
                               .distinct = 3,
                               .seen = seen,
                               .is_new = !(seen & bit_of(value))};
        walk_meet(&walk, &at, &met);
        seen |= bit_of(value);
    }
    return walk_bits(&walk);
}

static void one_of_three_values_is_worth_no_more_than_that(void **state)
{
    uint32_t few = bits_of_three_values(4, 1);

    assert_in_range(bits_of_three_values(24, 1), few + 10, few + 20 * 7 / 4);
    /* Among the three rows of each result it stands by necessity. */
    assert_in_range(bits_of_three_values(24, 3), 0, bits_of_three_values(4, 3));
}

/* A loop over the numbers from `first` to `last` after pages of so many rows, whose keys are 1, 2, 3. */
static uint32_t bits_after_pages(uint32_t first, uint32_t last, uint32_t rows, uint32_t pages)
{
    struct walk walk = {0};
    struct walk_position at = {0};

    for (uint32_t number = first; number <= last; number++) {
        uint32_t page = number == 0 ? 0 : (number - 1) / rows + 1, from = (page - 1) * rows + 1;
        if (page == 0 || page > pages) {
            walk_miss(&walk);
            continue;
        }
        if (number == from)
            at = (struct walk_position){0};
        struct walk_met met = {.value = value_hash_int(number),
                               .episode = page,
                               .row = number,
                               .first_row = from,
                               .last_row = from + rows - 1,
                               .ordinal = page,
                               .is_newest = page == pages,
                               .skipped = number == first ? number - from : 0,
                               .distinct = rows,
                               .is_new = true};
        walk_meet(&walk, &at, &met);
    }
    return walk_bits(&walk);
}

static void numbers_that_go_on_from_page_to_page_prove_nothing(void **state)
{
    for (uint32_t rows = 2; rows < 64; rows = rows * 5 / 3 + 1) {
        for (uint32_t pages = 2; pages <= 6; pages++) {
            for (uint32_t last = rows + 1; last <= pages * rows; last++) {
                assert_in_range(bits_after_pages(0, last, rows, pages), 0, VERDICT_PROOF_BITS - 2);
                assert_in_range(bits_after_pages(1, last, rows, pages), 0, VERDICT_PROOF_BITS - 2);
                assert_in_range(bits_after_pages(2, last, rows, pages), 0, VERDICT_PROOF_BITS - 2);
            }
        }
    }
}

/* The rows of 16 results of two each, any of them one after the other: half of them stand behind one that was met. */
static void rows_of_results_that_were_left_prove_nothing(void **state)
{
    struct walk walk = {0};
    struct walk_position at[16] = {{0}};
    uint64_t seen = 0;

    for (uint32_t i = 0; i < 32; i++) {
        uint32_t number = i * 13 % 32, result = number / 2;
        struct walk_met met = {.value = value_hash_int(number + 1),
                               .episode = result + 1,
                               .row = number + 1,
                               .first_row = result * 2 + 1,
                               .last_row = result * 2 + 2,
                               .ordinal = result + 1,
                               .newest = 16,
                               .distinct = 32,
                               .seen = seen,
                               .is_new = true};
        walk_meet(&walk, &at[result], &met);
        seen |= bit_of(met.value);
    }
    assert_in_range(walk_bits(&walk), 0, VERDICT_PROOF_BITS - 2);
}

static void a_count_that_goes_on_did_not_end_with_the_rows(void **state)
{
    struct walk walk = {0};
    uint64_t seen = 0;

    count(&walk, &seen, &(struct result){.rows = 8, .episode = 1}, 1, 8);
    assert_in_range(walk_bits(&walk), VERDICT_PROOF_BITS, WALK_MOST);
    walk_count_on(&walk, value_hash_int(40));
    assert_in_range(walk_bits(&walk), VERDICT_PROOF_BITS, WALK_MOST);
    walk_count_on(&walk, value_hash_int(9));
    assert_in_range(walk_bits(&walk), 0, VERDICT_PROOF_BITS - 1);
}

/* The keys 3, 6, 9, ... by their size, of rows that have them in another order: none between two of them is passed by. */
static uint32_t bits_of_sorted(uint32_t jumps)
{
    struct walk walk = {0};
    struct walk_position at = {0};

    for (uint32_t i = 0; i < 12; i++) {
        struct walk_met met = {.value = value_hash_int(3 + 3 * i),
                               .episode = 1,
                               .row = 1 + (i * 7) % 12,
                               .first_row = 1,
                               .last_row = 12,
                               .ordinal = 1,
                               .skipped = 4,
                               .distinct = 12,
                               .is_next_number = i >= jumps,
                               .absent = i >= jumps ? 2 : 0,
                               .is_new = true};
        walk_meet(&walk, &at, &met);
    }
    assert_int_equal(walk_is_sorted(&walk), jumps <= 1);
    return walk_bits(&walk);
}

static void numbers_that_a_program_has_sorted_are_met_by_their_size(void **state)
{
    assert_in_range(bits_of_sorted(0), VERDICT_PROOF_BITS, WALK_MOST);
    /* One that is not the next one says that they are not sorted. */
    assert_in_range(bits_of_sorted(2), 0, VERDICT_PROOF_BITS - 1);
    assert_in_range(bits_of_sorted(12), 0, VERDICT_PROOF_BITS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_that_go_on_from_page_to_page_prove_nothing),
        cmocka_unit_test(numbers_that_follow_each_other_prove_nothing_however_many_they_are),
        cmocka_unit_test(nor_do_they_when_the_same_loop_runs_again),
        cmocka_unit_test(all_of_the_rows_are_a_proof),
        cmocka_unit_test(a_look_now_and_then_does_not_hide_that_they_are_counted),
        cmocka_unit_test(what_is_loaded_in_between_is_left_behind),
        cmocka_unit_test(one_of_three_values_is_worth_no_more_than_that),
        cmocka_unit_test(rows_of_results_that_were_left_prove_nothing),
        cmocka_unit_test(numbers_that_a_program_has_sorted_are_met_by_their_size),
        cmocka_unit_test(a_count_that_goes_on_did_not_end_with_the_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
