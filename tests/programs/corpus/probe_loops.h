/* Cases of loops, and of what looks like them, for probe_corpus.c, which includes this. */
#ifndef NPLUS1_TESTS_PROGRAMS_CORPUS_PROBE_LOOPS_H
#define NPLUS1_TESTS_PROGRAMS_CORPUS_PROBE_LOOPS_H

/* Parents 1000, 1001, ... and one child for each of them. */
static void loop_of(const char *parents, const char *children, unsigned count, unsigned columns)
{
    struct query parent = query(parents), child = query(children);

    run_plain(&parent, rows_from(1000, count, columns));
    for (unsigned i = 0; i < count; i++)
        run(&child, 1000 + i, rows_from(500000 + i * 10, 3, 1));
}

static void two_children(void)
{
    loop_of(PARENTS, CHILDREN, 2, 1);
}

static void two_thousand_children(void)
{
    loop_of(PARENTS, CHILDREN, 2000, 1);
}

static void more_parents_than_a_source_holds(void)
{
    loop_of(PARENTS, CHILDREN, 20000, 1);
}

static void sixteen_columns(void)
{
    loop_of("select * from wide", CHILDREN, 20, 16);
}

static void one_child(void)
{
    loop_of(PARENTS, CHILDREN, 1, 1);
}

static int64_t last_is_the_key(int64_t first, unsigned row, unsigned column)
{
    return column == 19 ? first + row : (int64_t)(row * 100 + column) + 900000000;
}

/* Not proven: the key is in a column that nobody keeps. */
static void the_key_in_column_twenty(void)
{
    struct query parent = query("select * from wide"), child = query(CHILDREN);

    run_plain(&parent, (struct result){.rows = 20, .columns = 20, .first = 1000, .cell = last_is_the_key});
    for (unsigned i = 0; i < 20; i++)
        run(&child, 1000 + i, nothing);
}

static void rows_that_come_while_children_run(void)
{
    struct query parent = query(PARENTS), child = query(CHILDREN);
    struct probe_execution execution = {0};
    struct source_given given = {0};
    struct result result = rows_from(1000, 12000, 1);

    begin(&parent, &execution, &given, NULL, 0);
    for (unsigned i = 0; i < result.rows; i++) {
        give(&execution, &given, &result, i, i + 1);
        run(&child, 1000 + i, nothing);
    }
    probe_end(&execution);
}

static void three_children_in_turn(void)
{
    struct query parent = query(PARENTS), a = query(CHILDREN), b = query("select b from others where parent_id = ?"),
                 c = query("select c from thirds where parent_id = ?");

    run_plain(&parent, rows_from(1000, 10, 1));
    for (unsigned i = 0; i < 10; i++) {
        run(&a, 1000 + i, nothing);
        run(&b, 1000 + i, nothing);
        run(&c, 1000 + i, nothing);
    }
}

static void nested(void)
{
    struct query a = query(PARENTS), b = query(CHILDREN), c = query("select w from grandchildren where child_id = ?");

    run_plain(&a, rows_from(1000, 8, 1));
    for (unsigned i = 0; i < 8; i++) {
        run(&b, 1000 + i, rows_from(50000 + i * 10, 3, 1));
        for (unsigned k = 0; k < 3; k++)
            run(&c, 50000 + i * 10 + k, nothing);
    }
}

static void tail_recursion(void)
{
    struct query parent = query(PARENTS), child = query(CHILDREN);

    run_plain(&parent, rows_from(1000, 30, 1));
    for (unsigned i = 0; i < 30; i++) {
        for (unsigned k = 0; k <= i; k++)
            child.stack[k] = 0x5000;
        child.depth = i + 1;
        run(&child, 1000 + i, nothing);
    }
}

static void a_helper_called_from_two_loops(void)
{
    struct query parent = query(PARENTS), child = query(CHILDREN);

    child.stack[0] = 0x3000;
    for (unsigned loop = 0; loop < 2; loop++) {
        child.stack[1] = 0x4000 + loop * 16;
        run_plain(&parent, rows_from(1000 + loop * 100, 10, 1));
        for (unsigned i = 0; i < 10; i++)
            run(&child, 1000 + loop * 100 + i, nothing);
    }
}

static void another_inner_frame_for_each(void)
{
    struct query child = query("select v from settings where name = ?");

    for (unsigned i = 0; i < 12; i++) {
        child.stack[0] = 0x6000 + i * 16;
        run(&child, 70 + i, nothing);
    }
}

static void a_tree_node_by_node(void)
{
    struct query child = query("select id from nodes where parent_id = ?");

    for (unsigned node = 1; node < 40; node++) /* down to its leaves: whoever counts leaves rows over */
        run(&child, node, node < 20 ? rows_from(node * 2, 2, 1) : nothing);
}

static void keyset_pages(void)
{
    struct query page = query("select id from parents where id > ? order by id limit ?");

    for (unsigned i = 0; i < 30; i++)
        run_with(&page, (const int64_t[]){1000 + 10 * i, 10}, 2, rows_from(1001 + 10 * i, 10, 1));
}

static void offset_pages(void)
{
    struct query page = query("select id from parents order by id limit 10 offset ?");

    for (unsigned i = 0; i < 30; i++)
        run(&page, i * 10, rows_from(1000 + 10 * i, 10, 1));
}

static void chunks_of_500(void)
{
    char list[4000] = "select v from children where parent_id in (?";
    struct query chunk, parent = query(PARENTS);

    for (unsigned i = 1; i < 500; i++)
        strcat(list, ", ?");
    strcat(list, ")");
    chunk = query(list);
    run_plain(&parent, rows_from(1000, 4000, 1));
    for (unsigned i = 0; i < 8; i++)
        run(&chunk, 1000 + i * 500, rows_from(1000, 500, 1));
}

static void literals(void)
{
    struct query parent = query(PARENTS);

    run_plain(&parent, rows_from(1000, 10, 1));
    for (unsigned i = 0; i < 10; i++) {
        char sql[80];
        snprintf(sql, sizeof sql, "select v from children where parent_id = %u", 1000 + i);
        struct query child = query(sql);
        run_plain(&child, nothing);
    }
}

/* The same command carries other text each time. */
static void five_different_literal_statements(void)
{
    for (unsigned i = 0; i < 20; i++) {
        char sql[80];
        snprintf(sql, sizeof sql, "select c%u from children where parent_id = %u", i, 1000 + i);
        struct query child = query(sql);
        run_plain(&child, nothing);
    }
}

static int64_t null_cells(int64_t first, unsigned row, unsigned column)
{
    return row % 2 ? NULL_CELL : first + row;
}

static void parents_with_nulls(void)
{
    struct query parent = query("select parent_id from parents"), child = query(CHILDREN);

    run_plain(&parent, (struct result){.rows = 20, .columns = 1, .first = 1000, .cell = null_cells});
    for (unsigned i = 0; i < 20; i += 2)
        run(&child, 1000 + i, nothing);
}

static void null_three_times(void)
{
    struct query parent = query("select parent_id from parents"), child = query(CHILDREN);

    run_plain(&parent, (struct result){.rows = 3, .columns = 1, .first = NULL_CELL, .cell = null_cells});
    for (unsigned i = 0; i < 3; i++)
        run(&child, NULL_CELL, nothing);
}

static void a_composite_key(void)
{
    struct query parent = query("select a, b from parents"), child = query("select v from children where a = ? and b = ?");

    run_plain(&parent, rows_from(1000, 12, 2));
    for (unsigned i = 0; i < 12; i++)
        run_with(&child, (const int64_t[]){1000 + i, 10001000 + i}, 2, nothing);
}

/* The last of `count` parameters, the others of which are always the same. */
static void the_key_comes_last(unsigned count)
{
    char sql[400] = "select v from children where a0 = ?";
    int64_t values[17] = {0};

    for (unsigned i = 1; i < count; i++)
        snprintf(sql + strlen(sql), sizeof sql - strlen(sql), " and a%u = ?", i);
    struct query parent = query(PARENTS), child = query(sql);
    run_plain(&parent, rows_from(1000, 12, 1));
    for (unsigned i = 0; i < 12; i++) {
        values[count - 1] = 1000 + i;
        run_with(&child, values, count, nothing);
    }
}

static void the_key_is_the_sixteenth_parameter(void)
{
    the_key_comes_last(16);
}

static void the_key_is_the_seventeenth_parameter(void)
{
    the_key_comes_last(17);
}

static void forty_other_results_between(void)
{
    struct query parent = query(PARENTS), child = query(CHILDREN);

    run_plain(&parent, rows_from(1000, 12, 1));
    for (unsigned i = 0; i < 40; i++) {
        char sql[80];
        snprintf(sql, sizeof sql, "select x from other_%u", i);
        struct query other = query(sql);
        run_plain(&other, rows_from(800000 + i * 100, 3, 1));
    }
    for (unsigned i = 0; i < 12; i++)
        run(&child, 1000 + i, nothing);
}

static void forty_other_results_between_two(void)
{
    struct query child = query(CHILDREN);

    for (unsigned i = 0; i < 40; i++) {
        char sql[80];
        snprintf(sql, sizeof sql, "select x from other_%u", i);
        struct query other = query(sql);
        run_plain(&other, rows_from(800000 + i * 100, 3, 1));
    }
    run(&child, 1, nothing);
    run(&child, 2, nothing);
}

static void several_databases(void)
{
    for (unsigned d = 0; d < 3; d++) {
        char name[16];
        snprintf(name, sizeof name, "shard%u.db", d);
        struct database *database = probe_open(thread_current(), DATABASE_SQLITE, name, NULL);
        struct query parent = query_on(database, 0x1000, PARENTS), child = query_on(database, 0x1000, CHILDREN);
        run_plain(&parent, rows_from(1000, 6, 1));
        for (unsigned i = 0; i < 6; i++)
            run(&child, 1000 + i, nothing);
    }
}

static void the_parent_in_another_database(void)
{
    struct query parent = query(PARENTS);
    /* Its parameters are $1: a ? is an operator there. */
    struct query child = query_on(probe_open(thread_current(), DATABASE_POSTGRESQL, "other", "host"), 0x1000,
                                  "select v from children where parent_id = $1");

    run_plain(&parent, rows_from(1000, 6, 1));
    for (unsigned i = 0; i < 6; i++)
        run(&child, 1000 + i, nothing);
}

static void one_question_to_each_of_twelve_shards(void)
{
    for (unsigned d = 0; d < 12; d++) {
        char name[16];
        snprintf(name, sizeof name, "shard%u.db", d);
        struct query child = query_on(probe_open(thread_current(), DATABASE_SQLITE, name, NULL), 0x1000, CHILDREN);
        run(&child, 1000, nothing);
    }
}

static void requests(unsigned each)
{
    struct query child = query(CHILDREN), login = query("select name from users where token = ?");

    for (unsigned i = 0; i < 20; i++) {
        unit_end(thread_current());
        run(&login, 90000 + i, rows_from(70000 + i, 1, 1));
        for (unsigned k = 0; k < each; k++)
            run(&child, 1000 + i * each + k, nothing);
    }
}

static void one_child_for_each_request(void)
{
    requests(1);
}

static void four_children_for_each_request(void)
{
    requests(4);
}

static void five_children_for_each_request(void)
{
    requests(5);
}

static void shown_in_the_request_before(void)
{
    struct query parent = query(PARENTS), child = query(CHILDREN);

    run_plain(&parent, rows_from(1000, 20, 1));
    for (unsigned i = 0; i < 20; i++) {
        unit_end(thread_current());
        run(&child, 1000 + i, nothing);
    }
}

static void a_pause_before_each_child(void)
{
    struct query parent = query(PARENTS), child = query(CHILDREN);

    run_plain(&parent, rows_from(1000, 20, 1));
    for (unsigned i = 0; i < 20; i++) {
        unit_pause(thread_current());
        run(&child, 1000 + i, nothing);
    }
}

static void gaps_of_2000_changes(void)
{
    struct query a = query(CHILDREN);
    struct query noise[40];

    for (unsigned k = 0; k < 40; k++) {
        char sql[80];
        snprintf(sql, sizeof sql, "select now() as t%u", k);
        noise[k] = query(sql);
    }
    for (unsigned i = 0; i < 12; i++) {
        run(&a, 1000 + i, nothing);
        for (unsigned k = 0; k < 2000; k++)
            run_plain(&noise[k % 40], nothing);
    }
}

static void gaps_of_20_changes(void)
{
    struct query child = query(CHILDREN), a = query("select now()"), b = query("select random()");

    for (unsigned i = 0; i < 12; i++) {
        run(&child, 1000 + i, nothing);
        for (unsigned k = 0; k < 10; k++) {
            run_plain(&a, nothing);
            run_plain(&b, nothing);
        }
    }
}

static void scopes_twenty_deep(void)
{
    for (unsigned i = 0; i < 20; i++)
        nplus1_scope_begin("inner");
    loop_of(PARENTS, CHILDREN, 10, 1);
    for (unsigned i = 0; i < 20; i++)
        nplus1_scope_end();
}

static void one_child_twenty_scopes_deep(void)
{
    struct query child = query(CHILDREN);

    for (unsigned job = 0; job < 10; job++) {
        for (unsigned i = 0; i < 20; i++)
            nplus1_scope_begin("inner");
        run(&child, 1000 + job, nothing);
        for (unsigned i = 0; i < 20; i++)
            nplus1_scope_end();
    }
}

static void a_transaction_for_each_child(void)
{
    struct transaction transaction = {0};
    struct query child = query(CHILDREN), start = query("begin"), end = query("commit");

    child.transaction = &transaction;
    for (unsigned i = 0; i < 20; i++) {
        run_plain(&start, nothing);
        open_transaction_now(thread_current(), &transaction, NULL, true);
        run(&child, 1000 + i, nothing);
        run_plain(&end, nothing);
        open_transaction_now(thread_current(), &transaction, NULL, false);
    }
}

static void a_range_in_one_transaction(void)
{
    struct transaction transaction = {0};
    struct query child = query(CHILDREN);

    child.transaction = &transaction;
    open_transaction_now(thread_current(), &transaction, NULL, true);
    for (unsigned i = 0; i < 20; i++)
        run(&child, 1000 + i, nothing);
    open_transaction_now(thread_current(), &transaction, NULL, false);
}

#endif
