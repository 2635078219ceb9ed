/* The agent's core, driven by a script: what is counted for what was done. */
#include "tests/unit/agent/probe_script.h"

#include <errno.h>
#include <pthread.h>

static int set_up(void **state)
{
    script_begin();
    return 0;
}

static int tear_down(void **state)
{
    return unlink(script_path);
}

static void executions_rows_and_errors_are_counted_one_by_one(void **state)
{
    struct probe_statement statement;

    script_prepare(&statement, script_database(), "select 1 from plain where id = ?");
    for (unsigned i = 0; i < 100; i++)
        script_execute(&statement, 0x1000, i % 10, i % 4, i % 25 == 0);
    struct script_sums sums = script_sums_of("select ? from plain where id = ?");
    assert_int_equal(sums.groups, 1);
    assert_int_equal(sums.executions, 100);
    assert_int_equal(sums.rows, 150);
    assert_int_equal(sums.errors, 4);
    assert_int_equal(sums.distinct_values, 10);
    assert_int_equal(sums.repeated, 90);
    assert_int_equal(sums.batched, 0);
    assert_int_equal(sums.left_out_executions + sums.left_out_groups, 0);
}

static void the_same_statement_from_two_places_is_two_groups(void **state)
{
    struct probe_statement statement;

    script_prepare(&statement, script_database(), "select two_places");
    for (unsigned i = 0; i < 10; i++)
        script_execute(&statement, 0x1000 + i % 2 * 16, i, 0, false);
    struct script_sums sums = script_sums_of("select two_places");
    assert_int_equal(sums.groups, 2);
    assert_int_equal(sums.executions, 10);
}

static void two_texts_of_one_statement_are_one_group(void **state)
{
    struct database *database = script_database();

    for (unsigned i = 0; i < 10; i++) {
        struct probe_statement statement;
        char sql[64];
        snprintf(sql, sizeof sql, "select texts where id = %u", i / 2);
        script_prepare(&statement, database, sql);
        script_execute(&statement, 0x1000, 0, 0, false);
    }
    struct script_sums sums = script_sums_of("select texts where id = ?");
    assert_int_equal(sums.groups, 1);
    assert_int_equal(sums.distinct_values, 5);
}

static void one_statement_on_two_databases_is_two_groups(void **state)
{
    struct probe_statement statement;

    script_prepare(&statement, script_database(), "select two_databases");
    script_execute(&statement, 0x1000, 0, 0, false);
    script_prepare(&statement, probe_open(thread_current(), DATABASE_SQLITE, "other.db", NULL), "select two_databases");
    script_execute(&statement, 0x1000, 0, 0, false);
    assert_int_equal(script_sums_of("select two_databases").groups, 2);
}

static void a_recursion_of_any_depth_is_one_group(void **state)
{
    static uintptr_t deep[40];
    struct probe_statement statement;

    script_prepare(&statement, script_database(), "select recursive");
    for (size_t depth = 1; depth <= 40; depth++) {
        struct probe_execution execution = {0};
        struct values values = {0};
        for (size_t i = 0; i < depth; i++)
            deep[i] = 0x5000;
        stub_walker_enter(*STACK_SLOT);
        stub_walker_set(deep, depth);
        probe_begin(thread_current(), &execution, &statement, &values, STACK_SLOT);
        probe_end(&execution);
    }
    struct script_sums sums = script_sums_of("select recursive");
    assert_int_equal(sums.groups, 1);
    assert_int_equal(sums.executions, 40);
}

static void a_list_of_values_is_a_batch(void **state)
{
    struct probe_statement statement;

    script_prepare(&statement, script_database(), "select batch where id in (?, ?, ?)");
    for (unsigned i = 0; i < 7; i++)
        script_execute(&statement, 0x1000, i, 0, false);
    assert_int_equal(script_sums_of("select batch where id in (?)").batched, 7);
}

static void execute_with_two(struct probe_statement *statement, int64_t first, int64_t second)
{
    struct probe_execution execution = {0};
    struct values values = {0};

    stub_walker_enter(*STACK_SLOT);
    stub_walker_set((const uintptr_t[]){0x1000, 0x2000}, 2);
    values_bind(&values, 0, value_hash_int(first));
    values_bind(&values, 1, value_hash_int(second));
    probe_begin(thread_current(), &execution, statement, &values, STACK_SLOT);
    probe_end(&execution);
}

#define SEVENTEEN "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"

/* Beside other values it is a constant; what differs from its neighbours is a batch. */
static void a_list_that_stays_the_same_is_no_batch(void **state)
{
    static const struct {
        const char *sql;
        const char *text;
        uint64_t batched;
    } rows[] = {
        {"select same where a = $1 and b in (5, 6)", "select same where a = ? and b in (?)", 0},
        {"select known where a = $1 and b in ($2, $2)", "select known where a = ? and b in (?)", 0},
        {"select other where a = $2 and b in ($1, $2)", "select other where a = ? and b in (?)", 7},
        {"select mixed where a in ($1, 3) and b in ($2, 4)", "select mixed where a in (?) and b in (?)", 7},
        {"select far where c in ($1,$1,$1,$1,$1,$1,$1,$1) and b in (5, 6)", "select far where c in (?) and b in (?)", 7},
        {"select lost where lower($2) = 'a' and b in (lower('x'), lower('x'))",
         "select lost where lower(?) = ? and b in (lower(?))", 0},
        {"select nine where c in (1,2,3,4,5,6,7,8,9) and b = $1", "select nine where c in (?) and b = ?", 0},
        {"select late where c in (" SEVENTEEN ") and b = $1", "select late where c in (?) and b = ?", 7},
        {"select early where b = $1 and c in (" SEVENTEEN ")", "select early where b = ? and c in (?)", 0},
        {"select still where b = $2 and c in (" SEVENTEEN ") and d = $1", "select still where b = ? and c in (?) and d = ?", 7},
        {"select high where b in (1, 2) and c = $17 and d = $1", "select high where b in (?) and c = ? and d = ?", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct probe_statement statement;
        script_prepare(&statement, script_database(), rows[i].sql);
        for (int j = 0; j < 7; j++)
            execute_with_two(&statement, j, 9);
        if (script_sums_of(rows[i].text).batched != rows[i].batched)
            fail_msg("%s: %lu batched", rows[i].sql, script_sums_of(rows[i].text).batched);
    }
}

/* Chunks of few keys are the same list now and then. */
static void the_same_list_again_is_a_batch_where_lists_change(void **state)
{
    static const struct {
        const char *sql, *text;
        int64_t values[7][2];
        uint64_t batched;
    } rows[] = {
        {"select runs where a in ($1, $2)", "select runs where a in (?)", {{1}, {1}, {1}, {2}, {3}, {3}, {1}}, 7},
        {"select still where a in ($1, $2)", "select still where a in (?)", {{1}, {1}, {1}, {1}, {1}, {1}, {1}}, 0},
        {"select beside where a in ($1, 5) and b = $2",
         "select beside where a in (?) and b = ?",
         {{1, 1}, {1, 1}, {1, 2}, {1, 3}, {2, 1}, {2, 1}, {2, 2}},
         0},
        {"select turns where a in ($1, 5) and b = $2",
         "select turns where a in (?) and b = ?",
         {{1, 1}, {2, 1}, {2, 1}, {3, 1}, {3, 2}, {3, 3}, {4, 1}},
         4},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct probe_statement statement;
        script_prepare(&statement, script_database(), rows[i].sql);
        for (size_t j = 0; j < 7; j++)
            execute_with_two(&statement, rows[i].values[j][0], rows[i].values[j][1]);
        if (script_sums_of(rows[i].text).batched != rows[i].batched)
            fail_msg("%s: %lu batched", rows[i].sql, script_sums_of(rows[i].text).batched);
    }
}

/* Units of work of 20, 30 and 10 executions with more than UNIT_GAP changes between others in between; a fourth one ends the
 * third. */
static void what_others_interrupt_for_long_is_several_units(void **state)
{
    struct database *database = script_database();
    struct probe_statement statement, other;
    static const unsigned sizes[] = {20, 30, 10, 1};

    script_prepare(&statement, database, "select units where id = ?");
    script_prepare(&other, database, "select others");
    for (unsigned unit = 0; unit < 4; unit++) {
        for (unsigned i = 0; i < sizes[unit]; i++)
            script_execute(&statement, 0x1000, i / 2, 0, false);
        for (unsigned i = 0; i < UNIT_GAP + 1; i++)
            script_execute(&other, 0x1000 + i % 2 * 16, 0, 0, false);
    }
    struct script_sums sums = script_sums_of("select units where id = ?");
    assert_int_equal(sums.executions, 61);
    assert_int_equal(sums.units, 3);
    assert_int_equal(sums.unit_executions_max, 30);
    assert_int_equal(sums.unit_max, 15);
    assert_int_equal(sums.distinct_values, 15);
    assert_int_equal(sums.repeated, 10 + 15 + 5);
    sums = script_sums_of("select others");
    assert_int_equal(sums.groups, 2);
    assert_int_equal(sums.distinct_values, 2);
}

static void one_other_group_ends_no_unit_however_often_it_runs(void **state)
{
    struct database *database = script_database();
    struct probe_statement statement, other;

    script_prepare(&statement, database, "select parent where id = ?");
    script_prepare(&other, database, "select child where id = ?");
    for (unsigned i = 0; i < 5; i++) {
        script_execute(&statement, 0x1000, i, 0, false);
        for (unsigned k = 0; k < 3 * UNIT_GAP; k++)
            script_execute(&other, 0x1000, 0, 0, false);
    }
    assert_int_equal(script_sums_of("select parent where id = ?").units, 0);
}

static void a_short_interruption_ends_no_unit(void **state)
{
    struct database *database = script_database();
    struct probe_statement statement, other;

    script_prepare(&statement, database, "select unbroken where id = ?");
    script_prepare(&other, database, "select short_others");
    for (unsigned i = 0; i < 8; i++) {
        script_execute(&statement, 0x1000, i, 0, false);
        for (unsigned k = 0; k < UNIT_GAP - 10; k++)
            script_execute(&other, 0x1000 + k % 2 * 16, 0, 0, false);
    }
    struct script_sums sums = script_sums_of("select unbroken where id = ?");
    assert_int_equal(sums.units, 0);
    assert_int_equal(sums.executions, 8);
    assert_int_equal(sums.repeated, 0);
}

static void the_moment_at_which_a_rule_holds_is_written_once(void **state)
{
    struct probe_statement statement;

    script_prepare(&statement, script_database(), "select judged from t where id = ?");
    for (unsigned i = 0; i < 4; i++)
        script_execute(&statement, 0x1000, i, 1, false);
    assert_int_equal(script_sums_of("select judged from t where id = ?").findings, 0);
    for (unsigned i = 4; i < 100; i++)
        script_execute(&statement, 0x1000, i, 1, false);
    struct script_sums sums = script_sums_of("select judged from t where id = ?");
    assert_int_equal(sums.findings, 1);
    assert_int_equal(sums.confidence, NPLUS1__CONFIDENCE__CONFIDENCE_LIKELY);
}

static void distinct_values_are_those_of_all_parameters_together(void **state)
{
    struct probe_statement statement;

    script_prepare(&statement, script_database(), "select parameters where a = ? and b = ?");
    for (unsigned a = 0; a < 20; a++) {
        for (unsigned b = 0; b < 20; b++) {
            struct probe_execution execution = {0};
            struct values values = {0};
            for (unsigned i = 0; i < 12; i++) /* the last two beyond those that are followed one by one */
                values_bind(&values, i, value_hash_int(i == 0 ? a : i == 11 ? b : 7));
            stub_walker_enter(*STACK_SLOT);
            stub_walker_set((const uintptr_t[]){0x1000}, 1);
            probe_begin(thread_current(), &execution, &statement, &values, STACK_SLOT);
            probe_end(&execution);
        }
    }
    assert_int_equal(script_sums_of("select parameters where a = ? and b = ?").distinct_values, 400);
}

static void the_order_of_values_matters(void **state)
{
    struct probe_statement statement;

    script_prepare(&statement, script_database(), "select swapped where a = ? and b = ?");
    for (unsigned i = 0; i < 10; i++) {
        struct probe_execution execution = {0};
        struct values values = {0};
        values_bind(&values, 0, value_hash_int(i % 2 ? 3 : 4));
        values_bind(&values, 1, value_hash_int(i % 2 ? 4 : 3));
        stub_walker_enter(*STACK_SLOT);
        stub_walker_set((const uintptr_t[]){0x1000}, 1);
        probe_begin(thread_current(), &execution, &statement, &values, STACK_SLOT);
        probe_end(&execution);
    }
    assert_int_equal(script_sums_of("select swapped where a = ? and b = ?").distinct_values, 2);
}

static void errno_is_kept(void **state)
{
    struct probe_statement statement;

    errno = 42;
    script_prepare(&statement, script_database(), "select errno_kept");
    script_execute(&statement, 0x7654320, 1, 1, true);
    assert_int_equal(errno, 42);
}

#define THREADS 8
#define EACH    5000

static void *run_thread(void *argument)
{
    struct probe_statement statement;

    script_prepare(&statement, argument, "select threads where id = ?");
    for (unsigned i = 0; i < EACH; i++)
        script_execute(&statement, 0x1000, i, 2, false);
    return NULL;
}

static void threads_count_apart_and_add_up(void **state)
{
    struct database *database = script_database();
    pthread_t threads[THREADS];

    for (unsigned i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, run_thread, database);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    struct script_sums sums = script_sums_of("select threads where id = ?");
    assert_int_equal(sums.groups, 1);
    assert_int_equal(sums.executions, THREADS * EACH);
    assert_int_equal(sums.rows, THREADS * EACH * 2);
    assert_int_equal(sums.distinct_values, EACH);
    assert_in_range(sums.shards, 1, THREADS);
}

static void a_finished_threads_shard_goes_to_the_next_one(void **state)
{
    struct database *database = script_database();
    pthread_t thread;

    for (unsigned i = 0; i < 200; i++) {
        struct probe_statement statement;
        script_prepare(&statement, database, "select one_after_the_other");
        pthread_create(&thread, NULL, run_thread, database);
        pthread_join(thread, NULL);
    }
    struct script_sums sums = script_sums_of("select threads where id = ?");
    assert_int_equal(sums.executions, (THREADS + 200) * EACH);
    assert_in_range(sums.shards, 1, THREADS);
}

static void *end_elsewhere(void *argument)
{
    probe_row(probe_shard(thread_current(), argument));
    probe_end(argument);
    return NULL;
}

static void a_row_that_another_thread_fetches_is_counted_there(void **state)
{
    struct probe_statement statement;
    struct probe_execution execution = {0};
    struct values values = {0};
    pthread_t thread;

    script_prepare(&statement, script_database(), "select handed_over");
    stub_walker_enter(*STACK_SLOT);
    stub_walker_set((const uintptr_t[]){0x1000}, 1);
    probe_row(probe_begin(thread_current(), &execution, &statement, &values, STACK_SLOT));
    pthread_create(&thread, NULL, end_elsewhere, &execution);
    pthread_join(thread, NULL);
    assert_true(probe_is_idle(&execution));
    struct script_sums sums = script_sums_of("select handed_over");
    assert_int_equal(sums.executions, 1);
    assert_int_equal(sums.rows, 2);
    assert_int_equal(sums.shards, 2);
}

struct open_records {
    unsigned count, open;
};

static struct open_records open_records(void)
{
    const char *error;
    struct stream_reader *reader = stream_reader_open(script_path, &error);
    const Nplus1__Record *record;
    struct open_records result = {0};

    assert_non_null(reader);
    while ((record = stream_reader_next(reader, NULL))) {
        result.count += record->open_transaction != NULL;
        result.open += record->open_transaction && record->open_transaction->since_ticks;
    }
    stream_reader_destroy(reader);
    return result;
}

static void *commit_elsewhere(void *argument)
{
    open_transaction_now(thread_current(), argument, NULL, false);
    return NULL;
}

static void open_transactions_have_records_that_are_used_again(void **state)
{
    static struct transaction transaction[100];
    struct probe_execution execution = {0};
    struct probe_statement statement;
    struct values values = {0};
    pthread_t thread;

    script_prepare(&statement, script_database(), "begin");
    stub_walker_enter(*STACK_SLOT);
    stub_walker_set((const uintptr_t[]){0x1000}, 1);
    struct group_shard *shard = probe_begin(thread_current(), &execution, &statement, &values, STACK_SLOT);
    probe_end(&execution);
    for (unsigned i = 0; i < 1000; i++) {
        open_transaction_now(thread_current(), &transaction[0], shard, true);
        assert_int_equal(open_records().open, 1);
        if (i % 100 == 0) {
            pthread_create(&thread, NULL, commit_elsewhere, &transaction[0]);
            pthread_join(thread, NULL);
        } else {
            open_transaction_now(thread_current(), &transaction[0], NULL, false);
        }
    }
    assert_int_equal(open_records().count, 1);
    for (unsigned i = 0; i < 100; i++)
        open_transaction_now(thread_current(), &transaction[i], shard, true);
    assert_int_equal(open_records().count, 32); /* more at once are not written down */
    assert_int_equal(open_records().open, 32);
    for (unsigned i = 0; i < 100; i++)
        open_transaction_now(thread_current(), &transaction[i], NULL, false);
    assert_int_equal(open_records().count, 32);
    assert_int_equal(open_records().open, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(executions_rows_and_errors_are_counted_one_by_one),
        cmocka_unit_test(the_same_statement_from_two_places_is_two_groups),
        cmocka_unit_test(two_texts_of_one_statement_are_one_group),
        cmocka_unit_test(one_statement_on_two_databases_is_two_groups),
        cmocka_unit_test(a_recursion_of_any_depth_is_one_group),
        cmocka_unit_test(a_list_of_values_is_a_batch),
        cmocka_unit_test(a_list_that_stays_the_same_is_no_batch),
        cmocka_unit_test(the_same_list_again_is_a_batch_where_lists_change),
        cmocka_unit_test(what_others_interrupt_for_long_is_several_units),
        cmocka_unit_test(one_other_group_ends_no_unit_however_often_it_runs),
        cmocka_unit_test(a_short_interruption_ends_no_unit),
        cmocka_unit_test(the_moment_at_which_a_rule_holds_is_written_once),
        cmocka_unit_test(distinct_values_are_those_of_all_parameters_together),
        cmocka_unit_test(the_order_of_values_matters),
        cmocka_unit_test(errno_is_kept),
        cmocka_unit_test(threads_count_apart_and_add_up),
        cmocka_unit_test(a_finished_threads_shard_goes_to_the_next_one),
        cmocka_unit_test(a_row_that_another_thread_fetches_is_counted_there),
        cmocka_unit_test(open_transactions_have_records_that_are_used_again),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
