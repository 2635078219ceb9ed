#include "tests/unit/check.h"
#include "tests/unit/exporter/advice/statements.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "exporter/advice/advice.h"
#include "exporter/advice/parameter.h"
#include "exporter/advice/rewrite/join.h"
#include "exporter/advice/rewrite/selects.h"

static const struct system *system_for(bool is_postgresql)
{
    return system_named(is_postgresql ? "postgresql" : "sqlite");
}

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
    {"select * from orders where ?::int = customer_id", 1, true, "select * from orders where customer_id = any($1::int[])"},
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

    {"select count(*) filter(where a > ?), max(b) from t where c = ?", 2, true,
     "select c, count(*) filter(where a > $1), max(b) from t where c = any($2) group by c"},
    {"select string_agg(a, ?) from t where b = ?", 2, true, "select b, string_agg(a, $1) from t where b = any($2) group by b"},
    {"select a from t where id = ? and offset = ?", 1, true, NULL},
    {"select fetch from t where id = ?", 1, true, NULL},

    {"select *, (select max(x) from t) from orders where customer_id = ?", 0, false, NULL},
    {"select id from orders where state in (?) and customer_id = ?", 2, true,
     "select customer_id, id from orders where state = any($1) and customer_id = any($2)"},
    {"select a as customer_id from orders where customer_id = ?", 1, false, NULL},
    {"select a from t where b = ? and c > interval ?", 1, true, NULL},
    {"select id from t where a = ? and b = abs(?)", 1, true, NULL}, /* which abs, PostgreSQL asks */
    {"select \"Id\" from t where id = ?", 1, true, "select id, \"Id\" from t where id = any($1)"},
    {"select a from t where b = ? and c in (?) and coalesce(d, ?) = ?", 1, true,
     "select b, a from t where b = any($1) and c = any($2) and coalesce(d, $3) = $4"},
    {"select max(a, b) from t where c = ?", 1, false, NULL}, /* SQLite: of one row */

    {"select * from orders where customer_id = ? and state = ?", 0, false, NULL}, /* which one is not known */
    {"select * from orders where customer_id = ? or state = ?", 1, false, NULL},
    {"select * from orders where customer_id = ? limit ?", 1, false, NULL},
    {"select * from orders where customer_id > ?", 1, false, NULL},
    {"select * from orders where not customer_id = ?", 1, false, NULL},
    {"select * from orders where a + customer_id = ?", 1, false, NULL},
    {"select * from orders where customer_id = ? + a", 1, false, NULL},
    {"select distinct a from orders where customer_id = ?", 1, false, NULL},
    {"select all \"o\".\"a\" as \"a\" from \"orders\" as \"o\" where \"o\".\"b\" = ?", 1, true,
     "select \"o\".\"b\", \"o\".\"a\" as \"a\" from \"orders\" as \"o\" where \"o\".\"b\" = any($1)"},
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
        struct rewrite_input in = {.statement = parts_of(e->sql),
                                   .dialect = &system_for(e->is_postgresql)->dialect,
                                   .parameter = e->parameter,
                                   .has_one_row = e->has_one_row};
        check_sql(e, rewrite_select(&in));
    }
}

struct advised {
    enum verdict_kind kind;
    const char *statement;
    uint64_t executions, rows, distinct_values;
    const char *strategy;
    const char *words; /* that the text holds */
    const char *sql;   /* that the SQL holds; NULL: there is none */
    bool is_postgresql;
    const char *parent;
    bool is_elsewhere;
};

static const struct advised cases[] = {
    {VERDICT_N_PLUS_ONE, "select * from orders where customer_id = ?", 100, 400, 100, "selectin",
     "collect the values of parent_id", "in (?, ?, ...)"},
    {VERDICT_N_PLUS_ONE, "select * from orders where customer_id = ?", 100, 106, 100, "selectin", "list", "in (?, ?, ...)"},
    {VERDICT_N_PLUS_ONE, "select * from customers where id = ?", 100, 100, 100, "join", "JOIN", "in (?, ?, ...)"},
    {VERDICT_N_PLUS_ONE, "select * from customers where id = ?", 100, 105, 100, "join", "JOIN", "in (?, ?, ...)"},
    {VERDICT_N_PLUS_ONE, "select * from customers where id = ?", 100, 40, 100, "join", "JOIN", "in (?, ?, ...)"},
    {VERDICT_N_PLUS_ONE, "select * from customers where id = ?", 100, 100, 10, "join", "identity map", "in (?, ?, ...)"},
    {VERDICT_N_PLUS_ONE, "select * from customers where id = ?", 100, 300, 50, "selectin", "cache", "in (?, ?, ...)"},
    {VERDICT_N_PLUS_ONE, "select count(*) from orders where customer_id = ?", 100, 100, 100, "aggregate", "GROUP BY", "group by"},
    {VERDICT_N_PLUS_ONE, "select count(*) from orders where customer_id = ?", 100, 200, 100, "selectin", "list", "group by"},
    {VERDICT_N_PLUS_ONE, "select * from t where a = ?", UINT64_MAX, UINT64_MAX, 1, "join", "JOIN", "in (?, ?, ...)"},
    {VERDICT_N_PLUS_ONE, "select name from c where id = ?", 9, 9, 9, "join", "JOIN",
     "select o.parent_id, c.name from o left join c on c.id = o.parent_id", true, "select parent_id from o"},
    {VERDICT_N_PLUS_ONE, "select name from c where id = ?", 9, 9, 9, "selectin", "list", "any($1)", true, NULL, true},
    {VERDICT_N_PLUS_ONE, "select name from c where id = ? limit ?", 9, 9, 9, "join", "right if the column is unique", "any($1)",
     true},
    {VERDICT_N_PLUS_ONE, "select a from t where b = ? and c = ?", 9, 90, 9, "selectin", "other parameters are the same",
     "b in (?, ?, ...) and c = ?"},
    {VERDICT_N_PLUS_ONE, "select a from t where b = ? order by c limit ?", 9, 9, 9, "selectin", "window function", "nth <= ?"},
    {VERDICT_N_PLUS_ONE, "select a from t where b = ? limit ?", 9, 90, 9, "selectin", "LATERAL", NULL},
    {VERDICT_N_PLUS_ONE, "select a from t where b = ? order by c offset ? limit ?", 9, 9, 9, "selectin", "LATERAL", NULL},
    {VERDICT_N_PLUS_ONE, "select a from t where b = ? order by c offset ?", 9, 9, 9, "selectin", "LATERAL", NULL},
    {VERDICT_N_PLUS_ONE, "select a from t where b = ? order by c fetch first ? rows only", 9, 9, 9, "selectin", "LATERAL", NULL},
    {VERDICT_N_PLUS_ONE, "select ? from t where b = ? offset ?", 9, 9, 9, "aggregate", "EXISTS as a column", NULL},
    {VERDICT_N_PLUS_ONE, "select a from t where b = ? union select b from u", 9, 90, 9, "selectin", "UNION", NULL},
    {VERDICT_N_PLUS_ONE, "select distinct a from t where b = ?", 9, 90, 9, "selectin", "DISTINCT", NULL},
    {VERDICT_N_PLUS_ONE, "select a, count(*) from t where b = ? group by a", 9, 90, 9, "selectin", "GROUP BY needs", NULL},
    {VERDICT_N_PLUS_ONE, "select a, rank() over(order by c) from t where b = ?", 9, 90, 9, "selectin", "PARTITION BY", NULL},
    {VERDICT_N_PLUS_ONE, "select a from t where b = ? for update", 9, 90, 9, "selectin", "locks", NULL},
    {VERDICT_N_PLUS_ONE, "select a from t where b in (select c from u where d = ?)", 9, 90, 9, "selectin", "sub-select", NULL},
    /* Keys come before counts: one row for each today, and several tomorrow. */
    {VERDICT_N_PLUS_ONE, "select likes from posts where user_id = ?", 3, 3, 3, "selectin", "list", "user_id in (?, ?, ...)",
     false, "select u.id as parent_id from users u"},
    {VERDICT_N_PLUS_ONE, "select likes from posts where writer = ?", 3, 3, 3, "selectin", "users.id", "writer in (?, ?, ...)",
     false, "select u.id as parent_id from users u"},
    {VERDICT_N_PLUS_ONE, "select name from users where user_id = ?", 3, 3, 3, "join", "JOIN", "left join users", false,
     "select author as parent_id from posts"},
    /* The parent's own row, trees, functions. */
    {VERDICT_N_PLUS_ONE, "select bio from users where id = ?", 9, 9, 9, "cache", "has these rows already", NULL, false,
     "select id as parent_id, name from users"},
    {VERDICT_N_PLUS_ONE, "select u.bio from users u inner join posts p on p.user_id = u.id where u.id = ?", 9, 9, 9, "cache",
     "has these rows already", NULL, false, "select id as parent_id, name from users"},
    {VERDICT_N_PLUS_ONE, "select * from users u inner join posts p on p.user_id = u.id where u.id = ?", 9, 9, 9, "cache",
     "has these rows already", NULL, false, "select id as parent_id, name from users"},
    /* What belongs to it, which is reached by the parent's own key. */
    {VERDICT_N_PLUS_ONE, "select u.id as u_id, u.name from users u inner join posts p on p.user_id = u.id where p.id = ?", 9, 9,
     9, "join", "JOIN", "select p.id, ", false, "select id as parent_id, user_id from posts"},
    {VERDICT_N_PLUS_ONE, "select users.* from users inner join posts p on p.user_id = users.id where p.id in (?)", 9, 9, 9,
     "join", "JOIN", "select p.id, ", false, "select id as parent_id, user_id from posts"},
    {VERDICT_N_PLUS_ONE, "select t.name from tags t inner join posts p on p.id = t.post_id where p.id = ?", 9, 40, 9, "selectin",
     "list", "select p.id, ", false, "select id as parent_id from posts"},
    {VERDICT_N_PLUS_ONE, "select id from nodes where up = ?", 9, 9, 9, "selectin", "WITH RECURSIVE", "up in (?, ?, ...)", false,
     "select id as parent_id from nodes"},
    {VERDICT_N_PLUS_ONE, "select setval(?, ?)", 9, 9, 9, "batch", "setval(<its column>) from", NULL, true},
    {VERDICT_N_PLUS_ONE, "select pg_catalog.lo_create(?)", 9, 9, 9, "batch", "unnest(", NULL, true},
    {VERDICT_N_PLUS_ONE, "select slug(?)", 9, 9, 9, "batch", "(values (?), (?), ...)", NULL},
    {VERDICT_N_PLUS_ONE, "select * from totals_of(?)", 9, 90, 9, "join", "cross join lateral totals_of(", NULL, true},
    {VERDICT_N_PLUS_ONE, "select count(*) from orders where customer_id = ?", 9, 9, 9, "aggregate", "GROUP BY", "group by"},
    {VERDICT_N_PLUS_ONE, "select ? from orders where customer_id = ?", 9, 9, 9, "aggregate", "EXISTS as a column", NULL},
    {VERDICT_N_PLUS_ONE, "select exists(select ? from orders where customer_id = ?)", 9, 9, 9, "aggregate", "EXISTS as a column",
     NULL},
    {VERDICT_N_PLUS_ONE, "select ? from object_permissions where object_id = ?", 9, 9, 9, "aggregate",
     "permissions of all objects", NULL},
    {VERDICT_DUPLICATE_QUERY, "select * from t where a = ?", 9, 9, 1, "cache", "identity map", NULL},
    {VERDICT_WRITE_LOOP, "insert into t(a, b) values (?)", 9, 0, 9, "batch", "all of them in one transaction",
     "insert into t(a, b) values (?, ?), (?, ?), ..."},
    {VERDICT_WRITE_LOOP, "insert into t(a, \"b\") values (?) on conflict(a) do nothing returning a", 9, 0, 9, "batch", "COPY",
     "insert into t(a, \"b\") values ($1, $2), ($3, $4), ... on conflict(a) do nothing returning a", true},
    {VERDICT_WRITE_LOOP, "insert or ignore into t(a) values (?)", 9, 0, 9, "batch", "INSERT ... SELECT",
     "insert or ignore into t(a) values (?), (?), ..."},
    {VERDICT_WRITE_LOOP, "insert into t(a) values (?) on conflict(a) do update set b = excluded.b", 9, 0, 9, "batch",
     "no key twice", "insert into t(a) values ($1), ($2), ... on conflict(a) do update set b = excluded.b", true},
    {VERDICT_WRITE_LOOP, "insert into t values (?)", 9, 0, 9, "batch", "one statement", NULL},
    {VERDICT_WRITE_LOOP, "insert into t(a, b) values (?, now())", 9, 0, 9, "batch", "one statement", NULL},
    {VERDICT_WRITE_LOOP, "insert into t(a) values (?) on conflict(a) do update set b = ?", 9, 0, 9, "batch", "one statement",
     NULL},
    {VERDICT_WRITE_LOOP, "insert into t(a) select b from u where c = ?", 9, 0, 9, "batch", "one statement", NULL},
    {VERDICT_WRITE_LOOP, "update t set a = ? where b = ?", 9, 0, 9, "batch", "UPDATE ... FROM (VALUES", NULL},
    {VERDICT_WRITE_LOOP, "delete from t where b = ?", 9, 0, 9, "batch", "one statement", "delete from t where b in (?, ?, ...)"},
    {VERDICT_WRITE_LOOP, "delete from t where b = ? returning c", 9, 0, 9, "batch", "one statement",
     "delete from t where b = any($1) returning c", true},
    {VERDICT_WRITE_LOOP, "delete from t where b = ? or c", 9, 0, 9, "batch", "one statement", NULL},
    {VERDICT_WRITE_LOOP, "delete from t where b = ? order by c limit ?", 9, 0, 9, "batch", "one statement", NULL},
    {VERDICT_JOIN_FANOUT, "select * from a join b on a.id = b.a_id", 1, 900, 1, "selectin", "repeats", NULL},
    {VERDICT_UNUSED_ROWS, "select * from t", 1, 900, 1, "project", "LIMIT", NULL},
    {VERDICT_LARGE_IN_LIST, "select * from t where a in (?)", 1, 9, 1, "chunk", "temporary table", NULL},
    {VERDICT_LARGE_IN_LIST, "select * from t where a in (?) and b = ?", 1, 9, 1, "array", "JOIN",
     "select * from t where a = any($1) and b = $2", true},
    {VERDICT_LARGE_IN_LIST, "select * from t where a not in (?)", 1, 9, 1, "array", "array", "a <> all($1)", true},
    {VERDICT_LARGE_IN_LIST, "select * from t where (a, b) in ((?))", 1, 9, 1, "array", "array", NULL, true},
    {VERDICT_REPREPARE, "select * from t where a = ?", 9, 9, 9, "keep", "prepared statement", NULL},
    {VERDICT_LONG_TRANSACTION, "begin", 1, 0, 1, "commit", "nobody else can write", NULL},
    {VERDICT_LONG_TRANSACTION, "begin", 1, 0, 1, "commit", "vacuum", NULL, true},
};

static void advises_each_kind_by_its_shape_and_numbers(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct advised *c = &cases[i];
        struct advice_input input = {
            .kind = c->kind,
            .statement = c->statement,
            .system = system_for(c->is_postgresql),
            .shape = advice_shape_of(c->executions, c->rows, c->distinct_values),
            .parameter = strchr(c->statement, '?') ? 1 : 0,
            .parent_column = c->kind == VERDICT_N_PLUS_ONE ? "parent_id" : NULL,
            .parent_statement = c->parent,
            .column_source = c->parent && strstr(c->parent, "users u") ? "users.id" : NULL,
            .parent_is_elsewhere = c->is_elsewhere,
        };
        struct advice advice = advice_give(&input, statements);
        if (strcmp(advice.strategy, c->strategy) != 0 || !strstr(advice.text, c->words) || !advice.sql != !c->sql ||
            (c->sql && !strstr(advice.sql, c->sql)))
            fail_msg("case %zu, %s: %s: %s: %s", i, c->statement, advice.strategy, advice.text,
                     advice.sql ? advice.sql : "no SQL");
        assert_true(strlen(advice.text) < 500);
        free(advice.text);
        free(advice.sql);
    }
}

static const struct join_case {
    const char *parent, *column, *child;
    const char *expected; /* NULL: none; SQLite's */
} joins[] = {
    {"select a_id from p", "a_id", "select x from a where id = ?", "select p.a_id, a.x from p left join a on a.id = p.a_id"},
    {"select * from p", "a_id", "select * from a where id = ?", "select p.*, a.* from p left join a on a.id = p.\"a_id\""},
    {"select id, a_id as other from t as x where x.id > ? order by id desc", "other",
     "select id from t where id = ? and b is null",
     "select x.id, x.a_id as other, t.id from t as x left join t on t.id = x.a_id and t.b is null where x.id > ? order by x.id "
     "desc"},
    {"select id, parent_id from n", "parent_id", "select id from n where id = ?",
     "select n.id, n.parent_id, child.id from n left join n as child on child.id = n.parent_id"},
    {"select parent_id from child", "parent_id", "select id from child where id = ?",
     "select child.parent_id, child_2.id from child left join child as child_2 on child_2.id = child.parent_id"},
    {"select a_id from p", "a_id", "select x from a where (id = ? and (b in (?) or c = ?))",
     "select p.a_id, a.x from p left join a on (a.id = p.a_id and (a.b in (?, ...) or a.c = ?))"},

    {"select a_id from p limit ?", "a_id", "select x from a where id = ?", NULL},
    {"select a_id from p, q", "a_id", "select x from a where id = ?", NULL},
    {"select distinct a_id from p", "a_id", "select x from a where id = ?", NULL},
    {"select a_id + b as a_id from p", "a_id", "select x from a where id = ?", NULL},
    {"select a_id, b as a_id from p", "a_id", "select x from a where id = ?", NULL},
    {"select b from p", "a_id", "select x from a where id = ?", NULL},
    {"select *, b as a_id from p", "a_id", "select x from a where id = ?", NULL},
    {"select * from p", "A_ID", "select x from a where id = ?", NULL},
    {"select a_id from p where lower(b) = ?", "a_id", "select x from a where id = ?", NULL},
    {"select a_id from p where b collate nocase = ?", "a_id", "select x from a where id = ?", NULL},
    {"select a_id, b as c from p order by c", "a_id", "select x from a where id = ?", NULL},
    {"select a_id from p where b = \"text\"", "a_id", "select x from a where id = ?", NULL},
    {"select q.a_id from p", "a_id", "select x from a where id = ?", NULL},
    {"select a_id, current_date from p", "a_id", "select x from a where id = ?", NULL},
    {"select a_id from p", "a_id", "select x, count(*) from a where id = ?", NULL},
    {"select a_id from p", "a_id", "select x from a where id = ? order by x limit ?", NULL},
    {"select a_id from p", "a_id", "select x from a join b on a.id = b.id where a.id = ?", NULL},
    {"select a_id from p", "a_id", "select x from a where id > ?", NULL},
    {"delete from p returning a_id", "a_id", "select x from a where id = ?", NULL},
};

static void joins_parent_and_child_when_both_are_plain(void **state)
{
    for (size_t i = 0; i < sizeof joins / sizeof *joins; i++) {
        struct rewrite_input in = {
            .statement = parts_of(joins[i].child), .dialect = &system_for(false)->dialect, .parameter = 1, .has_one_row = true};
        check_sql(&(struct expected){.sql = joins[i].parent, .expected = joins[i].expected},
                  rewrite_join(&in, parts_of(joins[i].parent), joins[i].column));
    }
}

static void knows_the_mappers_by_their_files(void **state)
{
    static const struct {
        const char *file, *name;
    } files[] = {
        {"/usr/lib/python3/dist-packages/sqlalchemy/orm/strategies.py", "SQLAlchemy"},
        {"/usr/lib/python3/dist-packages/sqlalchemy/engine/base.py", NULL},
        {"/usr/lib/python3/dist-packages/django/db/models/query.py", "Django"},
        {"/usr/lib/python3/dist-packages/django/db/backends/utils.py", NULL},
        {"/usr/lib/python3/dist-packages/peewee.py", "peewee"},
        {"/srv/venv/lib/python3.12/site-packages/pony/orm/core.py", "Pony"},
        {"/usr/share/rubygems-integration/all/gems/activerecord-6.1.7.10/lib/active_record/associations/association.rb",
         "ActiveRecord"},
        {"/usr/share/rubygems-integration/all/gems/activerecord-6.1.7.10/lib/active_record/connection_adapters/"
         "abstract_adapter.rb",
         NULL},
        {"/usr/lib/ruby/vendor_ruby/sequel/model/associations.rb", "Sequel"},
        {"/usr/lib/ruby/vendor_ruby/sequel/dataset/actions.rb", "Sequel"},
        {"/usr/lib/ruby/vendor_ruby/sequel/adapters/sqlite.rb", NULL},
        {"/usr/share/perl5/DBIx/Class/Row.pm", "DBIx::Class"},
        {"/srv/app/vendor/doctrine/orm/lib/Doctrine/ORM/PersistentCollection.php", "Doctrine"},
        {"/srv/app/vendor/laravel/framework/src/Illuminate/Database/Eloquent/Builder.php", "Eloquent"},
        {"/srv/node_modules/typeorm/entity-manager/EntityManager.js", "TypeORM"},
        {"/srv/node_modules/sequelize/lib/model.js", "Sequelize"},
        {"/srv/node_modules/@prisma/client/runtime/client.js", "Prisma"},
        {"/srv/node_modules/@prisma/adapter-pg/dist/index.js", NULL},
        {"/srv/node_modules/@mikro-orm/core/EntityManager.js", "MikroORM"},
        {"/srv/node_modules/objection/lib/queryBuilder/QueryBuilder.js", "Objection"},
        {"/srv/node_modules/pg/lib/client.js", NULL},
        {"/srv/app/main.py", NULL},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const struct orm *orm = orm_of_file(files[i].file);
        if (!orm != !files[i].name || (orm && strcmp(orm->name, files[i].name) != 0))
            fail_msg("%s is %s", files[i].file, orm ? orm->name : "none");
    }
}

/* Two frames: the innermost one of a mapper, or of a library above one. */
static void speaks_a_mappers_words_when_its_frames_are_on_the_stack(void **state)
{
    struct model_frame frames[] = {
        {.file = "/x/site-packages/sqlalchemy/engine/base.py"},        {.file = "/x/site-packages/sqlalchemy/orm/strategies.py"},
        {.file = "/srv/app/django/db/models/shop.py", .in_app = true}, {.file = NULL},
        {.file = "/x/site-packages/django/db/models/query.py"},
    };
    struct model_node nodes[] = {{1, 0}, {2, 1}, {3, 2}, {MODEL_NONE, 4}};
    struct model model = {.frames = frames, .frame_count = 5, .nodes = nodes, .node_count = 4};
    struct orm_marks marks = orm_mark(frames, 5);
    struct orm_use use = orm_recognise(&model, marks, 0);
    char *words = orm_describe_fix(&use, ORM_MANY, "or\"ders");
    assert_string_equal(words,
                        "with SQLAlchemy: selectinload(<the relationship to \"or\"ders\">) in the parent query's options()");
    free(words);
    assert_int_equal(use.clues, ORM_CLUE_LAZY);

    use = orm_recognise(&model, marks, 3);
    words = orm_describe_fix(&use, ORM_ONE, NULL);
    assert_non_null(
        strstr(words, "with Django, where the rows are those of a relationship: select_related(<the foreign key to the table>)"));
    free(words);
    use = orm_recognise(&model, marks, MODEL_NONE);
    assert_null(use.orm);
    assert_null(orm_describe_fix(&use, ORM_MANY, "t"));
    static const char *const whole[] = {"/peewee.py",
                                        "/node_modules/typeorm/",
                                        "/node_modules/sequelize/",
                                        "/node_modules/@prisma/client/",
                                        "/node_modules/@mikro-orm/",
                                        "/node_modules/objection/"};
    for (size_t i = 0; i < ARRAY_LENGTH(whole); i++) {
        use.orm = orm_of_file(whole[i]);
        for (int fix = 0; fix <= ORM_PROJECT; fix++) {
            words = orm_describe_fix(&use, (enum orm_fix)fix, "t");
            assert_non_null(words);
            assert_true(fix == ORM_PROJECT || strstr(words, "\"t\""));
            assert_null(strstr(words, "%s"));
            free(words);
        }
    }
}

static void does_not_rewrite_a_text_that_was_cut(void **state)
{
    struct advice_input input = {.statement = "select * from t where a = ?", .statement_cut = true, .system = system_for(false)};
    struct advice advice = advice_give(&input, statements);
    assert_null(advice.sql);
    free(advice.text);
}

static void finds_the_placeholder_of_a_parameter(void **state)
{
    static const struct {
        const char *text;
        uint32_t sent, sent_count, expected;
    } rows[] = {
        {"select a from t where b = ? and c = ?", 2, 2, 2},
        {"select a from t where b = ? and c = ?", 2, 0, 2},
        {"select a from t where b = ? and c = ?", 3, 3, 0},
        {"select a from t where b = ? and c = ?", 0, 2, 0},
        {"select a from t where b in (?) and c = ?", 5, 5, 2},
        {"select a from t where b in (?) and c = ?", 2, 2, 2},
        {"select a from t where b in (?) and c = ?", 4, 5, 1}, /* the last one of the list */
        {"select a from t where b in (?) and c = ?", 1, 5, 1},
        {"select a from t where b in (?) and c = ?", 5, 0, 0}, /* the text's length is not known */
        {"select a from t where b in (?) and c = ?", 6, 5, 0},
        {"select a from t where b in (?) and c = ?", 2, 1, 0},
        {"select a from t where b = ? and c in (?)", 1, 0, 1},
        {"select a from t where b = ? and c in (?)", 3, 9, 2},
        {"select a from t where b in (?) and c = ? and d in (?) and e = ?", 7, 8, 0}, /* anywhere */
        {"select a from t where b in (?) and c = ? and d in (?) and e = ?", 8, 8, 4},
        {"select a from t where b in (?) and c = ? and d in (?) and e = ?", 2, 4, 2},
        {"select a from t where (b, c) in ((?, ?)) and d = ?", 7, 7, 3},
        {"select a from t where (b, c) in ((?, ?)) and d = ?", 6, 7, 0},
        {"insert into t(a, b) values (?, ?) on conflict(a) do update set b = ?", 21, 21, 3},
        {"select a from t where b = array[?] and c = ?", 1, 5, 0}, /* not understood */
        {"update t set a = a + ? where b = ?", 2, 2, 2},           /* nor is that, but each has its own */
        {"update t set a = a + ? where b = ?", 2, 0, 0},
        {"update t set a = a + ? where b in (?)", 2, 3, 0},
        {"select", 1, 1, 0},
        {"", UINT32_MAX, UINT32_MAX, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (parameter_shown(parts_of(rows[i].text), rows[i].sent, rows[i].sent_count) != rows[i].expected)
            fail_msg("%s: %u of %u is not %u", rows[i].text, rows[i].sent, rows[i].sent_count, rows[i].expected);
    }
}

/* The words are looked up by halves, so one that stands in the wrong place would be lost. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rewrites_simple_shapes_and_leaves_others_alone, begin, end),
        cmocka_unit_test_setup_teardown(advises_each_kind_by_its_shape_and_numbers, begin, end),
        cmocka_unit_test_setup_teardown(joins_parent_and_child_when_both_are_plain, begin, end),
        cmocka_unit_test_setup_teardown(knows_the_mappers_by_their_files, begin, end),
        cmocka_unit_test_setup_teardown(speaks_a_mappers_words_when_its_frames_are_on_the_stack, begin, end),
        cmocka_unit_test_setup_teardown(does_not_rewrite_a_text_that_was_cut, begin, end),
        cmocka_unit_test_setup_teardown(finds_the_placeholder_of_a_parameter, begin, end),
    };
    return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
