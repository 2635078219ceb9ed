/* One text in each dialect. */
#include "agent/sql/dialect.h"

#include "tests/unit/check.h"

#include <string.h>

#include "agent/base/compiler.h"
#include "agent/value/value.h"
#include "agent/sql/fingerprint.h"

static struct fingerprint fp;

struct dialect_case {
    const char *sql, *sqlite, *postgresql, *generic;
};

static void check(const struct sql_dialect *dialect, const char *sql, const char *text)
{
    fingerprint_compute(dialect, sql, strlen(sql), &fp);
    if (fp.length != strlen(text) || memcmp(fp.text, text, fp.length) != 0)
        fail_msg("%s: <%s> is <%.*s>, not <%s>", dialect->name, sql, (int)fp.text_length, fp.text, text);
}

static void characters_mean_what_the_dialect_says(void **state)
{
    static const struct dialect_case cases[] = {
        /* comments */
        {"select /* /* */ a */", "select a */", "select", "select"},
        {"select /* /* */ a */ b", "select a */ b", "select b", "select b"},
        /* strings */
        {"select e'a\\' b'", "select e ? b ?", "select ?", "select ?"},
        {"select x'41', n'a'", "select ?, n ?", "select ?, ?", "select ?, ?"},
        {"select u&'a', u&\"b\" from t", "select u & ?, u & \"b\" from t", "select ?, u&\"b\" from t",
         "select ?, u&\"b\" from t"},
        {"select $a$ b $a$", "select ? b ?", "select ?", "select ?"},
        /* names */
        {"select `a b`", "select `a b`", "select ` a b `", "select `a b`"},
        {"select [a b], c[1]", "select [a b], c [1]", "select [a b], c[?]", "select [a b], c[?]"},
        /* parameters and operators */
        {"select ?, @a, $1", "select ?, ?, ?", "select ?, @ a, ?", "select ?, ?, ?"},
        {"select a ?| b", "select a ? | b", "select a ?| b", "select a ?| b"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        check(&dialect_sqlite, cases[i].sql, cases[i].sqlite);
        check(&dialect_postgresql, cases[i].sql, cases[i].postgresql);
        check(&dialect_generic, cases[i].sql, cases[i].generic);
    }
}

static void a_question_mark_is_a_parameter_where_the_dialect_has_it(void **state)
{
    static const char sql[] = "select \"a\" ? 'b', c ? 'd', $1, ? from t";
    static const struct {
        const struct sql_dialect *dialect;
        uint32_t slots;
    } cases[] = {{&dialect_sqlite, 6}, {&dialect_postgresql, 3}, {&dialect_generic, 5}};

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        fingerprint_compute(cases[i].dialect, sql, strlen(sql), &fp);
        assert_int_equal(fp.slot_count, cases[i].slots);
    }
}

static void plain_statements_have_one_fingerprint(void **state)
{
    static const char *const statements[] = {
        "SELECT a, \"b\" FROM t WHERE id = 1 AND name = 'x' ORDER BY c LIMIT 10",
        "insert into t(a, b) values (1, 'x'), (2, 'y') returning id",
        "update t set a = a - 1, b = null where c in (1, 2, 3) and d is not null",
        "with x as (select 1.5) select count(*) from x join y using (id) /*route='a'*/",
        "savepoint s1",
    };

    for (size_t i = 0; i < ARRAY_LENGTH(statements); i++) {
        fingerprint_compute(&dialect_generic, statements[i], strlen(statements[i]), &fp);
        uint64_t hash = fp.hash;
        fingerprint_compute(&dialect_sqlite, statements[i], strlen(statements[i]), &fp);
        assert_int_equal(fp.hash, hash);
        fingerprint_compute(&dialect_postgresql, statements[i], strlen(statements[i]), &fp);
        assert_int_equal(fp.hash, hash);
    }
}

static void sqlite_takes_strings_for_names_where_only_a_name_can_be(void **state)
{
    static const char *const cases[][2] = {
        {"insert into 'packages' ('a', 'b') values ('c', 'd')", "insert into \"packages\"(\"a\", \"b\") values (?)"},
        {"insert into 'packages' values ('c', 'd')", "insert into \"packages\" values (?)"},
        {"insert into t select 'a', f('b')", "insert into t select ?, f(?)"},
        {"replace into 'main'.'t' values (1)", "replace into \"main\".\"t\" values (?)"},
        {"select 'a' from 'x' where 'b' = 'c'", "select ? from \"x\" where ? = ?"},
        {"select t.'a' as 'b' from t join 'u' on c = 'd'", "select t.\"a\" as \"b\" from t join \"u\" on c = ?"},
        {"update 'x' set 'a' = 'b', 'c' = 'd' where e in ('f', 'g')", "update \"x\" set \"a\" = ?, \"c\" = ? where e in (?)"},
        {"update x set a = 1 where b = 2 returning 'c', 'd'", "update x set a = ? where b = ? returning ?, ?"},
        {"delete from 'x' where a is distinct from 'b'", "delete from \"x\" where a is distinct from ?"},
        {"create table if not exists 'x' ('a' text default 'b', 'c' int)",
         "create table if not exists \"x\"(\"a\" text default ?, \"c\" int)"},
        {"create table 'x' as select f('a')", "create table \"x\" as select f(?)"},
        {"create virtual table 'x' using fts5('a')", "create virtual table \"x\" using fts5(?)"},
        {"create index 'i' on 't' ('a')", "create index \"i\" on \"t\"(\"a\")"},
        {"alter table 'x' rename to 'y'", "alter table \"x\" rename to \"y\""},
        {"select a from 'it''s' where b match 'c'", "select a from 'it''s' where b match ?"},
        {"select a from 'tmp_3f2a9c1d'", "select a from \"tmp_?\""},
        {"select a from 'x", "select a from ?"},
        {"attach 'path' as 'x'", "attach ? as \"x\""},
        {"savepoint 'x'", "savepoint ?"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        check(&dialect_sqlite, cases[i][0], cases[i][1]);
    check(&dialect_postgresql, "select a from 'x'", "select a from ?");
    check(&dialect_sqlite, "insert into 'a' values (?, 'b')", "insert into \"a\" values (?)");
    assert_int_equal(fp.slot_count, 2);
    assert_int_equal(fp.slots[0].parameter, 1);
}

static void sqlite_takes_quoted_names_for_texts_where_a_value_is_wanted(void **state)
{
    static const char *const cases[][2] = {
        {"select \"a\" from \"t\" where \"name\" = \"bob\"", "select \"a\" from \"t\" where \"name\" = ?"},
        {"select a from t where b = \"t\".\"c\"", "select a from t where b = \"t\".\"c\""},
        {"select a from t where b = \"f\"(c)", "select a from t where b = \"f\"(c)"},
        {"select a from t where b in (\"x\", 'y', \"z\")", "select a from t where b in (?)"},
        {"insert into \"t\" (\"a\") values (\"x\"), (\"y\")", "insert into \"t\"(\"a\") values (?)"},
        {"select a from t where b like \"%bob%\" escape \"!\"", "select a from t where b like ? escape ?"},
        {"select a from t where b between \"c\" and \"d\" and \"e\" = 1",
         "select a from t where b between ? and ? and \"e\" = ?"},
        {"select a from t where b <> \"c\" and \"d\" is null", "select a from t where b <> ? and \"d\" is null"},
        {"select lower(\"a\") from t order by \"b\"", "select lower(\"a\") from t order by \"b\""},
        {"update t set a = \"b\"", "update t set a = ?"},
        {"select \"a\" || \"b\", case when \"c\" then \"d\" else \"e\" end from t",
         "select \"a\" || ?, case when \"c\" then ? else ? end from t"},
        {"select a from t where (b, c) = (\"d\", \"e\") and f is not \"g\" limit \"1\"",
         "select a from t where (b, c) = (?, ?) and f is not ? limit ?"},
        {"select strftime(\"%Y\", \"a\"), json_extract(\"b\", \"$.c\") from t",
         "select strftime(?, \"a\"), json_extract(\"b\", ?) from t"},
        {"select a as \"100 %\", \"b\" \"50 %\" from t", "select a as \"100 %\", \"b\" \"50 %\" from t"},
        /* without a table there are no columns */
        {"select \"a\", f(\"b\") as \"c\"", "select ?, f(?) as \"c\""},
        {"insert into \"t\" (\"a\") select \"b\"", "insert into \"t\"(\"a\") select ?"},
        {"insert into t (a) select \"b\" from u", "insert into t(a) select \"b\" from u"},
        {"select (select \"a\" from t)", "select (select \"a\" from t)"},
        {"explain query plan select \"a\"", "explain query plan select ?"},
        {"create view \"v\" (\"a\") as select \"b\" as \"c\"", "create view \"v\"(\"a\") as select ? as \"c\""},
        {"create view v as select \"a\" from t", "create view v as select \"a\" from t"},
        {"create table t as select \"a\"", "create table t as select ?"},
        {"create trigger \"r\" after update of \"a\" on \"t\" when new.\"a\" > 1 begin select f(\"b\"); "
         "insert into \"u\" (\"c\") select \"d\"; select \"e\" from \"t\"; select \"g\"; end",
         "create trigger \"r\" after update of \"a\" on \"t\" when new.\"a\" > ? begin select f(?); "
         "insert into \"u\"(\"c\") select ?; select \"e\" from \"t\"; select ?; end"},
        {"create trigger r before delete on t begin select raise(abort, \"a\") from u where b = 1; end",
         "create trigger r before delete on t begin select raise(abort, ?) from u where b = ?; end"},
        {"select \"a\"; update t set b = \"c\" + \"d\"", "select ?; update t set b = ? + \"d\""},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        check(&dialect_sqlite, cases[i][0], cases[i][1]);
    check(&dialect_sqlite, "select a from t where b = \"bob\"", "select a from t where b = ?");
    assert_int_equal(fp.slots[0].value, value_hash_text("bob", 3));
    check(&dialect_postgresql, "select a from t where b = \"bob\"", "select a from t where b = \"bob\"");
}

static void what_may_be_behind_an_escaped_quote_is_hidden(void **state)
{
    static const char *const cases[][2] = {
        {"select 'a\\', b", "select ?, b"},
        {"select 'a\\', 'b'", "select ?, ?"},
        {"select 'it\\'s a secret', b", "select ?, b"},
        {"select 'a\\\\', b", "select ?, b"},
        {"select 'a\\' secret \\'b', c", "select ?"},
        {"select e'it\\'s', b", "select ?, b"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
        check(&dialect_postgresql, cases[i][0], cases[i][1]);
    check(&dialect_sqlite, "select 'it\\', b", "select ?, b");
}

static void a_known_setting_says_where_strings_end(void **state)
{
    static const char *const cases[][3] = {
        /* text, backslashes escape, they do not */
        {"select 'a\\', 'secret' -- it's", "select ? secret ? s", "select ?, ?"},
        {"select 'it\\'s a secret', b", "select ?, b", "select ?"},
        {"select 'it\\'', 'secret', b", "select ?, ?, b", "select ?"},
        {"select 'a\\\\', b", "select ?, b", "select ?, b"},
        {"select e'a\\'b', c", "select ?, c", "select ?, c"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        check(&dialect_postgresql_known[0], cases[i][0], cases[i][1]);
        check(&dialect_postgresql_known[1], cases[i][0], cases[i][2]);
        assert_false(fp.doubtful);
    }
    fingerprint_compute(&dialect_postgresql, "select 'it\\'', 'secret', b", strlen("select 'it\\'', 'secret', b"), &fp);
    assert_true(fp.doubtful);
    assert_null(memmem(fp.text, fp.text_length, "secret", strlen("secret")));
}

static void values_by_position_are_hidden_in_statements_that_define(void **state)
{
    static const char *const both[][2] = {
        {"pragma key = -secret", "pragma key = - ?"},
        {"pragma key secret", "pragma key ?"},
        {"explain pragma key = secret", "explain pragma key = ?"},
        {"explain query plan attach \"secret\" as b", "explain query plan attach ? as b"},
        {"explain query plan select a from t", "explain query plan select a from t"},
        {"create virtual table a using csv(b = secret)", "create virtual table a using csv(b = ?)"},
        {"set names secret", "set names ?"},
        {"set transaction isolation level serializable, read only", "set transaction isolation level serializable, read only"},
        {"alter role a password secret", "alter role a password ?"},
        {"create user a with password \"secret\" in role b", "create user a with password ? in role b"},
        {"alter role a password null", "alter role a password null"},
        {"create table t (id int, password text)", "create table t(id int, password text)"},
        {"create function f() returns int set a.b = secret, secret language sql",
         "create function f() returns int set a.b = ?, ? language sql"},
        {"create index i on t (a) with (b = secret)", "create index i on t(a) with (b = ?)"},
        {"create user mapping for a server s options (password secret)",
         "create user mapping for a server s options(password ?)"},
        {"alter server s options (set a secret, add b 'secret', drop c)", "alter server s options(set a ?, add b ?, drop c)"},
        {"create text search dictionary d (template = a, b = secret)", "create text search dictionary d(template = ?, b = ?)"},
        {"copy t from secret", "copy t from ?"},
        {"copy t from program secret", "copy t from program ?"},
        {"copy t from stdin with (format csv)", "copy t from stdin with (format csv)"},
        {"copy (select a from b) to stdout", "copy(select a from b) to stdout"},
        {"notify a, secret", "notify a, ?"},
        {"comment on table t is \"secret\"", "comment on table t is ?"},
        {"execute p(secret, \"secret\", now(), null)", "execute p(?, ?, now(), null)"},
        {"execute \"p\"", "execute \"p\""},
        {"explain execute p(secret)", "explain execute p(?)"},
        {"create table t as execute p(secret)", "create table t as execute p(?)"},
    };

    for (size_t i = 0; i < ARRAY_LENGTH(both); i++) {
        check(&dialect_postgresql, both[i][0], both[i][1]);
        check(&dialect_sqlite, both[i][0], both[i][1]);
    }
    check(&dialect_sqlite, "vacuum main into 'secret'", "vacuum main into ?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_mean_what_the_dialect_says),
        cmocka_unit_test(a_question_mark_is_a_parameter_where_the_dialect_has_it),
        cmocka_unit_test(plain_statements_have_one_fingerprint),
        cmocka_unit_test(sqlite_takes_strings_for_names_where_only_a_name_can_be),
        cmocka_unit_test(sqlite_takes_quoted_names_for_texts_where_a_value_is_wanted),
        cmocka_unit_test(what_may_be_behind_an_escaped_quote_is_hidden),
        cmocka_unit_test(a_known_setting_says_where_strings_end),
        cmocka_unit_test(values_by_position_are_hidden_in_statements_that_define),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
