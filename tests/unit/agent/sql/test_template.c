#include "agent/sql/template.h"

#include "tests/unit/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/value/value.h"
#include "agent/sql/fingerprint.h"

static const struct sql_dialect *const dialects[] = {&dialect_generic, &dialect_sqlite, &dialect_postgresql};
static const struct sql_dialect *dialect = &dialect_generic;
static struct fingerprint fp, again;

/* Whether the second text is one of the first one's template; then what the lexer says of both must be the same. */
static bool is_one_of(const char *first, const char *second)
{
    struct template template;
    uint64_t values[FINGERPRINT_LITERALS];
    size_t length = strlen(second);
    char *copy = malloc(length ? length : 1); /* ends where the text ends, for the address sanitiser */
    bool matches;

    fingerprint_compute(dialect, first, strlen(first), &fp);
    if (!template_make(&template, first, strlen(first), &fp)) {
        free(copy);
        return false;
    }
    for (unsigned i = 0; i < template.literals; i++)
        values[i] = fp.slots[template.slot[i]].value;
    assert_non_null(copy);
    memcpy(copy, second, length);
    matches = template_match(&template, copy, length, values);
    if (matches) {
        unsigned literals = 0;
        fingerprint_compute(dialect, copy, length, &again);
        if (fp.hash != again.hash || fp.slot_count != again.slot_count)
            fail_msg("<%s> is taken for <%s>", second, first);
        assert_int_equal(fp.verb, again.verb);
        assert_int_equal(fp.statements, again.statements);
        assert_int_equal(fp.list_max, again.list_max);
        assert_int_equal(fp.rows_max, again.rows_max);
        assert_int_equal(fp.has_limit, again.has_limit);
        assert_int_equal(fp.has_offset, again.has_offset);
        assert_int_equal(fp.tags_length, again.tags_length);
        for (unsigned i = 0; i < again.slots_kept; i++) {
            assert_int_equal(fp.slots[i].parameter, again.slots[i].parameter);
            if (again.slots[i].parameter)
                continue;
            if (values[literals] != again.slots[i].value)
                fail_msg("<%s>: literal %u is another one by the template of <%s>", second, literals, first);
            literals++;
        }
        assert_int_equal(literals, template.literals);
    }
    free(copy);
    return matches;
}

static void texts_that_differ_in_their_values_are_of_one_template(void **state)
{
    assert_true(is_one_of("select a from t where id = 1", "select a from t where id = 23456"));
    assert_true(is_one_of("select a from t where id = 1", "select a from t where id = -5"));
    assert_true(is_one_of("select a from t where id = -5", "select a from t where id = 7"));
    assert_true(is_one_of("select a from t where id = 1 and b = 'x'", "select a from t where id = 22 and b = 'a longer one'"));
    assert_true(is_one_of("insert into t(a, b) values (1, 'x')", "insert into t(a, b) values (-2, '')"));
    assert_true(is_one_of("select a from t where id = 1.5", "select a from t where id = 12e-3"));
    assert_true(is_one_of("select a from t where id = $1 limit 10", "select a from t where id = $1 limit 5"));
    assert_true(is_one_of("select a, b from t where x in (1, null, 3)", "select a, b from t where x in (5, null, 99)"));
    assert_true(is_one_of("select a from t where id = ?", "select a from t where id = ?"));
    assert_true(is_one_of("select a from t where id = 99999999999999999999", "select a from t where id = 1"));
}

static void what_is_lexed_otherwise_is_none_of_it(void **state)
{
    assert_false(is_one_of("select a from t where id = 1", "select a from t where id = 1 "));
    assert_false(is_one_of("select a from t where id = 1", "select a from t where id = 1 or 2"));
    assert_false(is_one_of("select a from t where id = 1", "select a from t where id = x"));
    assert_false(is_one_of("select a from t where id = 1", "select a from t where id = --1"));
    assert_false(is_one_of("select a, b from t where x = 'a'", "select a, b from t where x = 'it''s'"));
    assert_false(is_one_of("select a, b from t where x = 'a'", "select a, b from t where x = 'a"));
    assert_false(is_one_of("select a, b from t where x = 'a'", "select a, b from t where x = 1"));
    assert_false(is_one_of("select a - 5 from tables_a", "select a - -5 from tables_a"));
    assert_false(is_one_of("select a, b, c, d from t where x-5 = 1", "select a, b, c, d from t where x--5 = 1"));
    assert_false(is_one_of("select a, b, c from t where x = e'a'", "select a, b, c from t where x = e'b'"));
    assert_false(is_one_of("select 1", "select 2")); /* begins too early */
}

static uint64_t state_of_random = 11;

static unsigned random_below(unsigned n)
{
    state_of_random = state_of_random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (unsigned)(state_of_random >> 33) % n;
}

static const char *const pieces[] = {
    "1",
    "23",
    "-4",
    "0",
    "007",
    "1.5",
    "2e5",
    "1e-7",
    "0x1f",
    "1_000",
    "123456789012345678901",
    ".5",
    "5.",
    "'x'",
    "''",
    "'it''s'",
    "'a-b'",
    "'--'",
    "'/*'",
    "'",
    "\"q\"",
    "e'x'",
    "n'x'",
    "x'41'",
    "U&'x'",
    "$1",
    "$a$x$a$",
    "?",
    ":n",
    "null",
    "true",
    "false",
    "a",
    "t1",
    "e",
    "in",
    "(",
    ")",
    ",",
    "[",
    "]",
    "=",
    "<",
    "-",
    "+",
    "--",
    "- ",
    "/*",
    "*/",
    "::",
    ".",
    ";",
    " ",
    " ",
    " ",
    " ",
    "\n",
    "values",
    "(1, 2), (3, 4)",
    "in (1, 2, 3)",
    "limit",
    "limit 3, 4",
    "and",
    "not",
    "is",
    "array[1, 2]",
    "any(array[1,2])",
    "/*a='b'*/",
    "fetch first 3 rows",
    "\\",
    "'a\\'",
    "\\'",
    "from",
    "\"tmp_12345678\"",
    "set",
    "or",
    "union all select",
    "case when",
    "end",
    "{",
    "|",
    "&&",
    "@",
    "@v",
    "#",
};

/* No two texts of random pieces are taken for each other when the lexer tells them apart. */
static void the_lexer_agrees_on_whatever_matches(void **state)
{
    unsigned matches = 0, different = 0;

    for (unsigned turn = 0; turn < 120000; turn++) {
        char first[600] = "select a, b from t where ", second[600];
        unsigned count = 1 + random_below(8), chosen[8];
        for (unsigned i = 0; i < count; i++) {
            chosen[i] = random_below(ARRAY_LENGTH(pieces));
            strcat(first, pieces[chosen[i]]);
            if (random_below(2))
                strcat(first, " ");
        }
        /* The same with one piece exchanged, or with a byte. */
        strcpy(second, first);
        char *at = second + strlen("select a, b from t where ") + random_below((unsigned)strlen(first) - 24);
        const char *other = pieces[random_below(ARRAY_LENGTH(pieces))];
        char rest[600];
        size_t gone = random_below(4) ? strspn(at, "0123456789.exab'") : random_below(3);
        if (gone > strlen(at))
            gone = strlen(at);
        strcpy(rest, at + gone);
        strcpy(at, other);
        strcat(second, rest);
        dialect = dialects[turn % ARRAY_LENGTH(dialects)];
        if (is_one_of(first, second)) {
            matches++;
            different += strcmp(first, second) != 0;
        }
        if (is_one_of(second, first))
            matches++;
    }
    dialect = &dialect_generic;
    assert_in_range(matches, 5000, 240000);
    assert_in_range(different, 3000, 120000);
}

static void texts_of_one_template_have_one_key(void **state)
{
    const char *const alike[][2] = {
        {"UPDATE pgbench_accounts SET abalance = abalance + 5", "UPDATE pgbench_accounts SET abalance = abalance + -123"},
        {"select a from tt where x = 1 and yyyyyyyyyyyyyyy = 2", "select a from tt where x = 987 and yyyyyyyyyyyyyyy = 2"},
        {"select a from tt where x = 'a' and yyyyyyyyyyyyyyy", "select a from tt where x = '' and yyyyyyyyyyyyyyy"},
        {"select a from tt 1 where xxxxxxxx = 2", "select a from tt -22 where xxxxxxxx = 3"},
    };

    for (unsigned i = 0; i < ARRAY_LENGTH(alike); i++)
        assert_int_equal(template_key(alike[i][0], strlen(alike[i][0])), template_key(alike[i][1], strlen(alike[i][1])));
    assert_int_not_equal(template_key("select a from aaaaaaaa where x = 1", 34),
                         template_key("select a from aaaaaaab where x = 1", 34));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_that_differ_in_their_values_are_of_one_template),
        cmocka_unit_test(what_is_lexed_otherwise_is_none_of_it),
        cmocka_unit_test(the_lexer_agrees_on_whatever_matches),
        cmocka_unit_test(texts_of_one_template_have_one_key),
    };

    value_salt = 99;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
