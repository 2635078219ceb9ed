/* One text in each dialect. */
#include "agent/sql/dialect.h"

#include "tests/unit/check.h"

#include <string.h>

#include "agent/base/compiler.h"
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
        {"select u&'a', u&\"b\"", "select u & ?, u & \"b\"", "select ?, u&\"b\"", "select ?, u&\"b\""},
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
    static const char sql[] = "select \"a\" ? 'b', c ? 'd', $1, ?";
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_mean_what_the_dialect_says),
        cmocka_unit_test(a_question_mark_is_a_parameter_where_the_dialect_has_it),
        cmocka_unit_test(plain_statements_have_one_fingerprint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
