/* Rows that several threads or tasks take, each the next one, whose values are numbers that follow each other. */
#include "agent/source/walk.h"

#include "tests/unit/check.h"

#include "agent/source/row_log.h"
#include "agent/value/value.h"
#include "exporter/stream/verdict.h"

#define ROWS  40
#define FIRST 1000 /* less one */

static bool was_met(const struct walk_position *at, uint32_t row)
{
    return row < at->base || (row - at->base < WALK_TAKEN && (at->taken >> (row - at->base) & 1));
}

/* As row_log_find_next has it. 0: the row is not remembered, or was met. */
static uint32_t find(const struct walk_position *at, uint32_t row, uint32_t *ret_skipped)
{
    uint32_t base = at->row ? at->base : 1, front = base;

    *ret_skipped = 0;
    if (at->row) {
        if (row < base || was_met(at, row))
            return 0;
        front = at->taken ? base + 32 - (uint32_t)__builtin_clz(at->taken) : base;
    }
    *ret_skipped = row < front ? front - base - (uint32_t)__builtin_popcount(at->taken) - 1 : row - front;
    return row;
}

/* Of so many that are met. */
static uint32_t bits_of_numbers(const uint32_t rows[ROWS], uint32_t count, uint32_t before)
{
    struct walk walk = {0};
    struct walk_position at = {0};
    uint64_t seen = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t skipped, row = find(&at, rows[i], &skipped);
        uint64_t bit, value = value_hash_int(before + rows[i]);
        struct walk_met met = {.value = value,
                               .episode = 1,
                               .row = row,
                               .first_row = 1,
                               .last_row = ROWS,
                               .ordinal = 1,
                               .newest = 1,
                               .is_newest = true,
                               .in_turns = true,
                               .skipped = skipped,
                               .distinct = ROWS,
                               .seen = seen,
                               .abreast = true,
                               .counts_there = row != 0};
        bit = UINT64_C(1) << (value >> 58);
        met.is_new = !(seen & bit);
        walk_meet(&walk, &at, &met);
        seen |= bit;
    }
    return walk_bits(&walk);
}

static uint32_t bits_of(const uint32_t rows[ROWS], uint32_t count)
{
    return bits_of_numbers(rows, count, FIRST);
}

static void number(uint32_t rows[ROWS])
{
    for (uint32_t i = 0; i < ROWS; i++)
        rows[i] = i + 1;
}

/* The row at `from` comes after that at `to`. */
static void move(uint32_t rows[ROWS], uint32_t from, uint32_t to)
{
    uint32_t row = rows[from];

    for (uint32_t i = from; i < to; i++)
        rows[i] = rows[i + 1];
    rows[to] = row;
}

static uint32_t bits_of_order(void)
{
    uint32_t rows[ROWS];

    number(rows);
    return bits_of(rows, ROWS - 1);
}

static void whoever_takes_the_first_row_may_be_late(void **state)
{
    for (uint32_t late = 1; late < 8; late++) {
        uint32_t rows[ROWS];
        number(rows);
        move(rows, 0, late);
        assert_in_range(bits_of(rows, ROWS / 2), VERDICT_PROOF_BITS, 64);
    }
}

static void a_few_that_are_late_say_nothing_against_those_that_are_not(void **state)
{
    uint32_t rows[ROWS];

    number(rows);
    move(rows, 9, 20);
    move(rows, 11, 24);
    move(rows, 24, 35);
    move(rows, 25, 38);
    assert_in_range(bits_of(rows, ROWS - 1), bits_of_order() - 1, 64);
}

static void rows_too_far_back_are_met_at_last(void **state)
{
    for (uint32_t late = 1; late <= 4; late++) {
        uint32_t rows[ROWS];
        number(rows);
        for (uint32_t i = 0; i < late; i++)
            move(rows, 1, ROWS - 1);
        assert_in_range(bits_of(rows, ROWS), VERDICT_PROOF_BITS, 64);
    }
}

static void small_numbers_in_no_order_prove_nothing(void **state)
{
    uint32_t random = 1;

    for (int round = 0; round < 200; round++) {
        uint32_t rows[ROWS];
        number(rows);
        for (uint32_t i = ROWS - 1; i > 0; i--) {
            random = random * 1664525 + 1013904223; /* Knuth, The Art of Computer Programming 2, 3.3.4 */
            uint32_t other = (random >> 16) % (i + 1), row = rows[i];
            rows[i] = rows[other];
            rows[other] = row;
        }
        assert_in_range(bits_of_numbers(rows, ROWS, 0), 0, VERDICT_PROOF_BITS - 1);
    }
}

static void rows_that_are_met_again_and_again_prove_nothing(void **state)
{
    uint32_t rows[ROWS];

    for (uint32_t i = 0; i < ROWS; i++)
        rows[i] = 1 + i % 8;
    assert_in_range(bits_of(rows, ROWS), 0, VERDICT_PROOF_BITS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_takes_the_first_row_may_be_late),
        cmocka_unit_test(a_few_that_are_late_say_nothing_against_those_that_are_not),
        cmocka_unit_test(rows_too_far_back_are_met_at_last),
        cmocka_unit_test(small_numbers_in_no_order_prove_nothing),
        cmocka_unit_test(rows_that_are_met_again_and_again_prove_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
