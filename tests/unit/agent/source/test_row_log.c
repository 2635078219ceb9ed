#include "agent/source/row_log.h"

#include "tests/unit/check.h"

#include <pthread.h>
#include <stdatomic.h>

#include "agent/process/thread.h"

static struct thread thread; /* only its pool is used */

/* Rows of one execution whose value in column c is `first` + 100 * c, and one more in each row. */
static void add_rows(struct row_log *log, uint32_t episode, uint32_t columns, uint32_t rows, uint32_t first)
{
    for (uint32_t row = 0; row < rows; row++) {
        row_log_begin(log, &thread.pool, episode, episode, columns);
        for (uint32_t column = 0; column < columns; column++)
            row_log_put(log, column, first + row + 100 * column);
    }
}

static uint32_t find(const struct row_log *log, uint32_t episode, uint32_t column, uint32_t value, uint32_t from,
                     uint32_t *ret_skipped)
{
    struct row_span span;

    if (!row_log_span(log, &log->rows, episode, &span))
        return 0;
    return row_log_find(&log->rows, &span, column, value, from, 1, 0, ret_skipped);
}

static void values_are_found_in_their_rows(void **state)
{
    struct row_log log = {0};
    struct row_span span;
    uint32_t skipped;

    add_rows(&log, 7, 3, 40, 1000); /* more than the first memory holds */
    add_rows(&log, 8, 3, 5, 5000);
    assert_true(row_log_span(&log, &log.rows, 7, &span));
    assert_int_equal(span.last - span.first + 1, 40);
    assert_false(span.goes_on);
    assert_int_equal(find(&log, 7, 0, 1000, 0, &skipped), span.first);
    assert_int_equal(find(&log, 7, 2, 1239, span.first + 1, &skipped), span.last);
    assert_int_equal(skipped, 37); /* between those two */
    assert_int_equal(find(&log, 7, 0, 5000, 0, &skipped), 0);
    assert_int_equal(find(&log, 8, 1, 5104, 0, &skipped), 45);
    assert_false(row_log_span(&log, &log.rows, 9, &span));
}

static void of_one_execution_the_first_rows_are_kept_and_old_ones_give_way(void **state)
{
    struct row_log log = {0};
    struct row_span span;
    uint32_t skipped;

    add_rows(&log, 1, 1, 2000, 1);
    assert_true(row_log_span(&log, &log.rows, 1, &span));
    assert_int_equal(span.last - span.first + 1, ROW_LOG_EPISODE);
    assert_true(span.goes_on);
    assert_int_equal(find(&log, 1, 0, 600, 0, &skipped), 0);
    for (uint32_t episode = 2; episode < 10; episode++)
        add_rows(&log, episode, 1, 400, episode * 10000);
    assert_false(row_log_span(&log, &log.rows, 1, &span));
    assert_int_not_equal(find(&log, 9, 0, 90000, 0, &skipped), 0);
}

static void a_row_that_repeats_ends_a_walk(void **state)
{
    struct row_log log = {0};
    struct row_span span;

    add_rows(&log, 1, 1, 3, 50);
    add_rows(&log, 1, 1, 3, 50);
    assert_true(row_log_span(&log, &log.rows, 1, &span));
    assert_true(row_log_repeats(&log.rows, &span, 0, 4));
    assert_false(row_log_repeats(&log.rows, &span, 0, 3));
}

/* A foreign key: who is first has none, and the last one has that of the second. */
static void rows_of_null_do_not_hide_where_a_walk_begins_and_ends(void **state)
{
    static const uint32_t keys[] = {0, 50, 51, 50, 0};
    struct row_log log = {0};
    struct row_span span;
    uint32_t skipped;

    for (unsigned row = 0; row < 4; row++) {
        row_log_begin(&log, &thread.pool, 1, 1, 1);
        row_log_put(&log, 0, keys[row]);
    }
    assert_int_equal(find(&log, 1, 0, 50, 0, &skipped), 2);
    assert_int_equal(skipped, 0);
    row_log_begin(&log, &thread.pool, 1, 1, 1);
    assert_true(row_log_span(&log, &log.rows, 1, &span));
    assert_true(row_log_repeats(&log.rows, &span, 0, 4));
}

/* Words that a layout takes, rows with their executions. */
static uint64_t words_of(const struct row_layout *rows)
{
    return (uint64_t)(rows->mask + 1) * (rows->columns + 1);
}

static void what_is_left_of_another_group_is_looked_into_in_bounds(void **state)
{
    struct row_log log = {0};
    struct row_layout rows;

    assert_false(row_log_look_in(&log, &rows)); /* nothing was ever there */
    add_rows(&log, 1, 2, 10, 1);
    assert_true(row_log_look_in(&log, &rows));
    assert_int_equal(words_of(&rows), words_of(&log.rows));
    row_log_reset(&log);
    assert_false(row_log_look_in(&log, &rows));
    assert_non_null(log.rows.value);
    add_rows(&log, 2, 40, 1, 1);
    assert_true(row_log_look_in(&log, &rows));
    assert_true(words_of(&rows) <= rows.value[-1]);
}

/* The other thread writes these one by one: what is read may be of two moments. */
static void a_layout_of_two_moments_is_refused_where_it_is_too_large(void **state)
{
    struct row_log small = {0}, large = {0};
    struct row_layout rows;

    add_rows(&small, 1, 1, 1, 1);
    add_rows(&large, 1, 30, 200, 1);
    large.rows.value = small.rows.value;
    assert_false(row_log_look_in(&large, &rows));
    small.rows.columns = UINT32_MAX;
    assert_false(row_log_look_in(&small, &rows));
    small.rows.columns = 1;
    small.rows.mask = UINT32_MAX;
    assert_false(row_log_look_in(&small, &rows));
}

static struct row_log shared;
static _Atomic bool is_done;

static void *look(void *unused)
{
    uint64_t looked = 0;

    while (!is_done) {
        struct row_layout rows;
        struct row_span span;
        uint32_t skipped;
        if (!row_log_look_in(&shared, &rows))
            continue;
        if (words_of(&rows) > rows.value[-1])
            return unused; /* out of bounds */
        for (uint32_t episode = 1; episode < ROW_LOG_SPANS; episode++) {
            if (row_log_span(&shared, &rows, episode, &span))
                looked += row_log_find(&rows, &span, episode % 8, 1000 + episode, 0, 1, 0, &skipped);
        }
    }
    return (void *)(uintptr_t)(1 + looked);
}

static void another_thread_looks_while_groups_come_and_go(void **state)
{
    pthread_t other;
    void *result;

    assert_int_equal(pthread_create(&other, NULL, look, NULL), 0);
    for (uint32_t turn = 0; turn < 3000; turn++) {
        row_log_reset(&shared);
        for (uint32_t episode = 1; episode < 12; episode++)
            add_rows(&shared, turn * 12 % ROW_LOG_SPANS + episode, 1 + turn % 37, 1 + (turn + episode) % 90, 1000);
    }
    is_done = true;
    assert_int_equal(pthread_join(other, &result), 0);
    assert_non_null(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_found_in_their_rows),
        cmocka_unit_test(of_one_execution_the_first_rows_are_kept_and_old_ones_give_way),
        cmocka_unit_test(a_row_that_repeats_ends_a_walk),
        cmocka_unit_test(rows_of_null_do_not_hide_where_a_walk_begins_and_ends),
        cmocka_unit_test(what_is_left_of_another_group_is_looked_into_in_bounds),
        cmocka_unit_test(a_layout_of_two_moments_is_refused_where_it_is_too_large),
        cmocka_unit_test(another_thread_looks_while_groups_come_and_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
