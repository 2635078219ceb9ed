#include "tests/unit/check.h"
#include "tests/unit/exporter/advice/statements.h"

#include <string.h>

#include "exporter/advice/rewrite/selects.h"

static void knows_a_statement_that_only_aggregates(void **state)
{
    static const char *const yes[] = {
        "select count(*) from t where a = ?",
        "select sum(a), max(b + c) from t",
        "select coalesce(sum(a), ?) from t where b = ?",
        "select count(distinct a) as n from t where b = ?",
        "select count(*) filter(where a > ? and b = ?) as few, max(c) from t where b = ?",
        "select coalesce(sum(a) filter(where a > ?), ?) from t where b = ?",
        "select array_agg(a order by b desc), every(c), json_agg(a) from t where b = ?",
        "select string_agg(distinct a, ?) as names, group_concat(b, ?) from t where b = ?",
        "SELECT COUNT(*) FROM t",
    };
    static const char *const no[] = {
        "select a, count(*) from t group by a",
        "select a, count(*) from t",
        "select counts from t",
        "select count from t",
        "select count(*) over() from t",
        "select max(a, b) from t",
        "select max(a, b) filter(where a > ?) from t",
        "select count(*) filter(where a > f(?)) from t",
        "select count(*) filter(where a > ?) + ? from t",
        "select array_agg(a)[?] from t",
        "select count(*) + max(a) from t",
        "select (select count(*) from t) from u",
        "select from t",
        "select count(*),",
        "delete from t",
    };
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        assert_true(rewrite_is_aggregate(parts_of(yes[i])));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        assert_false(rewrite_is_aggregate(parts_of(no[i])));
}

static void tells_names_from_reserved_words(void **state)
{
    static const char *const reserved[] = {
        "all",
        "and",
        "any",
        "array",
        "as",
        "asc",
        "between",
        "by",
        "case",
        "cast",
        "collate",
        "cross",
        "current_date",
        "current_role",
        "current_time",
        "current_user",
        "default",
        "desc",
        "distinct",
        "else",
        "end",
        "escape",
        "exists",
        "false",
        "from",
        "full",
        "group",
        "having",
        "ilike",
        "in",
        "inner",
        "interval",
        "is",
        "join",
        "lateral",
        "left",
        "like",
        "limit",
        "localtime",
        "natural",
        "not",
        "null",
        "offset",
        "on",
        "only",
        "or",
        "order",
        "outer",
        "returning",
        "right",
        "select",
        "set",
        "some",
        "tablesample",
        "then",
        "true",
        "union",
        "user",
        "using",
        "values",
        "when",
        "where",
        "window",
        "SELECT",
        "session_user",
        "Null",
        "localtimestamp",
        "current_schema",
        "current_catalog",
        "current_timestamp",
        "=",
        "?",
    };
    static const char *const names[] = {"a",      "id",  "an",       "ands",        "order_id", "orders",   "sel",  "windows",
                                        "userid", "zzz", "\"user\"", "orders.user", "_",        "currency", "inne", "is_"};
    static struct sql_token room[SQL_TOKENS_MAX];
    struct sql_tokens of_text = {.at = room}, *tokens = &of_text;
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        sql_tokenise(reserved[i], tokens);
        if (sql_is_name(tokens, 0))
            fail_msg("%s is taken for a name", reserved[i]);
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_true(sql_tokenise(names[i], tokens));
        if (!sql_is_name(tokens, 0))
            fail_msg("%s is not taken for a name", names[i]);
    }
    assert_false(sql_is_name(tokens, 1));
}

static void takes_a_text_apart_once_and_forgets_what_grows_too_large(void **state)
{
    static char texts[700][2048]; /* 1,000 tokens each: more than is kept */
    const struct sql_statement *first = parts_of("select a from t where b = ?");
    assert_ptr_equal(parts_of(first->text), first);
    sql_statements_trim(statements);
    assert_ptr_equal(parts_of(first->text), first);
    for (size_t i = 0; i < 700; i++) {
        for (size_t at = 0; at < 2000; at += 4)
            strcpy(texts[i] + at, "a + ");
        assert_true(parts_of(texts[i])->is_plain);
        assert_int_equal(parts_of(texts[i])->tokens.count, 1000);
    }
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 700; i++) {
            sql_statements_trim(statements);
            const struct sql_statement *parts = parts_of(texts[i]);
            assert_ptr_equal(parts->text, texts[i]);
            assert_int_equal(parts->tokens.count, 1000);
            sql_statements_trim(statements);
            parts_of(texts[699 - i]);
        }
    }
    assert_int_equal(parts_of("select a from t where b = ?")->tokens.placeholders, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(knows_a_statement_that_only_aggregates, begin, end),
        cmocka_unit_test_setup_teardown(tells_names_from_reserved_words, begin, end),
        cmocka_unit_test_setup_teardown(takes_a_text_apart_once_and_forgets_what_grows_too_large, begin, end),
    };
    return cmocka_run_group_tests_name("statements", tests, NULL, NULL);
}
