/* Labelled cases without a database: probe_corpus CASE RECORDING plays one through the probe interface, as a collector would;
 * probe_corpus --list prints each with the kind that has to be found in it, or "-". One case per process: a recording is a file.
 */
#include "tests/unit/agent/probe_script.h"

#include <pthread.h>

#include "exporter/stream/verdict.h"
#include "agent/source/fanout.h"
#include "agent/unit/transaction.h"
#include "agent/unit/unit.h"
#include "agent/group/watch.h"

void nplus1_scope_begin(const char *name);
void nplus1_scope_end(void);

#define NULL_CELL INT64_MIN
#define GIVEN_MAX 12
#define READ_NONE 0
#define READ_ALL  UINT64_MAX

struct query {
    struct probe_statement statement;
    struct transaction *transaction;
    uintptr_t stack[40]; /* innermost first */
    unsigned depth;
};

/* What an execution gives back. */
struct result {
    unsigned rows, columns;
    int64_t first; /* what cell is told; and column 0 without a cell */
    int64_t (*cell)(int64_t first, unsigned row, unsigned column);
    uint64_t read; /* bits: columns that the program reads, of rows_read rows; 0 with columns: nobody watches */
    unsigned rows_read;
};

static void no_gate(bool open)
{
    (void)open;
}

static struct watch_gate gate = {.set = no_gate};

static int64_t usual_cell(int64_t first, unsigned row, unsigned column)
{
    return first + row + column * INT64_C(10000000);
}

/* Rows that the next execution with the same values would give again. */
static struct result rows_from(int64_t first, unsigned rows, unsigned columns)
{
    return (struct result){.rows = rows, .columns = columns, .first = first};
}

static struct query query_on(struct database *database, uintptr_t frame, const char *sql)
{
    struct query query = {.stack = {frame, 0x2000}, .depth = 2};

    script_prepare(&query.statement, database, sql);
    return query;
}

static struct query query(const char *sql)
{
    return query_on(script_database(), 0x1000, sql);
}

/* The rows from `from` on, which arrive while the execution goes on. */
static void give(struct probe_execution *execution, const struct source_given *given, const struct result *result, unsigned from,
                 unsigned to)
{
    struct thread *thread = thread_current();
    struct group_shard *shard = probe_shard(thread, execution);
    struct source *source;

    probe_rows(shard, to - from);
    if (from == 0 && to > 0 && probe_captures(shard))
        probe_capture(thread, execution, given);
    source = execution->source;
    if (!source || source->shard != shard)
        return;
    if (source->columns == 0) {
        source->columns = result->columns < SOURCE_COLUMNS ? result->columns : SOURCE_COLUMNS;
        for (uint32_t i = 0; i < source->columns; i++)
            snprintf(source->column[i].name, SOURCE_NAME, "c%u", i);
    }
    for (unsigned row = from; row < to; row++) {
        source_row(thread, source, execution->episode);
        for (uint32_t i = 0; i < source->columns; i++) {
            int64_t cell = (result->cell ? result->cell : usual_cell)(result->first, row, i);
            if (provenance_wants(source, i) &&
                !source_add(thread, source, execution->episode, i, cell == NULL_CELL ? VALUE_NULL : value_hash_int(cell))) {
                execution->source = NULL;
                return;
            }
        }
    }
}

static void watch(struct probe_execution *execution, const struct result *result)
{
    struct thread *thread = thread_current();

    if (!result->rows_read || !execution->source || execution->source->captures > WATCH_CAPTURES)
        return;
    watch_rows(thread, &gate, result, probe_shard(thread, execution), result->columns, result->rows);
    for (unsigned row = 0; row < result->rows_read; row++) {
        for (unsigned i = 0; i < result->columns; i++) {
            if (result->read >> i & 1)
                watch_read(&gate, result, (int)row, (int)i);
        }
    }
    watch_freed(&gate, result);
}

static __attribute__((noinline)) void begin(struct query *query, struct probe_execution *execution, struct source_given *given,
                                            const int64_t *parameters, unsigned count)
{
    struct values values = {0};

    if (query->transaction)
        query->statement.transaction = query->transaction;
    stub_walker_enter(*STACK_SLOT);
    stub_walker_set(query->stack, query->depth);
    for (unsigned i = 0; i < count; i++)
        values_bind(&values, i, parameters[i] == NULL_CELL ? VALUE_NULL : value_hash_int(parameters[i]));
    probe_begin(thread_current(), execution, &query->statement, &values, STACK_SLOT);
    provenance_given(&query->statement.text, &values, query->statement.transaction, given);
    __asm__ volatile("" ::: "memory");
}

static void run_with(struct query *query, const int64_t *parameters, unsigned count, struct result result)
{
    struct probe_execution execution = {0};
    struct source_given given = {0};

    begin(query, &execution, &given, parameters, count);
    give(&execution, &given, &result, 0, result.rows);
    watch(&execution, &result);
    probe_end(&execution);
}

static void run(struct query *query, int64_t parameter, struct result result)
{
    run_with(query, &parameter, 1, result);
}

static void run_plain(struct query *query, struct result result)
{
    run_with(query, NULL, 0, result);
}

static const struct result nothing;

#define PARENTS  "select id from parents"
#define CHILDREN "select v from children where parent_id = ?"

/* clang-format off: each uses what those before it have */
#include "probe_loops.h"
#include "probe_threads.h"
#include "probe_kinds.h"
#include "probe_units.h"
/* clang-format on */

#define PROVEN(name, kind)                                                                                                       \
    {                                                                                                                            \
#name, kind " proven", name                                                                                              \
    }
#define LIKELY(name, kind)                                                                                                       \
    {                                                                                                                            \
#name, kind " likely", name                                                                                              \
    }
#define GOOD(name)                                                                                                               \
    {                                                                                                                            \
#name, "- -", name                                                                                                       \
    }

/* No more than this, because too little is known. */
#define POSSIBLE(name, kind)                                                                                                     \
    {                                                                                                                            \
#name, kind " possible", name                                                                                            \
    }
/* Not even possible. */
#define NOTHING(name)                                                                                                            \
    {                                                                                                                            \
#name, "- nothing", name                                                                                                 \
    }

static const struct {
    const char *name, *kind;
    void (*play)(void);
} cases[] = {
    PROVEN(two_children, "n_plus_one"),
    PROVEN(two_thousand_children, "n_plus_one"),
    PROVEN(more_parents_than_a_source_holds, "n_plus_one"),
    PROVEN(sixteen_columns, "n_plus_one"),
    LIKELY(the_key_in_column_twenty, "n_plus_one"),
    PROVEN(rows_that_come_while_children_run, "n_plus_one"),
    PROVEN(three_children_in_turn, "n_plus_one"),
    PROVEN(nested, "n_plus_one"),
    PROVEN(tail_recursion, "n_plus_one"),
    PROVEN(a_helper_called_from_two_loops, "n_plus_one"),
    PROVEN(a_tree_node_by_node, "n_plus_one"),
    PROVEN(literals, "n_plus_one"),
    PROVEN(parents_with_nulls, "n_plus_one"),
    PROVEN(a_composite_key, "n_plus_one"),
    PROVEN(the_key_is_the_sixteenth_parameter, "n_plus_one"),
    LIKELY(the_key_is_the_seventeenth_parameter, "n_plus_one"),
    LIKELY(forty_other_results_between, "n_plus_one"),
    PROVEN(several_databases, "n_plus_one"),
    PROVEN(the_parent_in_another_database, "n_plus_one"),
    PROVEN(a_loop_in_each_of_four_threads, "n_plus_one"),
    PROVEN(a_worker_that_is_stopped_while_it_looks, "n_plus_one"),
    PROVEN(tasks_that_requests_interrupt, "n_plus_one"),
    PROVEN(tasks_that_requests_interrupt_on_one_page, "n_plus_one"),
    LIKELY(five_children_for_each_request, "n_plus_one"),
    PROVEN(two_ways_into_a_loop, "n_plus_one"),
    PROVEN(a_loop_over_rows_that_were_kept, "n_plus_one"),
    PROVEN(a_pause_before_each_child, "n_plus_one"),
    LIKELY(gaps_of_20_changes, "n_plus_one"),
    PROVEN(scopes_twenty_deep, "n_plus_one"),
    LIKELY(a_range_in_one_transaction, "n_plus_one"),
    LIKELY(the_same_again, "duplicate_query"),
    LIKELY(two_repeated_in_turn, "duplicate_query"),
    LIKELY(the_same_at_six_places, "duplicate_query"),
    LIKELY(the_same_at_a_hundred_places, "duplicate_query"),
    LIKELY(a_form_that_six_functions_load, "duplicate_query"),
    LIKELY(remote_inserts, "write_loop"),
    LIKELY(local_inserts_that_commit, "write_loop"),
    LIKELY(a_join_of_two_hundred_each, "join_fanout"),
    PROVEN(a_list_of_1001, "large_in_list"),
    LIKELY(two_of_twelve_columns, "unused_rows"),
    LIKELY(ten_of_two_hundred_rows, "unused_rows"),
    LIKELY(prepared_anew_remotely, "reprepare"),
    LIKELY(prepared_anew_a_thousand_times, "reprepare"),
    LIKELY(idle_in_a_transaction, "long_transaction"),
    LIKELY(open_at_the_exit, "long_transaction"),
    LIKELY(open_at_the_death, "long_transaction"),
    LIKELY(as_many_as_the_threshold, "n_plus_one"),
    LIKELY(a_low_threshold_is_reached_by_two, "n_plus_one"),
    LIKELY(a_high_threshold_is_reached, "n_plus_one"),
    PROVEN(proven_without_a_stack, "n_plus_one"),
    POSSIBLE(as_many_outside_of_units, "n_plus_one"),
    POSSIBLE(as_many_without_a_stack, "n_plus_one"),
    POSSIBLE(the_same_without_a_stack, "duplicate_query"),
    POSSIBLE(inserts_without_a_stack, "write_loop"),
    NOTHING(one_less_than_the_threshold),
    NOTHING(one_value_less_than_the_threshold),
    NOTHING(as_many_from_two_places),
    NOTHING(as_many_of_two_statements),
    NOTHING(a_high_threshold_is_not_reached_by_its_predecessor),
    NOTHING(one_less_outside_of_units),
    NOTHING(as_many_units_as_the_threshold),
    NOTHING(one_less_without_a_stack),
    PROVEN(several_candidate_columns, "n_plus_one"),
    PROVEN(parents_of_one_row_each, "n_plus_one"),
    PROVEN(children_in_four_tables, "n_plus_one"),
    PROVEN(a_savepoint_around_each_child, "n_plus_one"),
    LIKELY(find_or_create, "n_plus_one"),
    LIKELY(executemany_remotely, "write_loop"),
    NOTHING(executemany_in_one_local_transaction),
    NOTHING(the_same_preload_twice),
    NOTHING(polling_with_a_moving_mark),
    NOTHING(a_start_of_twelve_statements),
    NOTHING(one_child_in_each_of_twelve_tables),
    GOOD(one_child),
    GOOD(another_inner_frame_for_each),
    GOOD(keyset_pages),
    GOOD(offset_pages),
    GOOD(chunks_of_500),
    GOOD(five_different_literal_statements),
    GOOD(null_three_times),
    GOOD(forty_other_results_between_two),
    GOOD(one_question_to_each_of_twelve_shards),
    GOOD(one_child_in_each_of_twenty_threads),
    GOOD(one_child_for_each_request),
    GOOD(four_children_for_each_request),
    GOOD(shown_in_the_request_before),
    GOOD(gaps_of_2000_changes),
    GOOD(one_child_twenty_scopes_deep),
    GOOD(a_transaction_for_each_child),
    GOOD(the_same_four_times),
    GOOD(the_same_at_four_places),
    GOOD(another_value_at_each_place),
    GOOD(a_request_for_each_place),
    GOOD(a_write_after_each_place),
    GOOD(the_time_at_six_places),
    GOOD(the_same_of_two_shards_in_each_request),
    GOOD(random_again),
    GOOD(the_same_for_each_request),
    GOOD(four_remote_inserts),
    GOOD(remote_inserts_of_two_rows),
    GOOD(a_join_of_eight_each),
    GOOD(a_short_join),
    GOOD(repeated_columns_without_a_join),
    GOOD(a_list_of_1000),
    GOOD(all_columns_and_rows),
    GOOD(two_of_twelve_columns_of_twenty_rows),
    GOOD(one_of_three_columns),
    GOOD(prepared_once_remotely),
    GOOD(prepared_anew_nine_times),
    GOOD(busy_in_a_transaction),
    GOOD(shortly_in_a_transaction),
    GOOD(busy_at_the_exit),
    GOOD(busy_at_the_death),
    GOOD(open_shortly_at_the_exit),
    GOOD(requests_that_arrive_together_and_ask_once),
    GOOD(links_of_a_page_while_others_are_busy),
    GOOD(links_of_a_page_on_a_connection_that_all_share),
};

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
            printf("%s %s\n", cases[i].name, cases[i].kind);
        return 0;
    }
    if (argc != 3)
        return 2;
    snprintf(settings.output, sizeof settings.output, "%s", argv[2]);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (strcmp(cases[i].name, argv[1]) == 0) {
            cases[i].play();
            return 0;
        }
    }
    return 2;
}
