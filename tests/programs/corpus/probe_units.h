/* Cases at the threshold and at the bounds of units of work, for probe_corpus.c, which includes this. */
#ifndef NPLUS1_TESTS_PROGRAMS_CORPUS_PROBE_UNITS_H
#define NPLUS1_TESTS_PROGRAMS_CORPUS_PROBE_UNITS_H

#define THRESHOLD VERDICT_DEFAULT_THRESHOLD

/* Different values from one place, in a unit of work that was seen to begin. */
static void values_in_one_unit(unsigned count)
{
    struct query child = query(CHILDREN);

    unit_end(thread_current());
    for (unsigned i = 0; i < count; i++)
        run(&child, 1000 + i, nothing);
}

static void one_less_than_the_threshold(void)
{
    values_in_one_unit(THRESHOLD - 1);
}

static void as_many_as_the_threshold(void)
{
    values_in_one_unit(THRESHOLD);
}

/* As many executions, but fewer values. */
static void one_value_less_than_the_threshold(void)
{
    values_in_one_unit(THRESHOLD - 1);
    struct query child = query(CHILDREN);
    run(&child, 1000, nothing);
}

static void as_many_from_two_places(void)
{
    struct query child = query(CHILDREN);

    for (unsigned i = 0; i < THRESHOLD; i++) {
        child.stack[0] = 0x1000 + i % 2 * 16;
        run(&child, 1000 + i, nothing);
    }
}

static void as_many_of_two_statements(void)
{
    struct query a = query(CHILDREN), b = query("select w from children where parent_id = ?");

    for (unsigned i = 0; i < THRESHOLD; i++)
        run(i % 2 ? &a : &b, 1000 + i, nothing);
}

static void a_low_threshold_is_reached_by_two(void)
{
    settings.threshold = 2;
    values_in_one_unit(2);
}

static void a_high_threshold_is_not_reached_by_its_predecessor(void)
{
    settings.threshold = 100;
    values_in_one_unit(99);
}

static void a_high_threshold_is_reached(void)
{
    settings.threshold = 100;
    values_in_one_unit(100);
}

/* So far from each other that no pattern is seen, and nothing says that a unit of work ends. */
static void values_outside_of_units(unsigned count)
{
    struct query child = query(CHILDREN), a = query("select now()"), b = query("select random()");

    for (unsigned i = 0; i < count; i++) {
        run(&child, 1000 + i, nothing);
        for (unsigned k = 0; k < UNIT_GAP; k++) {
            run_plain(&a, nothing);
            run_plain(&b, nothing);
        }
    }
}

static void as_many_outside_of_units(void)
{
    values_outside_of_units(THRESHOLD);
}

static void one_less_outside_of_units(void)
{
    values_outside_of_units(THRESHOLD - 1);
}

static void as_many_units_as_the_threshold(void)
{
    for (unsigned i = 0; i < THRESHOLD; i++)
        values_in_one_unit(1);
}

static void as_many_without_a_stack(void)
{
    stub_walker_fail();
    values_in_one_unit(THRESHOLD);
}

static void one_less_without_a_stack(void)
{
    stub_walker_fail();
    values_in_one_unit(THRESHOLD - 1);
}

/* What is known of the rows needs no stack. */
static void proven_without_a_stack(void)
{
    stub_walker_fail();
    loop_of(PARENTS, CHILDREN, 2, 1);
}

static void the_same_without_a_stack(void)
{
    stub_walker_fail();
    repeat("select v from settings where name = ?", 20);
}

static void inserts_without_a_stack(void)
{
    stub_walker_fail();
    inserts(DATABASE_POSTGRESQL, "insert into log(id, v) values (?, ?)", 20);
}

/* What is never an N+1, and what is one although it does not look so. */

static void the_same_preload_twice(void)
{
    struct query parent = query(PARENTS), list = query("select v from children where parent_id in (?, ?, ?, ?, ?, ?)");

    for (unsigned i = 0; i < 2; i++) {
        run_plain(&parent, rows_from(1000, 6, 1));
        run_with(&list, (const int64_t[]){1000, 1001, 1002, 1003, 1004, 1005}, 6, rows_from(70000, 12, 1));
    }
}

static void polling_with_a_moving_mark(void)
{
    struct query poll = query("select id from events where id > ?");

    for (unsigned i = 0; i < 30; i++) {
        unit_pause(thread_current());
        run(&poll, i, nothing);
    }
}

/* Once, whatever it is. */
static void a_start_of_twelve_statements(void)
{
    for (unsigned i = 0; i < 12; i++) {
        char sql[80];
        snprintf(sql, sizeof sql, "select v from setting_%u where name = ?", i);
        struct query once = query(sql);
        once.statement.fresh = true;
        run(&once, 7, rows_from(1, 1, 1));
    }
}

static void executemany(enum database_system system)
{
    struct transaction transaction = {0};
    struct query insert = query_on(probe_open(thread_current(), system, "shop", NULL), 0x1000,
                                   "insert into log(id, v) values (?, ?)");

    insert.transaction = &transaction;
    open_transaction_now(thread_current(), &transaction, NULL, true);
    for (unsigned i = 0; i < 50; i++)
        run_with(&insert, (const int64_t[]){i, i * 3}, 2, nothing);
    open_transaction_now(thread_current(), &transaction, NULL, false);
}

static void executemany_remotely(void)
{
    executemany(DATABASE_POSTGRESQL);
}

static void executemany_in_one_local_transaction(void)
{
    executemany(DATABASE_SQLITE);
}

/* Orders with their customers' keys, then the customers; the key of the parent's own rows matches by chance now and then. */
static int64_t orders_cell(int64_t first, unsigned row, unsigned column)
{
    return column == 0 ? first + row * 7 : first + row;
}

static void several_candidate_columns(void)
{
    struct query parent = query("select id, customer_id from parents"), child = query(CHILDREN);

    run_plain(&parent, (struct result){.rows = 20, .columns = 2, .first = 1000, .cell = orders_cell});
    for (unsigned i = 0; i < 20; i++)
        run(&child, 1000 + i, nothing);
}

static void parents_of_one_row_each(void)
{
    struct query a = query(PARENTS), b = query("select other_id from children where parent_id = ?"),
                 c = query("select w from others where id = ?");

    run_plain(&a, rows_from(1000, 12, 1));
    for (unsigned i = 0; i < 12; i++) {
        run(&b, 1000 + i, rows_from(50000 + i * 3, 1, 1));
        run(&c, 50000 + i * 3, nothing);
    }
}

/* Literals that differ in what they are compared with as well. */
static void children_in_four_tables(void)
{
    struct query parent = query(PARENTS);

    run_plain(&parent, rows_from(1000, 16, 1));
    for (unsigned i = 0; i < 16; i++) {
        char sql[80];
        snprintf(sql, sizeof sql, "select v from children_%u where parent_id = ?", i % 4);
        struct query child = query(sql);
        run(&child, 1000 + i, nothing);
    }
}

static void one_child_in_each_of_twelve_tables(void)
{
    for (unsigned i = 0; i < 12; i++) {
        char sql[80];
        snprintf(sql, sizeof sql, "select v from children_%u where parent_id = ?", i);
        struct query child = query(sql);
        run(&child, 1000 + i, nothing);
    }
}

static void a_savepoint_around_each_child(void)
{
    struct transaction transaction = {0};
    struct query parent = query(PARENTS), child = query(CHILDREN), save = query("savepoint a"), end = query("release a");

    parent.transaction = child.transaction = save.transaction = end.transaction = &transaction;
    open_transaction_now(thread_current(), &transaction, NULL, true);
    run_plain(&parent, rows_from(1000, 12, 1));
    for (unsigned i = 0; i < 12; i++) {
        run_plain(&save, nothing);
        run(&child, 1000 + i, nothing);
        run_plain(&end, nothing);
    }
    open_transaction_now(thread_current(), &transaction, NULL, false);
}

/* Is it there? Then it is not written. */
static void find_or_create(void)
{
    struct query find = query("select id from tags where name = ?"), create = query("insert into tags(name) values (?)");

    for (unsigned i = 0; i < 20; i++) {
        run(&find, 1000 + i, nothing);
        if (i % 5 == 0)
            run(&create, 1000 + i, nothing);
    }
}

/* ---- tasks of an event loop, each with a connection of its own */

#define TASKS 4

struct tasks {
    struct transaction connection[TASKS];
    struct query parent, child;
};

static void tasks_begin(struct tasks *tasks)
{
    *tasks = (struct tasks){.parent = query("select id from parents where page = ?"), .child = query(CHILDREN)};
}

static void ask(struct tasks *tasks, unsigned task, struct query *what, int64_t parameter, struct result result)
{
    probe_busy(thread_current(), &tasks->connection[task]);
    what->transaction = &tasks->connection[task];
    run(what, parameter, result);
}

static void answered(struct tasks *tasks, unsigned task)
{
    probe_idle(thread_current(), &tasks->connection[task]);
}

/* Each asks for its page, and as soon as it is answered for the next child; requests arrive all the time. */
static void tasks_that_requests_interrupt(void)
{
    struct tasks tasks;

    tasks_begin(&tasks);
    for (unsigned task = 0; task < TASKS; task++)
        ask(&tasks, task, &tasks.parent, 500000 + task, rows_from(1000 + task * 100, 6, 1));
    for (unsigned child = 0; child < 6; child++) {
        for (unsigned task = 0; task < TASKS; task++) {
            unit_end(thread_current());
            answered(&tasks, task);
            ask(&tasks, task, &tasks.child, 1000 + task * 100 + child, nothing);
        }
    }
}

/* Every fifth page comes from another statement, as first pages do that skip no rows. */
static void two_ways_into_a_loop(void)
{
    struct query first = query(PARENTS " limit ?"), later = query(PARENTS " limit ? offset ?"), child = query(CHILDREN);

    for (unsigned page = 1; page <= 60; page++) {
        unit_end(thread_current());
        run_with(page % 5 ? &later : &first, (const int64_t[]){6, page % 5 * 6}, page % 5 ? 2 : 1,
                 rows_from(1 + page % 5 * 6, 6, 1));
        for (unsigned i = 0; i < 6; i++)
            run(&child, 1 + page % 5 * 6 + i, nothing);
    }
}

/* Later requests have them in a cache. */
static void a_loop_over_rows_that_were_kept(void)
{
    struct query parent = query(PARENTS), child = query(CHILDREN);

    for (unsigned request = 0; request < 60; request++) {
        unit_end(thread_current());
        if (request == 0)
            run_plain(&parent, rows_from(1000, 6, 1));
        for (unsigned i = 0; i < 6; i++)
            run(&child, 1000 + i, nothing);
    }
}

/* All of them read the same page. */
static void tasks_that_requests_interrupt_on_one_page(void)
{
    struct tasks tasks;

    tasks_begin(&tasks);
    for (unsigned task = 0; task < TASKS; task++)
        ask(&tasks, task, &tasks.parent, 500000, rows_from(1000, 6, 1));
    for (unsigned child = 0; child < 6; child++) {
        for (unsigned task = 0; task < TASKS; task++) {
            unit_end(thread_current());
            answered(&tasks, task);
            ask(&tasks, task, &tasks.child, 1000 + child, nothing);
        }
    }
}

static void requests_that_arrive_together_and_ask_once(void)
{
    struct tasks tasks;

    tasks_begin(&tasks);
    for (unsigned round = 0; round < 20; round++) {
        for (unsigned task = 0; task < TASKS; task++)
            unit_end(thread_current());
        for (unsigned task = 0; task < TASKS; task++)
            ask(&tasks, task, &tasks.child, 1000 + (round + task) % 30, nothing);
        for (unsigned task = 0; task < TASKS; task++)
            answered(&tasks, task);
    }
}

/* While another task is busy all the time: the page was another request's, even on the same connection. */
static void links_of_a_page_while_others_are_busy(void)
{
    struct tasks tasks;

    tasks_begin(&tasks);
    ask(&tasks, 1, &tasks.child, 7, nothing);
    ask(&tasks, 0, &tasks.parent, 500000, rows_from(1000, 20, 1));
    for (unsigned i = 0; i < 20; i++) {
        answered(&tasks, 0);
        unit_end(thread_current());
        ask(&tasks, 0, &tasks.child, 1000 + i, nothing);
    }
}

/* Never more than one is busy, and it is so whenever a request arrives. */
static void links_of_a_page_on_a_connection_that_all_share(void)
{
    struct tasks tasks;

    tasks_begin(&tasks);
    ask(&tasks, 0, &tasks.parent, 500000, rows_from(1000, 20, 1));
    for (unsigned i = 0; i < 20; i++) {
        unit_end(thread_current());
        answered(&tasks, 0);
        ask(&tasks, 0, &tasks.child, 1000 + i, nothing);
    }
}

#endif
