/* At the limits of stream and memory nothing is lost from the sums: what has no group is in what was left out. Each case records
 * in a forked child, which starts a recording of its own. */
#include "tests/unit/agent/probe_script.h"

#include <sys/stat.h>
#include <sys/wait.h>

#define STATEMENTS 3000
#define ROUNDS     3

static void run_statements(void)
{
    struct database *database = script_database();

    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < STATEMENTS; i++) {
            struct probe_statement statement;
            char sql[64];
            snprintf(sql, sizeof sql, "select c%u from t where id = ?", i);
            script_prepare(&statement, database, sql);
            script_execute(&statement, 0x1000 + i % 5 * 16, i, 2, i % 10 == 0);
        }
    }
}

static struct script_sums record(void (*prepare)(void), void (*run)(void))
{
    pid_t pid;
    int status;

    script_begin();
    pid = fork();
    if (pid == 0) {
        prepare();
        run();
        _exit(0); /* no exit handlers: what is in the file must be enough */
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    return script_sums_of(NULL);
}

static void check_sums(const struct script_sums *sums)
{
    assert_int_equal(sums->executions + sums->left_out_executions, STATEMENTS * ROUNDS);
    assert_int_equal(sums->rows + sums->left_out_rows, STATEMENTS * ROUNDS * 2);
    assert_int_equal(sums->errors + sums->left_out_errors, STATEMENTS * ROUNDS / 10);
}

static void unlimited(void)
{
}

static void without_a_limit_nothing_is_left_out(void **state)
{
    struct script_sums sums = record(unlimited, run_statements);

    check_sums(&sums);
    assert_int_equal(sums.groups, STATEMENTS);
    assert_int_equal(sums.left_out_executions + sums.left_out_groups + sums.left_out_stream + sums.left_out_memory, 0);
}

static void limit_stream(void)
{
    settings.max_stream = 128 << 10;
}

static void at_the_streams_limit_known_groups_go_on_and_the_rest_is_counted(void **state)
{
    struct script_sums sums = record(limit_stream, run_statements);
    struct stat st;

    check_sums(&sums);
    assert_int_equal(stat(script_path, &st), 0);
    assert_in_range(st.st_size, 1, 128 << 10);
    assert_in_range(sums.groups, 100, STATEMENTS / 2);
    assert_true(sums.executions >= (uint64_t)(sums.groups - 1) * ROUNDS);
    assert_true(sums.left_out_stream > 0);
    assert_true(sums.left_out_groups > 0);
}

static void limit_memory(void)
{
    memory_set_limit(memory_used() + (300 << 10));
}

static void at_the_memorys_limit_it_is_the_same(void **state)
{
    struct script_sums sums = record(limit_memory, run_statements);

    check_sums(&sums);
    assert_in_range(sums.groups, 1, STATEMENTS - 1);
    assert_true(sums.left_out_executions > 0);
}

static void limit_memory_to_nothing(void)
{
    memory_set_limit(memory_used());
}

#define KNOWN 128 /* groups: half of their table's 256 places */
#define OTHER 100

/* Groups of some statements, each from many stacks; the recording's bytes. */
static size_t run_range(unsigned statements, unsigned from, unsigned to)
{
    struct database *database = script_database();
    size_t size;

    for (unsigned i = from; i < to; i++) {
        struct probe_statement statement;
        char sql[64];
        snprintf(sql, sizeof sql, "select c%u from t where id = ?", i % statements);
        script_prepare(&statement, database, sql);
        script_execute(&statement, 0x1000 + i / statements * 16, i, 2, false);
    }
    recording_bytes(&size);
    return size;
}

static void run_past_the_tables(unsigned statements)
{
    size_t once;

    run_range(statements, 0, KNOWN);
    limit_memory_to_nothing();
    once = run_range(statements, KNOWN, KNOWN + OTHER);
    for (unsigned round = 0; round < ROUNDS; round++)
        assert_int_equal(run_range(statements, KNOWN, KNOWN + OTHER), once);
}

static void run_past_the_groups(void)
{
    run_past_the_tables(20);
}

static void run_past_the_stacks(void)
{
    run_past_the_tables(1);
}

static void what_no_table_has_room_for_is_not_written_each_time_that_it_is_met(void **state)
{
    void (*const runs[])(void) = {run_past_the_groups, run_past_the_stacks};

    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        struct script_sums sums = record(unlimited, runs[i]);
        assert_in_range(sums.groups, KNOWN + OTHER / 2, KNOWN + OTHER - 1);
        assert_int_equal(sums.executions + sums.left_out_executions, KNOWN + OTHER * (1 + ROUNDS));
        unlink(script_path);
    }
}

static void with_no_memory_at_all_the_program_goes_on(void **state)
{
    int status;
    pid_t pid;

    script_begin();
    pid = fork();
    if (pid == 0) {
        limit_memory_to_nothing();
        if (thread_current())
            run_statements();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static int tear_down(void **state)
{
    unlink(script_path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(without_a_limit_nothing_is_left_out, tear_down),
        cmocka_unit_test_teardown(at_the_streams_limit_known_groups_go_on_and_the_rest_is_counted, tear_down),
        cmocka_unit_test_teardown(at_the_memorys_limit_it_is_the_same, tear_down),
        cmocka_unit_test_teardown(what_no_table_has_room_for_is_not_written_each_time_that_it_is_met, tear_down),
        cmocka_unit_test_teardown(with_no_memory_at_all_the_program_goes_on, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
