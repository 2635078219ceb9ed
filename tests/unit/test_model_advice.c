#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/model/advice.h"
#include "exporter/model/rewrite.h"

struct expected {
    const char *sql;
    uint32_t parameter;
    bool is_postgresql;
    const char *expected; /* NULL: left alone */
    bool has_one_row;
};

static const struct expected rewritings[] = {
    {"select * from orders where customer_id = ?", 0, false, "select * from orders where customer_id in (?, ?, ...)"},
    {"select * from orders where customer_id = ?", 0, true, "select * from orders where customer_id = any($1)"},
    {"select * from orders where ? = customer_id", 1, false, "select * from orders where customer_id in (?, ?, ...)"},
    {"select id, total from orders where customer_id = ? order by id", 0, false,
     "select customer_id, id, total from orders where customer_id in (?, ?, ...) order by id"},
    {"select o.id, o.customer_id from orders as o where o.customer_id = ?", 0, false,
     "select o.id, o.customer_id from orders as o where o.customer_id in (?, ?, ...)"},
    {"select o.* from orders as o where o.customer_id = ?", 0, false,
     "select o.* from orders as o where o.customer_id in (?, ?, ...)"},
    {"select \"a b\" from \"or\"\"ders\" where \"or\"\"ders\".\"a b\" = ?", 0, false,
     "select \"a b\" from \"or\"\"ders\" where \"or\"\"ders\".\"a b\" in (?, ?, ...)"},
    {"select * from orders where customer_id = ? and state = ?", 1, false,
     "select * from orders where customer_id in (?, ?, ...) and state = ?"},
    {"select * from orders where state = ? and customer_id = ?", 2, true,
     "select * from orders where state = $1 and customer_id = any($2)"},
    {"select count(*) from orders where customer_id = ?", 0, false,
     "select customer_id, count(*) from orders where customer_id in (?, ?, ...) group by customer_id"},
    {"select id from orders where customer_id in (?)", 0, false,
     "select customer_id, id from orders where customer_id in (?, ?, ...)"},
    {"select id from orders where (customer_id = ? and state in (?))", 1, true,
     "select customer_id, id from orders where (customer_id = any($1) and state = any($2))"},
    {"select id from orders where customer_id = ?::uuid", 1, true,
     "select customer_id, id from orders where customer_id = any($1::uuid[])"},
    {"select name from c where id = ? limit ?", 1, false, "select id, name from c where id in (?, ?, ...)", true},
    {"select name from c where id = ? limit ? offset ?", 1, true, "select id, name from c where id = any($1)", true},
    {"select name from c where id = ? limit ?", 1, false, NULL, false},
    {"select a from t where b = ? order by c desc limit ?", 1, true,
     "select * from (select b, a, row_number() over (partition by b order by c desc) as nth from t where b = any($1)) as ranked "
     "where nth <= $2"},

    {"select *, (select max(x) from t) from orders where customer_id = ?", 0, false, NULL},
    {"select id from orders where state in (?) and customer_id = ?", 2, false, NULL}, /* numbers behind a list say nothing */
    {"select a as customer_id from orders where customer_id = ?", 1, false, NULL},
    {"select a from t where b = ? and c > interval ?", 1, true, NULL},
    {"select max(a, b) from t where c = ?", 1, false, NULL}, /* SQLite: of one row */

    {"select * from orders where customer_id = ? and state = ?", 0, false, NULL}, /* which one is not known */
    {"select * from orders where customer_id = ? or state = ?", 1, false, NULL},
    {"select * from orders where customer_id = ? limit ?", 1, false, NULL},
    {"select * from orders where customer_id > ?", 1, false, NULL},
    {"select * from orders where not customer_id = ?", 1, false, NULL},
    {"select * from orders where a + customer_id = ?", 1, false, NULL},
    {"select * from orders where customer_id = ? + a", 1, false, NULL},
    {"select distinct a from orders where customer_id = ?", 1, false, NULL},
    {"select a from orders where customer_id = ? union select b from t", 1, false, NULL},
    {"select a from orders where id in (select x from t where y = ?)", 1, false, NULL},
    {"select a, count(*) from orders where customer_id = ? group by a", 1, false, NULL},
    {"update orders set a = ? where id = ?", 2, false, NULL},
    {"select ?", 1, false, NULL},
    {"select ? = a where", 1, false, NULL},
    {"where a = ?", 1, false, NULL},
    {"select * from orders where customer_id = ?", 9, false, NULL},
    {"select * from orders where (customer_id = ?", 1, false, NULL},
    {"", 0, false, NULL},
};

static void check_sql(const struct expected *e, struct rewriting r)
{
    if (!e->expected && r.sql)
        fail_msg("%s\n became %s", e->sql, r.sql);
    if (e->expected && (!r.sql || strcmp(r.sql, e->expected) != 0))
        fail_msg("%s\n became %s\n      not %s", e->sql, r.sql ? r.sql : "nothing", e->expected);
    assert_int_equal(r.form == REWRITE_NONE, !r.sql);
    assert_int_equal(r.why_not == REWRITE_POSSIBLE, r.sql != NULL);
    free(r.sql);
}

static void rewrites_simple_shapes_and_leaves_others_alone(void **state)
{
    for (size_t i = 0; i < sizeof rewritings / sizeof *rewritings; i++) {
        const struct expected *e = &rewritings[i];
        struct rewrite_input in = {
            .statement = e->sql, .parameter = e->parameter, .is_postgresql = e->is_postgresql, .has_one_row = e->has_one_row};
        check_sql(e, rewrite_select(&in));
    }
}

static void knows_a_statement_that_only_aggregates(void **state)
{
    static const char *const yes[] = {
        "select count(*) from t where a = ?",
        "select sum(a), max(b + c) from t",
        "select coalesce(sum(a), ?) from t where b = ?",
        "select count(distinct a) as n from t where b = ?",
        "SELECT COUNT(*) FROM t",
    };
    static const char *const no[] = {
        "select a, count(*) from t group by a",
        "select a, count(*) from t",
        "select counts from t",
        "select count from t",
        "select count(*) over() from t",
        "select max(a, b) from t",
        "select count(*) + max(a) from t",
        "select (select count(*) from t) from u",
        "select from t",
        "select count(*),",
        "delete from t",
    };
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        assert_true(rewrite_is_aggregate(yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        assert_false(rewrite_is_aggregate(no[i]));
}

struct advised {
    const char *statement;
    uint64_t executions, rows, distinct_values;
    const char *strategy;
    const char *words; /* that the text holds */
};

static const struct advised cases[] = {
    {"select * from orders where customer_id = ?", 100, 400, 100, "selectin", "collect the values of customers.id"},
    {"select * from orders where customer_id = ?", 100, 106, 100, "selectin", "list"},
    {"select * from customers where id = ?", 100, 100, 100, "join", "JOIN"},
    {"select * from customers where id = ?", 100, 105, 100, "join", "JOIN"},
    {"select * from customers where id = ?", 100, 40, 100, "join", "JOIN"},
    {"select * from customers where id = ?", 100, 100, 10, "join", "identity map"},
    {"select * from customers where id = ?", 100, 300, 50, "selectin", "cache"},
    {"select count(*) from orders where customer_id = ?", 100, 100, 100, "aggregate", "GROUP BY"},
    {"select count(*) from orders where customer_id = ?", 100, 200, 100, "selectin", "list"},
    {"select * from t where a = ?", UINT64_MAX, UINT64_MAX, 1, "join", "JOIN"},
};

static void advises_by_rows_and_values(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct advice_input input = {
            .kind = VERDICT_N_PLUS_ONE,
            .statement = cases[i].statement,
            .executions = cases[i].executions,
            .rows = cases[i].rows,
            .distinct_values = cases[i].distinct_values,
            .parent_column = "customers.id",
        };
        struct advice advice = advice_give(&input);
        if (strcmp(advice.strategy, cases[i].strategy) != 0 || !strstr(advice.text, cases[i].words))
            fail_msg("case %zu: %s: %s", i, advice.strategy, advice.text);
        assert_non_null(advice.sql);
        free(advice.text);
        free(advice.sql);
    }
}

static void does_not_rewrite_a_text_that_was_cut(void **state)
{
    struct advice_input input = {.statement = "select * from t where a = ?", .statement_cut = true, .executions = 1};
    struct advice advice = advice_give(&input);
    assert_null(advice.sql);
    free(advice.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rewrites_simple_shapes_and_leaves_others_alone),
        cmocka_unit_test(knows_a_statement_that_only_aggregates),
        cmocka_unit_test(advises_by_rows_and_values),
        cmocka_unit_test(does_not_rewrite_a_text_that_was_cut),
    };
    return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
