/* Cases of the other kinds, and of what looks like them, for probe_corpus.c, which includes this. */
#ifndef NPLUS1_TESTS_PROGRAMS_CORPUS_PROBE_KINDS_H
#define NPLUS1_TESTS_PROGRAMS_CORPUS_PROBE_KINDS_H

static void repeat(const char *sql, unsigned times)
{
    struct query same = query(sql);

    for (unsigned i = 0; i < times; i++)
        run(&same, 7, rows_from(1, 1, 1));
}

static void the_same_again(void)
{
    repeat("select v from settings where name = ?", 20);
}

static void the_same_four_times(void)
{
    repeat("select v from settings where name = ?", 4);
}

/* Of six places; the helper's own frame is the innermost one. */
static void at_six_places(const char *sql, unsigned places, bool other_values, bool jumps, bool writes)
{
    struct query same = query(sql), write = query("update settings set v = ?");

    same.stack[0] = 0x3000;
    for (unsigned i = 0; i < places; i++) {
        same.stack[1] = 0x4000 + i * 16;
        run(&same, other_values ? i : 7, rows_from(1, 1, 1));
        if (jumps)
            unit_end(thread_current());
        write.stack[0] += 16;
        if (writes)
            run(&write, 7, nothing);
    }
}

#define SETTING "select v from settings where name = ?"

static void the_same_at_six_places(void)
{
    at_six_places(SETTING, 6, false, false, false);
}

static void the_same_at_a_hundred_places(void)
{
    at_six_places(SETTING, 100, false, false, false);
}

static void the_same_at_four_places(void)
{
    at_six_places(SETTING, 4, false, false, false);
}

static void another_value_at_each_place(void)
{
    at_six_places(SETTING, 100, true, false, false);
}

static void a_request_for_each_place(void)
{
    at_six_places(SETTING, 6, false, true, false);
}

static void a_write_after_each_place(void)
{
    at_six_places(SETTING, 6, false, false, true);
}

static void the_time_at_six_places(void)
{
    at_six_places("select now() from settings where name = ?", 6, false, false, false);
}

/* Ten questions at each of six places: what lies between must not make it forget. */
static void a_form_that_six_functions_load(void)
{
    struct query question[10];

    for (unsigned i = 0; i < 10; i++) {
        char sql[80];
        snprintf(sql, sizeof sql, "select v%u from settings where name = ?", i);
        question[i] = query(sql);
    }
    for (unsigned place = 0; place < 6; place++) {
        for (unsigned i = 0; i < 10; i++) {
            question[i].stack[1] = 0x4000 + place * 16;
            run(&question[i], 7, nothing);
        }
    }
}

static void the_same_of_two_shards_in_each_request(void)
{
    struct query a = query_on(probe_open(thread_current(), DATABASE_SQLITE, "a.db", NULL), 0x1000, SETTING);
    struct query b = query_on(probe_open(thread_current(), DATABASE_SQLITE, "b.db", NULL), 0x1010, SETTING);

    for (unsigned i = 0; i < 6; i++) {
        run(&a, 7, nothing);
        run(&b, 7, nothing);
        unit_end(thread_current());
    }
}

static void random_again(void)
{
    repeat("select v from settings where id > ? order by random()", 20);
}

static void the_same_for_each_request(void)
{
    struct query same = query("select v from settings where name = ?");

    for (unsigned i = 0; i < 20; i++) {
        unit_end(thread_current());
        run(&same, 7, nothing);
    }
}

static void two_repeated_in_turn(void)
{
    struct query a = query("select v from settings where name = ?"), b = query("select w from flags where name = ?");

    for (unsigned i = 0; i < 20; i++) {
        run(&a, 7, nothing);
        run(&b, 8, nothing);
    }
}

static void inserts(enum database_system system, const char *sql, unsigned count)
{
    struct query insert = query_on(probe_open(thread_current(), system, "shop", NULL), 0x1000, sql);

    for (unsigned i = 0; i < count; i++)
        run_with(&insert, (const int64_t[]){i, i * 3}, 2, nothing);
}

static void remote_inserts(void)
{
    inserts(DATABASE_POSTGRESQL, "insert into log(id, v) values (?, ?)", 20);
}

static void four_remote_inserts(void)
{
    inserts(DATABASE_POSTGRESQL, "insert into log(id, v) values (?, ?)", 4);
}

static void remote_inserts_of_two_rows(void)
{
    inserts(DATABASE_POSTGRESQL, "insert into log(id) values (?), (?)", 20);
}

static void local_inserts_that_commit(void)
{
    inserts(DATABASE_SQLITE, "insert into log(id, v) values (?, ?)", 20);
}

static int64_t joined(int64_t first, unsigned row, unsigned column)
{
    return column < 3 ? (int64_t)(row / first) + column * 100000 : (int64_t)row + column * 1000000;
}

static void join_of(const char *sql, unsigned rows, unsigned each)
{
    struct query join = query(sql);

    run_plain(&join, (struct result){.rows = rows, .columns = 6, .first = each, .cell = joined});
}

#define JOIN "select a.id, a.name, a.text, b.id, b.name, b.v from a join b on b.a_id = a.id"

static void a_join_of_two_hundred_each(void)
{
    join_of(JOIN, 2048, 200);
}

static void a_join_of_eight_each(void)
{
    join_of(JOIN, 2048, 8);
}

static void a_short_join(void)
{
    join_of(JOIN, 300, 100);
}

static void repeated_columns_without_a_join(void)
{
    join_of("select a, b, c, d, e, f from t", 2048, 200);
}

static void list_of(unsigned count)
{
    static char sql[20000];

    strcpy(sql, "select v from children where parent_id in (?");
    for (unsigned i = 1; i < count; i++)
        strcat(sql, ",?");
    strcat(sql, ")");
    struct query list = query(sql);
    run(&list, 1, nothing);
}

static void a_list_of_1001(void)
{
    list_of(1001);
}

static void a_list_of_1000(void)
{
    list_of(1000);
}

static void reading(unsigned columns, uint64_t read, unsigned rows, unsigned rows_read)
{
    struct query wide = query("select * from wide");

    run_plain(&wide, (struct result){.rows = rows, .columns = columns, .first = 1, .read = read, .rows_read = rows_read});
}

static void two_of_twelve_columns(void)
{
    reading(12, 3, 200, 200);
}

static void ten_of_two_hundred_rows(void)
{
    reading(3, READ_ALL, 200, 10);
}

static void all_columns_and_rows(void)
{
    reading(12, READ_ALL, 200, 200);
}

static void two_of_twelve_columns_of_twenty_rows(void)
{
    reading(12, 3, 20, 20);
}

static void one_of_three_columns(void)
{
    reading(3, 1, 200, 200);
}

static void prepared(enum database_system system, unsigned count, bool anew)
{
    struct database *database = probe_open(thread_current(), system, "shop", NULL);
    struct query page = query_on(database, 0x1000, "select v from pages order by v limit 10 offset ?");

    for (unsigned i = 0; i < count; i++) {
        if (anew || i == 0) {
            page = query_on(database, 0x1000, "select v from pages order by v limit 10 offset ?");
            page.statement.fresh = true;
        }
        run(&page, i, nothing);
    }
}

static void prepared_anew_remotely(void)
{
    prepared(DATABASE_POSTGRESQL, 12, true);
}

static void prepared_once_remotely(void)
{
    prepared(DATABASE_POSTGRESQL, 12, false);
}

static void prepared_anew_nine_times(void)
{
    prepared(DATABASE_POSTGRESQL, 9, true);
}

static void prepared_anew_a_thousand_times(void)
{
    prepared(DATABASE_SQLITE, 1001, true);
}

static void a_transaction_of(unsigned idle_ms, bool is_busy)
{
    struct transaction transaction = {0};
    struct probe_execution execution = {0};
    struct source_given given = {0};
    struct query first = query("update t set v = ?");
    uint64_t since;

    begin(&first, &execution, &given, (const int64_t[]){1}, 1);
    open_transaction_now(thread_current(), &transaction, execution.shard, true);
    since = clock_ticks();
    usleep(idle_ms * 1000);
    if (is_busy)
        probe_time(thread_current(), execution.shard, clock_ticks() - since);
    probe_end(&execution);
    open_transaction_now(thread_current(), &transaction, NULL, false);
}

static void left_open(unsigned idle_ms, bool is_busy, bool dies)
{
    static struct transaction transaction;
    struct probe_execution execution = {0};
    struct source_given given = {0};
    struct query first = query("update t set v = ?"), next = query("update t set w = ?");
    uint64_t since;

    begin(&first, &execution, &given, (const int64_t[]){1}, 1);
    open_transaction_now(thread_current(), &transaction, execution.shard, true);
    since = clock_ticks();
    usleep(idle_ms * 1000);
    if (is_busy)
        probe_time(thread_current(), execution.shard, clock_ticks() - since);
    probe_end(&execution);
    run(&next, 1, nothing);
    if (dies)
        _exit(0);
}

static void open_at_the_exit(void)
{
    left_open(700, false, false);
}

static void open_at_the_death(void)
{
    left_open(700, false, true);
}

static void busy_at_the_exit(void)
{
    left_open(700, true, false);
}

static void busy_at_the_death(void)
{
    left_open(700, true, true);
}

static void open_shortly_at_the_exit(void)
{
    left_open(50, false, false);
}

static void idle_in_a_transaction(void)
{
    a_transaction_of(700, false);
}

static void busy_in_a_transaction(void)
{
    a_transaction_of(700, true);
}

static void shortly_in_a_transaction(void)
{
    a_transaction_of(50, false);
}

#endif
