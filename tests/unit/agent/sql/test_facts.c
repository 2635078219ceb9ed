#include "agent/sql/facts/facts.h"

#include "tests/unit/check.h"

#include <string.h>

#include "agent/base/compiler.h"
#include "agent/sql/facts/comparison.h"
#include "agent/sql/fingerprint.h"

static struct fingerprint fp;
static struct sql_facts facts;

static void of(const struct sql_dialect *dialect, const char *sql)
{
    fingerprint_compute(dialect, sql, strlen(sql), &fp);
    facts_compute(&fp, &facts);
}

/* Each case in all dialects: they are one in what is asked here. */
#define EACH(cases, i, dialect)                                                                                                  \
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)                                                                             \
        for (size_t k = 0; k < ARRAY_LENGTH(dialects); k++)                                                                      \
            for (const struct sql_dialect *dialect = dialects[k]; dialect; dialect = NULL)

static const struct sql_dialect *const dialects[] = {&dialect_generic, &dialect_sqlite, &dialect_postgresql};

static void a_page_is_known_by_its_form(void **state)
{
    static const struct {
        const char *sql;
        uint8_t key;
    } cases[] = {
        {"select * from t where id > $1 order by id limit $2", 0},
        {"select * from t where b = $1 and id > $2 order by id asc limit 10", 1},
        {"select \"t\".* from \"t\" where \"t\".\"id\" > $1 order by \"t\".\"id\" asc limit $2", 0},
        {"select * from t where b in (1, 2, 3) and (t.id > 5) order by t.a, t.id limit 10", 1},
        {"select * from t where (a, b) > ($1, $2) order by a, b limit 10", 0},
        {"select * from t where id < $1::bigint order by id desc fetch first 10 rows only", 0},
        {"select * from t where id > 5 and b > 6 order by b limit 10", 1},
        {"select * from t where id > $1 order by id", FACTS_NO_MARK},
        {"select * from t where id > $1 limit 10", FACTS_NO_MARK},
        {"select * from t where id > $1 order by name limit 10", FACTS_NO_MARK},
        {"select * from t where id = $1 order by id limit 10", FACTS_NO_MARK},
        {"select * from t where a in (select b from u where id > $1) order by id limit 10", FACTS_NO_MARK},
        {"select * from t where id > u.id order by id limit 10", FACTS_NO_MARK},
        {"delete from t where id > $1 order by id limit 10", FACTS_NO_MARK},
    };

    EACH(cases, i, dialect)
    {
        of(dialect, cases[i].sql);
        if (facts.key != cases[i].key || facts.key_page != (cases[i].key != FACTS_NO_MARK))
            fail_msg("%s: <%s>: key page %d, key %u", dialect->name, cases[i].sql, facts.key_page, facts.key);
    }
}

struct flag_case {
    const char *sql;
    bool expected;
};

static void check_flags(const struct flag_case *cases, size_t count, size_t offset)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < ARRAY_LENGTH(dialects); k++) {
            of(dialects[k], cases[i].sql);
            if (*(const bool *)((const char *)&facts + offset) != cases[i].expected)
                fail_msg("%s: <%s>", dialects[k]->name, cases[i].sql);
        }
    }
}

#define CHECK_FLAGS(cases, flag) check_flags(cases, ARRAY_LENGTH(cases), offsetof(struct sql_facts, flag))

static void a_range_has_two_sides(void **state)
{
    static const struct flag_case cases[] = {
        {"select * from t where id between 1 and 100", true},
        {"select * from t where id between $1::int and $2::int", true},
        {"select * from t where id >= 1 and b = 5 and id < 100", true},
        {"update t set a = 1 where id > 1 and t.id <= 100", true},
        {"select * from t where id > 1", false},
        {"select * from t where id > 1 and b < 2", false},
        {"select * from t where id between a and b and c = 5", false},
        {"select * from t where id > 1 and id > 2", false},
    };

    CHECK_FLAGS(cases, range);
}

static void the_ends_of_a_range_are_known(void **state)
{
    static const struct {
        const char *sql;
        uint16_t marks;
    } cases[] = {
        {"select * from t where a = 1 and id between $1 and $2 and b = 5", 6},
        {"select * from t where id >= 1 and b = 5 and id < 100", 5},
        {"select * from t where id > 1 and id <= (select max(id) from t) and b > 2 and b < 3", 6},
        {"select * from t where id between a and $1", 0},
        {"select * from t where id > 1", 0},
    };

    EACH(cases, i, dialect)
    {
        of(dialect, cases[i].sql);
        if (facts.range_ends != cases[i].marks)
            fail_msg("%s: <%s>: %x", dialect->name, cases[i].sql, facts.range_ends);
    }
}

static void the_rows_that_are_skipped_are_known(void **state)
{
    static const struct {
        const char *sql;
        uint8_t mark;
    } cases[] = {
        {"select * from t where a = 1 limit 2 offset 3", 2},
        {"select * from t where a = 1 offset $1 rows fetch next 5 rows only", 1},
        {"select * from t where a = 1 limit 3, 10", 1},
        {"select * from t where a in (select b from u limit 1 offset 2) limit 3", FACTS_NO_MARK},
        {"select * from t where a in (1, 2) limit 3", FACTS_NO_MARK},
        {"select a, 1 from t limit all offset 0", 1},
    };

    EACH(cases, i, dialect)
    {
        of(dialect, cases[i].sql);
        if (facts.offset != cases[i].mark)
            fail_msg("%s: <%s>: %u", dialect->name, cases[i].sql, facts.offset);
    }
}

static void statements_without_a_table_are_known(void **state)
{
    static const struct flag_case cases[] = {
        {"select 1", true},
        {"select now()", true},
        {"select nextval('x')", true},
        {"select f($1)", true},
        {"values (1)", true},
        {"select extract(epoch from now())", true},
        {"select 1 is distinct from 2", true},
        {"select * from t", false},
        {"select (select a from t)", false},
        {"table t", false},
        {"select exists(select 1 from t where a = 1)", false},
        {"with x as (select 1) select * from x", false},
        {"update t set a = 1", false},
        {"select 1; select a from t", false},
    };
    static const struct flag_case calls[] = {
        {"select f($1)", true},
        {"select s.f(1, now())", true},
        {"select f(g($1))", true},
        {"select nextval('x')", true},
        {"select now()", false},
        {"select 1", false},
        {"select cast($1 as int), ($2)", false},
        {"select f(a, 1) from t", false},
    };

    CHECK_FLAGS(cases, no_table);
    CHECK_FLAGS(calls, function_call);
}

static void what_takes_a_job_off_a_queue_is_known(void **state)
{
    static const struct flag_case cases[] = {
        {"select * from jobs where state = 'new' order by id limit 1 for update skip locked", true},
        {"delete from jobs where id = (select id from jobs order by id for update skip locked limit 1) returning *", true},
        {"update jobs set state = 'busy' where id = (select id from jobs where state = 'new' limit 1) returning *", true},
        {"update jobs set state = 'busy' where id in (select id from jobs limit 5)", false},
        {"update jobs set state = 'busy' where id = 5 returning *", false},
        {"delete from jobs where id = (select min(id) from jobs) returning *", false},
        {"select * from jobs for update", false},
        {"select locked from jobs", false},
    };

    CHECK_FLAGS(cases, dequeue);
}

static void what_makes_another_question_of_the_same_is_known(void **state)
{
    static const struct flag_case cases[] = {
        {"set search_path = a", true},
        {"set local role b", true},
        {"set session authorization 'c'", true},
        {"set my.tenant = '5'", true},
        {"set time zone 'UTC'", true},
        {"reset role", true},
        {"reset all", true},
        {"discard all", true},
        {"select set_config('app.tenant', $1, false)", true},
        {"select pg_advisory_lock($1)", true},
        {"select pg_try_advisory_xact_lock($1, $2)", true},
        {"select advisory_lock from doors where id = $1", false},
        {"attach 'x' as y", true},
        {"detach y", true},
        {"create temp table t(a)", true},
        {"create temporary view t as select 1", true},
        {"pragma foreign_keys = on", true},
        {"pragma main.cache_size(5)", true},
        {"pragma foreign_keys", false},
        {"pragma table_info(t)", false},
        {"set statement_timeout = 5", false},
        {"set transaction read only", false},
        {"create table t(a)", false},
        {"select a from t", false},
        {"update t set role = 1", false},
    };

    CHECK_FLAGS(cases, session);
}

static void questions_about_the_schema_are_known(void **state)
{
    static const struct flag_case cases[] = {
        {"pragma table_info(t)", true},
        {"pragma main.index_list('t')", true},
        {"select name from sqlite_master where type = 'table'", true},
        {"select * from main.\"sqlite_schema\"", true},
        {"select * from \"sqlite_schema\"", true},
        {"select * from information_schema.tables", true},
        {"select a from pg_catalog.pg_class c join pg_attribute a on c.oid = a.attrelid", true},
        {"select a from t, pg_type", true},
        {"select a from pg_search_documents", false},
        {"select t.pg_class from t", false},
        {"pragma cache_size", false},
    };

    CHECK_FLAGS(cases, schema_query);
}

static void joins_to_one_are_known(void **state)
{
    static const struct flag_case cases[] = {
        {"select * from t join k on k.id = t.k_id", true},
        {"select * from t left outer join s.kinds as k on (t.k_id = k.id) where t.a = 1", true},
        {"select * from t inner join \"kinds\" on \"t\".\"k\" = \"kinds\".\"kind_id\"", true},
        {"select * from t join k on k.id = t.k_id join l on l.rowid = k.l_id and l.a = 1", true},
        {"select * from t join k on k.t_id = t.id", false},
        {"select * from t join k on k.id = t.k_id join m on m.t_id = t.id", false},
        {"select * from authors join books on books.author_id = authors.author_id", false},
        {"select * from t join k using (id)", false},
        {"select * from t cross join k", false},
        {"select * from t natural join k", false},
        {"select * from t join k on k.id = k.other", false},
        {"select * from t join k on id = k_id", false},
        {"select * from t join (select * from k) j on j.id = t.k_id", false},
        {"select * from t where k.id = t.k_id", false},
    };

    CHECK_FLAGS(cases, joins_to_one);
}

static void lists_in_one_value_are_known(void **state)
{
    static const struct {
        const char *sql;
        uint16_t marks;
    } cases[] = {
        {"select * from t where a = $1 and id = any($2)", 2},
        {"select * from t where id = any($1::int[]) and a = $2", 1},
        {"select * from t where id in (select unnest($1))", 1},
        {"select * from unnest($1::int[], $2::text[]) x", 3},
        {"select * from t where id in (select value from json_each($1))", 1},
        {"select * from t where id::text = any(string_to_array($1, ','))", 3},
        {"select * from t where id <@ '{1,2}'::int[]", 1},
        {"select * from t where array[id] <@ $1", 1},
        {"select * from t join jsonb_array_elements_text($1::jsonb) j on j = id", 1},
        {"select * from t where id in ($1, $2) and b = any($3)", 2},
        {"select * from t where id = any(array[$1, $2])", 0},
        {"select * from t where id = $1::int", 0},
        {"select f($1)", 0},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        of(&dialect_postgresql, cases[i].sql);
        if (facts.list_values != cases[i].marks)
            fail_msg("<%s>: %x", cases[i].sql, facts.list_values);
    }
}

static void columns_of_the_result_are_told_apart(void **state)
{
    static const struct {
        const char *sql;
        uint32_t columns;
    } cases[] = {
        {"select a, t.b, \"t\".\"c\", d as e, f g from t", 0},
        {"select count(*), a, sum(b) as c, d + 1, 'x', e from t", 0x1d},
        {"select distinct a, max(b) from t", 2},
        {"select distinct on (a, b) c, d from t", 0},
        {"select a::text, (b), case when c then 1 end from t", 6},
        {"select *, count(*) from t", 0},
        {"select count(*), t.* , max(a) from t", 1},
        {"select a, (select count(*), 1 from u) from t", 2},
        {"with x as (select count(*) from t) select a, count(*) from x", 2},
        {"select a[1], null, b is null from t", 7},
        {"select 1", 1},
        {"insert into t select count(*) from u", 0},
        {"update t set a = 1 returning count(*)", 0},
    };

    EACH(cases, i, dialect)
    {
        of(dialect, cases[i].sql);
        if (strstr(cases[i].sql, "a[1]") && !dialect->subscripts)
            continue;
        if (facts.aggregate_columns != cases[i].columns)
            fail_msg("%s: <%s>: %x", dialect->name, cases[i].sql, facts.aggregate_columns);
    }
}

static void the_column_of_a_value_is_known(void **state)
{
    static const struct {
        const char *sql;
        const char *columns[4];
    } cases[] = {
        {"select * from t where id = 5 and u.\"Name\" like 'x'", {"id", "Name"}},
        {"select * from t where a in (1, 2, 3) and b > 5", {"a", "a", "a", "b"}},
        {"select * from t where a = any($1) and b::text = $2", {"a", "b"}},
        {"select * from t where a between 1 and 2 and c is not $3", {"a", "a", "c"}},
        {"select * from t where (a, b) = ($1, $2)", {"a", ""}},
        {"select * from t where lower(a) = $1 limit $2", {"", ""}},
        {"select * from t where a + 1 = $1", {"", ""}},
        {"update t set a = 1, b = 2 where c = 3", {"", "", "c"}},
        {"insert into t(a) values (1)", {""}},
        {"select * from t where a_column_with_a_name_of_more_than_forty_seven_bytes = 1", {""}},
        {"select * from t where a = 1 or a = 2", {"a", "a"}},
        {"delete from t where not a <> 1", {"a"}},
        {"select f(1), a from t where b = -1", {"", "b"}},
        {"select * from t where $1 = u.a and $2::integer = b and ($3::double precision = c)", {"a", "b", "c"}},
        {"select * from t where not 1 = a or 2 = b.c limit 5", {"a", "c", ""}},
        {"select * from t where a + 1 = b and 2 = c + d", {"", ""}},
        {"select * from t where f(1) = a and 2 = f(b)", {"", ""}},
        {"select 1 = a from t", {""}},
        {"update t set a = 1, b = (2 = c) where 3 = d", {"", "", "d"}},
    };

    EACH(cases, i, dialect)
    {
        of(dialect, cases[i].sql);
        for (uint32_t slot = 0; slot < fp.slots_kept; slot++) {
            char name[48] = "";
            comparison_column(fp.text, fp.text_length, fp.slots[slot].at, name, sizeof name);
            if (strcmp(name, cases[i].columns[slot]) != 0)
                fail_msg("%s: <%s>: slot %u is compared with %s", dialect->name, cases[i].sql, slot, name);
        }
    }
}

/* What comparison_all_differ says, asked of each ? by itself. */
static bool all_differ_one_by_one(const char *text, size_t length, const char *name)
{
    char column[48];

    for (size_t at = 0; at < length; at++) {
        if (text[at] == '?' && (!comparison_column(text, length, at, column, sizeof column) || strcmp(column, name) == 0))
            return false;
    }
    return true;
}

static void all_columns_are_told_apart_at_once(void **state)
{
    static const char *const pieces[] = {"a",
                                         "b",
                                         "c",
                                         " ",
                                         "?",
                                         " = ?",
                                         " > ? ",
                                         " in (?)",
                                         "\"a\"",
                                         "\"a?\"",
                                         " and ",
                                         " or ",
                                         " between ? and ?",
                                         ";",
                                         "(",
                                         ")",
                                         ", ",
                                         "::int",
                                         "set a = ?",
                                         " where ",
                                         " where ? = "};
    uint64_t random = 11;
    unsigned differ = 0;

    assert_true(comparison_all_differ("select x from t where a = ? and t.b > ?", 39, "x", 48));
    assert_false(comparison_all_differ("select x from t where a = ? and t.b > ?", 39, "b", 48));
    assert_false(comparison_all_differ("select ? from t", 15, "x", 48));
    assert_true(comparison_all_differ("select x from t where ?::int = t.b", 34, "x", 48));
    assert_false(comparison_all_differ("select x from t where ?::int = t.b", 34, "b", 48));
    for (unsigned turn = 0; turn < 200000; turn++) {
        char text[96] = "";
        size_t length;

        for (unsigned i = 0; i < 1 + turn % 7; i++) {
            random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
            strcat(text, pieces[(random >> 33) % ARRAY_LENGTH(pieces)]);
        }
        length = strlen(text);
        if (comparison_all_differ(text, length, "a", 48) != all_differ_one_by_one(text, length, "a"))
            fail_msg("<%s>", text);
        differ += strchr(text, '?') && comparison_all_differ(text, length, "a", 48);
    }
    assert_true(differ > 1000); /* both answers were tried */
}

static void any_text_is_accepted(void **state)
{
    static const char *const pieces[] = {
        "select ", "(",         ")",     "?",     "'",    "\"", "[", "]",   "::", ".",       ",",  "a_", " order by ",
        " limit ", " between ", " and ", " in (", "any(", "$1", ";", " > ", "1",  "pragma ", "\\", "*"};
    uint64_t random = 5;

    for (unsigned turn = 0; turn < 50000; turn++) {
        char sql[200] = "", name[48];
        for (unsigned i = 0; i < 12; i++) {
            random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
            strcat(sql, pieces[(random >> 33) % ARRAY_LENGTH(pieces)]);
        }
        of(dialects[turn % ARRAY_LENGTH(dialects)], sql);
        assert_true(facts.key_page == (facts.key != FACTS_NO_MARK));
        assert_true(facts.no_table || !facts.function_call);
        for (uint32_t slot = 0; slot < fp.slots_kept; slot++)
            comparison_column(fp.text, fp.text_length, fp.slots[slot].at, name, sizeof name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_is_known_by_its_form),
        cmocka_unit_test(a_range_has_two_sides),
        cmocka_unit_test(the_ends_of_a_range_are_known),
        cmocka_unit_test(the_rows_that_are_skipped_are_known),
        cmocka_unit_test(statements_without_a_table_are_known),
        cmocka_unit_test(what_takes_a_job_off_a_queue_is_known),
        cmocka_unit_test(what_makes_another_question_of_the_same_is_known),
        cmocka_unit_test(questions_about_the_schema_are_known),
        cmocka_unit_test(joins_to_one_are_known),
        cmocka_unit_test(lists_in_one_value_are_known),
        cmocka_unit_test(columns_of_the_result_are_told_apart),
        cmocka_unit_test(the_column_of_a_value_is_known),
        cmocka_unit_test(all_columns_are_told_apart_at_once),
        cmocka_unit_test(any_text_is_accepted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
