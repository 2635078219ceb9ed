#include "tests/unit/check.h"
#include "tests/unit/exporter/advice/statements.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/advice/advice.h"
#include "exporter/advice/company.h"
#include "exporter/advice/rewrite/selects.h"
#include "exporter/advice/source.h"
#include "exporter/stream/nplus1.pb-c.h"

static const struct system *system_for(bool is_postgresql)
{
    return system_named(is_postgresql ? "postgresql" : "sqlite");
}

static void finds_the_column_behind_a_name_and_what_it_is(void **state)
{
    static const struct {
        const char *statement, *name, *table, *column; /* column NULL: none */
        bool is_own_key, is_foreign_key;
    } rows[] = {
        {"select posts.id as t0_r0, posts.author_id as t0_r6 from posts", "t0_r6", "posts", "author_id", false, true},
        {"select distinct p.id as a from \"Posts\" as p left join users u on u.id = p.user_id", "a", "posts", "id", true, false},
        {"select p.id as a, u.id as b from posts p left join users u on u.id = p.user_id limit ?", "b", "users", "id", true,
         false},
        {"select user_id from users", "user_id", "users", "user_id", true, false},
        {"select CategoryId from categories", "CategoryId", "categories", "categoryid", true, false},
        {"select id_box from boxes", "id_box", "boxes", "id_box", true, false},
        {"select order_item_id from order_items", "order_item_id", "order_items", "order_item_id", true, false},
        {"select item_id from order_items", "item_id", "order_items", "item_id", false, true},
        {"select * from users", "name", "users", "name", false, false},
        {"select u.*, p.likes from users u, posts p", "id", "users", "id", true, false},
        {"select max(id) as top from users", "top", NULL, NULL, false, false},
        {"select a.id, b.id from a, b", "id", NULL, NULL, false, false},
        {"select id from users", "name", NULL, NULL, false, false},
        {"insert into users(id) values (?)", "id", NULL, NULL, false, false},
        {"select", "id", NULL, NULL, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct source source;
        bool found = source_of_result(parts_of(rows[i].statement), rows[i].name, &source);
        if (found != (rows[i].column != NULL))
            fail_msg("%s in %s", rows[i].name, rows[i].statement);
        if (!found)
            continue;
        assert_string_equal(source.table, rows[i].table);
        assert_string_equal(source.column, rows[i].column);
        assert_int_equal(source_is_own_key(&source), rows[i].is_own_key);
        assert_int_equal(source_is_foreign_key(&source), rows[i].is_foreign_key);
    }
}

/* An input, and words that its text holds or, with a !, does not hold. */
static void check_words(const struct advice_input *input, const char *const *words)
{
    struct advice advice = advice_give(input, statements);
    for (; *words; words++) {
        bool wanted = **words != '!';
        if ((strstr(advice.text, *words + !wanted) != NULL) != wanted)
            fail_msg("%s: %s", advice.text, *words);
    }
    free(advice.text);
    free(advice.sql);
}

static void says_what_savepoints_cost_and_what_an_import_asks(void **state)
{
    struct advice_input input = {
        .kind = VERDICT_WRITE_LOOP,
        .statement = "insert into t(a) values (?)",
        .system = system_for(true),
        .company = {.executions = 1000, .savepoints = 1400, .savepoints_open = 600},
    };
    check_words(&input, (const char *const[]){"2400 statements for 1000 executions", "600 savepoints stay open", NULL});
    input.company.savepoints_open = 1;
    check_words(&input, (const char *const[]){"2400 statements", "!stay open", NULL});
    input.company = (struct advice_company){.executions = 1000};
    check_words(&input, (const char *const[]){"!savepoint", NULL});

    input = (struct advice_input){.kind = VERDICT_N_PLUS_ONE,
                                  .statement = "select id from t where a = ?",
                                  .system = system_for(true),
                                  .shape = {.has_one_row = true, .is_mostly_none = true},
                                  .company = {.inserts = true}};
    check_words(&input, (const char *const[]){"ON CONFLICT", NULL});
    input.shape = (struct advice_shape){.has_rows = true, .has_one_row = true}; /* what was found is not inserted */
    check_words(&input, (const char *const[]){"!ON CONFLICT", NULL});
    input.shape = (struct advice_shape){.has_one_row = true, .is_mostly_none = true};
    input.parent_column = "id";
    check_words(&input, (const char *const[]){"!ON CONFLICT", "JOIN", NULL});
    input.parent_is_itself = true;
    check_words(&input, (const char *const[]){"WITH RECURSIVE", NULL});
}

static void asks_which_keys_have_rows(void **state)
{
    static const struct {
        const char *sql;
        uint32_t parameter;
        bool is_postgresql;
        const char *expected; /* NULL: left alone */
    } keys[] = {
        {"select ? from orders where customer_id = ?", 2, false,
         "select distinct customer_id from orders where customer_id in (?, ?, ...)"},
        {"select ? as one from \"orders\" where \"orders\".\"customer_id\" = ? and (total > ?) order by id limit ?", 2, true,
         "select distinct \"orders\".\"customer_id\" from \"orders\" where \"orders\".\"customer_id\" = any($1) and (total > "
         "$2)"},
        {"select ? from orders o join items i on i.order_id = o.id where o.customer_id = ? limit ?", 2, false,
         "select distinct o.customer_id from orders o join items i on i.order_id = o.id where o.customer_id in (?, ?, ...)"},
        {"select ? from orders where customer_id = ? limit ? offset ?", 2, false, NULL},
        {"select exists(select ? from orders where customer_id = ?)", 2, false, NULL},
        {"select ? from orders where customer_id = ? or total = ?", 2, false, NULL},
        {"select ? from orders", 0, false, NULL},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct rewrite_input in = {.statement = parts_of(keys[i].sql),
                                   .dialect = &system_for(keys[i].is_postgresql)->dialect,
                                   .parameter = keys[i].parameter};
        struct rewriting r = rewrite_keys(&in);
        assert_int_equal(r.has_others, strstr(keys[i].sql, "total > ?") != NULL);
        assert_int_equal(!r.sql, !keys[i].expected);
        if (r.sql)
            assert_string_equal(r.sql, keys[i].expected);
        free(r.sql);
    }
}

/* 40 look-ups of which 13 gave nothing, and 13 inserts of what was not there. */
static void knows_the_inserts_of_what_was_not_there(void **state)
{
    struct model_frame frames[] = {{.function = "tag_id", .file = "app.py", .in_app = true}};
    struct model_node nodes[] = {{.parent = MODEL_NONE, .frame = 0}};
    struct model_statement texts[] = {
        {.text = "select id from tags where name = ?", .length = strlen("select id from tags where name = ?")},
        {.text = "insert into tags(name) values (?)",
         .length = strlen("insert into tags(name) values (?)"),
         .verb = NPLUS1__VERB__VERB_INSERT},
    };
    struct model_group groups[] = {
        {.statement = 0, .executions = 40, .rows = 27, .location = 0},
        {.statement = 1, .executions = 13, .location = 0},
    };
    struct model model = {.frames = frames,
                          .frame_count = 1,
                          .nodes = nodes,
                          .node_count = 1,
                          .statements = texts,
                          .statement_count = 2,
                          .groups = groups,
                          .group_count = 2};
    static const struct {
        uint64_t rows, inserts;
        bool known;
    } counts[] = {{27, 13, true},  {27, 12, true}, {27, 9, false}, {27, 18, false},
                  {40, 13, false}, {38, 2, false}, {60, 0, false}};

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        groups[0].rows = counts[i].rows;
        groups[1].executions = counts[i].inserts;
        struct company *company = company_create(&model);
        struct advice_company found = company_find(company, statements, 0);
        company_destroy(company);
        assert_int_equal(found.inserts_absent, counts[i].known);
        struct advice_input input = {.kind = VERDICT_N_PLUS_ONE,
                                     .statement = texts[0].text,
                                     .system = system_for(false),
                                     .shape = advice_shape_of(40, counts[i].rows, 40),
                                     .company = found};
        check_words(&input, (const char *const[]){counts[i].known ? "ON CONFLICT" : "!ON CONFLICT", "list", NULL});
    }
}

/* Nobody knows where the values come from: then there is no parent to JOIN. */
static void speaks_of_no_parent_where_none_is_known(void **state)
{
    struct advice_input input = {.kind = VERDICT_N_PLUS_ONE,
                                 .statement = "select name from tags where id = ?",
                                 .system = system_for(false),
                                 .shape = {.has_rows = true, .has_one_row = true}};
    check_words(&input, (const char *const[]){"by one list", "where there is one", "!each parent", NULL});
    input.shape = (struct advice_shape){.has_rows = true, .has_many = true};
    check_words(&input, (const char *const[]){"by one list", "!parent", NULL});
    input.statement = "select name from tags where name like ? limit ?";
    check_words(&input, (const char *const[]){"patterns", "OR", "!list", NULL});
    input.system = system_for(true);
    check_words(&input, (const char *const[]){"patterns", "LIKE ANY", NULL});
    input.parent_column = "name";
    check_words(&input, (const char *const[]){"!patterns", "parent", NULL});
}

static void a_row_that_is_locked_is_about_to_be_written(void **state)
{
    struct advice_input input = {.kind = VERDICT_N_PLUS_ONE,
                                 .statement = "select views from posts where id = ? for update",
                                 .system = system_for(true),
                                 .shape = {.has_rows = true, .has_one_row = true},
                                 .parameter = 1,
                                 .parent_column = "id",
                                 .parent_statement = "select id from posts"};
    check_words(&input, (const char *const[]){"let the UPDATE compute", "would lock all of them at once", "!JOIN", NULL});
    input.statement = "select views from posts where id = ?";
    check_words(&input, (const char *const[]){"!let the UPDATE compute", NULL});
}

/* PostgreSQL refuses to update a row twice by one statement, SQLite does it. */
static void warns_of_keys_that_come_twice_where_that_is_an_error(void **state)
{
    struct advice_input input = {.kind = VERDICT_WRITE_LOOP,
                                 .statement = "insert into t(a) values (?) on conflict(a) do update set b = excluded.b",
                                 .system = system_for(true)};
    check_words(&input, (const char *const[]){"no key twice", NULL});
    input.system = system_for(false);
    check_words(&input, (const char *const[]){"!no key twice", NULL});
    input.statement = "update t set a = ? where b = ?";
    check_words(&input, (const char *const[]){"where all rows get the same values", "!execute_batch", NULL});
    input.system = system_for(true); /* psycopg2's executemany is a loop itself */
    check_words(&input, (const char *const[]){"psycopg2: execute_values() or execute_batch()", NULL});
}

static void says_for_ranges_what_to_do_with_ranges(void **state)
{
    struct advice_input input = {.kind = VERDICT_N_PLUS_ONE,
                                 .statement = "select title from nodes where depth = ? and path between ? and ?",
                                 .system = system_for(true),
                                 .shape = {.has_rows = true, .has_many = true}};

    (void)state;
    check_words(&input, (const char *const[]){"the rows of all ranges", "!by one list", NULL});
    input.statement = "select title from nodes where lft > ? and lft < ?";
    check_words(&input, (const char *const[]){"the rows of all ranges", NULL});
    input.parent_column = "lft";
    check_words(&input, (const char *const[]){"!the rows of all ranges", NULL});
    input.parent_column = NULL;
    input.statement = "select title from nodes where lft > ? and kind = ?";
    check_words(&input, (const char *const[]){"!the rows of all ranges", NULL});
}

static void writes_no_sql_where_other_parameters_differ(void **state)
{
    struct advice_input input = {
        .kind = VERDICT_N_PLUS_ONE,
        .statement = "select id from bookings where seat_row = ? and seat_num = ?",
        .system = system_for(true),
        .shape = {.has_rows = true, .has_one_row = true},
        .parameter = 1,
        .parent_column = "row",
        .parent_statement = "select row, num from seats",
    };
    struct advice advice = advice_give(&input, statements);
    assert_non_null(advice.sql);
    assert_non_null(strstr(advice.text, "right if the other parameters are the same each time"));
    free(advice.text);
    free(advice.sql);

    input.others_vary = true;
    advice = advice_give(&input, statements);
    assert_null(advice.sql);
    assert_false(advice.joins);
    assert_non_null(strstr(advice.text, "its other parameters differ, too"));
    assert_non_null(strstr(advice.text, "(a, b) in ((?, ?), ...)")); /* VALUES would give its parameters types */
    free(advice.text);

    input.others = (struct advice_others){.count = 1, .of = {{2, "num"}}};
    advice = advice_give(&input, statements);
    assert_string_equal(advice.sql, "select seats.row, seats.num, bookings.id from seats left join bookings on "
                                    "bookings.seat_row = seats.row and bookings.seat_num = seats.num");
    assert_null(strstr(advice.text, "other parameters"));
    free(advice.text);
    free(advice.sql);
    input.statement = "select id from bookings where seat_row = ? and (seat_num + ? or day = ?)"; /* not a plain comparison */
    advice = advice_give(&input, statements);
    assert_null(advice.sql);
    assert_non_null(strstr(advice.text, "too: JOIN on all of them"));
    assert_null(strstr(advice.text, "compare"));
    free(advice.text);
}

static void rows_of_another_table_are_not_there_already(void **state)
{
    struct advice_input input = {
        .kind = VERDICT_N_PLUS_ONE,
        .statement = "select authors.name, authors.born from authors where authors.id = ?",
        .system = system_for(true),
        .shape = {.has_rows = true, .has_one_row = true},
        .parameter = 1,
        .parent_column = "id",
        .parent_statement = "select authors.id from authors",
    };
    check_words(&input, (const char *const[]){"has these rows already", NULL});
    input.statement =
        "select books.id, books.title from books inner join authors on authors.id = books.author_id where authors.id = ?";
    input.shape.has_one_row = false;
    check_words(&input, (const char *const[]){"!has these rows already", "one list", NULL});
}

static void the_limit_of_one_value_is_none(void **state)
{
    struct advice_input input = {
        .kind = VERDICT_N_PLUS_ONE,
        .statement = "select count(*) as n from books where books.author_id = ? limit ?",
        .system = system_for(true),
        .shape = advice_shape_of(9, 9, 9),
        .parameter = 1,
        .parent_column = "id",
        .parent_statement = "select authors.id from authors",
    };
    check_words(&input, (const char *const[]){"GROUP BY", "!LIMIT", NULL});
    input.statement = "select id from books where books.author_id = ? order by id limit ? offset ?";
    input.shape = advice_shape_of(9, 27, 9);
    check_words(&input, (const char *const[]){"its LIMIT is for each parent", NULL});
    /* by its key, with what belongs to it: Piccolo's get_related() */
    input.statement =
        "select all a.name as name from books left join authors as a on (books.author_id = a.id) where books.id = ? limit ?";
    input.shape = advice_shape_of(9, 9, 9);
    check_words(&input, (const char *const[]){"JOIN the one row", "!its LIMIT", NULL});
    input.statement = "select a.name from books left join authors as a on (books.author_id = a.id) where a.number = ? limit ?";
    check_words(&input, (const char *const[]){"its LIMIT is for each parent", NULL});
}

static void what_belongs_to_a_row_that_is_loaded_again_is_not_there_already(void **state)
{
    struct model_frame frame = {.file = "/x/site-packages/sqlalchemy/orm/session.py", .function = "Session.refresh"};
    struct model_node node = {.parent = MODEL_NONE};
    struct model model = {.frames = &frame, .frame_count = 1, .nodes = &node, .node_count = 1};
    struct orm_marks marks = orm_mark(&frame, 1);
    struct advice_input input = {
        .kind = VERDICT_N_PLUS_ONE,
        .statement = "select books.id, books.author_id from books where ? = books.author_id",
        .system = system_for(true),
        .shape = advice_shape_of(9, 27, 9),
        .parameter = 1,
        .parent_column = "id",
        .parent_statement = "select authors.id, authors.name from authors",
        .orm = orm_recognise(&model, marks, 0),
    };
    check_words(&input, (const char *const[]){"!has these rows already", "!refresh()", "selectinload(", NULL});
    input.statement = "select authors.id, authors.name from authors where authors.id = ?";
    check_words(&input, (const char *const[]){"has these rows already", "leave refresh() out", NULL});
    /* the row's part in another table, which has its key as its own */
    input.statement =
        "select authors.name, books.id from books inner join authors on authors.id = books.author_id where books.author_id = ?";
    check_words(&input, (const char *const[]){"leave refresh() out", NULL});
}

/* A stack of up to three frames, innermost first, and what is said of a statement that came through it. */
static void speaks_each_mappers_words_for_the_cause(void **state)
{
#define DJANGO     "/x/site-packages/django/db/models/"
#define SQLALCHEMY "/x/site-packages/sqlalchemy/orm/"
#define RECORD     "/x/gems/activerecord-6.1/lib/active_record/"
#define DOCTRINE   "/x/vendor/doctrine/orm/lib/Doctrine/ORM/"
#define ELOQUENT   "/x/vendor/laravel/framework/src/Illuminate/Database/Eloquent/"
#define YII        "/x/vendor/yiisoft/yii2/db/"
#define ROW        "select name from users where id = ?"
#define ROWS       "select name from posts where user_id = ?"
#define CHECK      "select ? as one from users where name = ? limit ?"
#define COUNT      "select count(?) from (select ? from posts as t where (t.user_id = ?)) as \"_wrapped\""
#define COUNTED    "select count(*) as count_1 from (select posts.id as a from posts where ? = posts.user_id) as anon_1"
#define EMPTY      "select ? from (select posts.id from posts where posts.user_id = ? limit ?) as \"_tmp\" limit ?"
#define UPDATE     "update users set name = ? where id = ?"
#define INSERT     "insert into users(name) values (?)"
#define DELETE     "delete from users where id = ?"
    static const struct {
        const char *files[3], *functions[3];
        const char *statement, *words;
        enum verdict_kind kind;
    } rows[] = {
        {{SQLALCHEMY "session.py", SQLALCHEMY "state.py"},
         {"Session.execute", "InstanceState._load_expired"},
         ROW,
         "expire_on_commit=False"},
        {{SQLALCHEMY "loading.py", SQLALCHEMY "session.py"}, {"load", "Session.refresh"}, ROW, "leave refresh() out"},
        {{SQLALCHEMY "loading.py", SQLALCHEMY "strategies.py"},
         {"load", "DeferredColumnLoader._load_for_state"},
         ROW,
         "undefer()"},
        {{SQLALCHEMY "strategies.py"}, {"LazyLoader._emit_lazyload"}, ROW, "joinedload(<the relationship to \"users\">)"},
        {{SQLALCHEMY "strategies.py"}, {"LazyLoader._emit_lazyload"}, ROWS, "selectinload("},
        {{SQLALCHEMY "persistence.py"}, {"save_obj"}, INSERT, "insert(<the class of \"users\">)", VERDICT_WRITE_LOOP},
        {{SQLALCHEMY "persistence.py"}, {"save_obj"}, UPDATE, "update(<the class of \"users\">)", VERDICT_WRITE_LOOP},
        {{SQLALCHEMY "persistence.py"}, {"save_obj"}, DELETE, "delete(<the class of \"users\">)", VERDICT_WRITE_LOOP},
        {{DJANGO "base.py", DJANGO "query_utils.py"},
         {"Model.refresh_from_db", "DeferredAttribute.__get__"},
         ROW,
         "name the column in only()"},
        {{DJANGO "base.py"}, {"Model.refresh_from_db"}, ROW, "leave refresh_from_db() out"},
        {{DJANGO "query.py", DJANGO "base.py"}, {"exists", "Model._perform_unique_checks"}, CHECK, "in_bulk() of \"users\""},
        {{DJANGO "query.py"}, {"QuerySet.exists"}, CHECK, "Exists("},
        {{DJANGO "query.py", DJANGO "fetch_modes.py", DJANGO "fields/related_descriptors.py"},
         {"get", "FetchOne.fetch", "__get__"},
         ROW,
         "or fetch_mode(FETCH_PEERS) on the parent's queryset"},
        {{DJANGO "query.py", DJANGO "fields/related_descriptors.py"}, {"get", "__get__"}, ROW, "or prefetch_related()"},
        {{DJANGO "query.py", "/x/site-packages/guardian/core.py"}, {"exists", "has_perm"}, CHECK, "prefetch_perms()"},
        {{DJANGO "base.py"}, {"save"}, UPDATE, "bulk_update() of \"users\"", VERDICT_WRITE_LOOP},
        {{RECORD "core.rb", RECORD "persistence.rb"}, {"find", "reload"}, ROW, "leave reload out"},
        {{RECORD "relation/finder_methods.rb", RECORD "validations/uniqueness.rb"},
         {"exists?", "validate_each"},
         CHECK,
         "unique_by"},
        {{RECORD "persistence.rb"}, {"delete"}, DELETE, "delete_all", VERDICT_WRITE_LOOP},
        {{"/x/sequel/model/base.rb"}, {"_refresh"}, ROW, "leave refresh out"},
        {{"/x/DBIx/Class/Row.pm"}, {"DBIx::Class::Row::update"}, UPDATE, "->update({...})", VERDICT_WRITE_LOOP},
        {{SQLALCHEMY "query.py"}, {"Query.count"}, COUNTED, "group_by() over \"posts\""},
        {{DOCTRINE "Persisters/Entity/BasicEntityPersister.php"},
         {"loadOneToOneEntity"},
         ROWS,
         "make the parent the owning side"},
        {{ELOQUENT "Builder.php", ELOQUENT "Model.php"}, {"first", "refresh"}, ROW, "leave refresh() and fresh() out"},
        {{YII "Command.php", YII "BaseActiveRecord.php"},
         {"yii\\db\\Command::queryAll", "yii\\db\\BaseActiveRecord::__get"},
         ROWS,
         "with Yii: with(<the relation to \"posts\">)"},
        {{YII "Command.php", YII "BaseActiveRecord.php"},
         {"yii\\db\\Command::queryOne", "yii\\db\\BaseActiveRecord::refresh"},
         ROW,
         "leave refresh() out, or load all of \"users\" again by one findAll"},
        {{YII "Command.php"}, {"yii\\db\\Command::execute"}, DELETE, "deleteAll() of \"users\"", VERDICT_WRITE_LOOP},
        {{ELOQUENT "Builder.php"}, {"firstOrCreate"}, CHECK, "insertOrIgnore()"},
        {{ELOQUENT "Model.php"}, {"delete"}, DELETE, "->delete() of \"users\"", VERDICT_WRITE_LOOP},
        {{"org/hibernate/sql/exec/spi/JdbcSelectExecutor.java", "org/hibernate/collection/spi/PersistentBag.java"},
         {"org.hibernate.sql.exec.spi.JdbcSelectExecutor.list", "org.hibernate.collection.spi.PersistentBag.iterator"},
         ROWS,
         "with Hibernate: JOIN FETCH of <the collection of \"posts\">"},
        {{"org/hibernate/sql/exec/spi/JdbcSelectExecutor.java",
          "org/springframework/data/jpa/repository/query/JpaQueryExecution.java"},
         {"org.hibernate.sql.exec.spi.JdbcSelectExecutor.list", "execute"},
         ROWS,
         "with Hibernate, where the rows are those of a relationship: JOIN FETCH"},
        {{"org/jooq/impl/AbstractResultQuery.java"}, {"fetch"}, ROWS, "with jOOQ: one select from \"posts\""},
        {{"org/apache/ibatis/executor/BaseExecutor.java"},
         {"query"},
         ROWS,
         "with MyBatis: one select of \"posts\" with <foreach>"},
        {{"/x/tortoise/queryset.py"}, {"_execute"}, ROWS, "with Tortoise: prefetch_related(<the relation to \"posts\">)"},
        {{"/x/piccolo/query/base.py"}, {"run"}, ROW, "with Piccolo: objects(<the foreign key to \"users\">)"},
        {{"/x/gorm.io/gorm@v1.31.2/finisher_api.go"}, {"gorm.(*DB).Find"}, ROWS, "with GORM: Preload(<the field of \"posts\">)"},
        {{"/x/node_modules/drizzle-orm/pg-core/session.js"},
         {"queryWithCache"},
         ROWS,
         "with Drizzle: with: { <the relation to \"posts\">: true }"},
        {{"org/jetbrains/exposed/sql/Query.kt"},
         {"org.jetbrains.exposed.sql.Query.executeInternal"},
         ROWS,
         "with Exposed: with(<the property of \"posts\">) on the parents"},
        {{"/x/sqlalchemy/engine/base.py", "/x/ormar/queryset/queryset.py"},
         {"Connection.execute", "QuerySet.all"},
         ROWS,
         "with ormar: prefetch_related(<the relation to \"posts\">)"},
        {{"/x/github.com/uptrace/bun@v1.2.15/query_select.go"},
         {"bun.(*SelectQuery).Scan"},
         ROWS,
         "with Bun: Relation(<the field of \"posts\">)"},
        {{"/x/sea-orm-1.1.20/src/executor/select.rs"},
         {"sea_orm::executor::select::Selector<S>::all::{{closure}}"},
         ROWS,
         "with SeaORM: load_many(<the entity of \"posts\">)"},
        {{"/x/diesel-2.3.14/src/query_dsl/mod.rs"}, {"load"}, ROWS, "with Diesel: one belonging_to(&<all parents>) of \"posts\""},
        {{"/x/peewee.py"}, {"get_or_create"}, CHECK, "on_conflict_ignore()"},
        {{"/x/peewee.py"}, {"count"}, COUNT, "fn.SUM() with group_by()"},
        {{"/x/sequel/dataset/actions.rb"}, {"empty?"}, CHECK, "distinct.select_map(<the key>) of \"users\""},
        {{"/x/pony/orm/core.py"}, {"load"}, ROWS, "with Pony: prefetch(<the attribute that leads to \"posts\">)"},
        {{"/x/pony/orm/core.py", "/x/pony/orm/core.py"},
         {"Entity._find_in_db_", "Attribute.load"},
         ROWS,
         "with Pony: one select(x for x in <the entity of \"posts\">)[:]"},
        {{"/x/pony/orm/core.py"}, {"Entity._save_"}, DELETE, "delete(bulk=True)", VERDICT_WRITE_LOOP},
        {{"/x/storm/store.py"}, {"ResultSet.is_empty"}, EMPTY, "values(<the key>) of \"posts\""},
        {{"/x/storm/store.py"}, {"Store._resolve_lazy_value"}, ROW, "commit() makes each object"},
        {{"/x/storm/store.py", "/x/storm/references.py"}, {"get", "Reference.__get__"}, ROW, "with Storm: find(("},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct model_frame frames[3];
        struct model_node nodes[3];
        uint32_t count = 0;
        for (; count < 3 && rows[i].files[count]; count++) {
            frames[count] = (struct model_frame){.file = rows[i].files[count], .function = rows[i].functions[count]};
            nodes[count] = (struct model_node){.parent = count + 1, .frame = count};
        }
        nodes[count - 1].parent = MODEL_NONE;
        struct model model = {.frames = frames, .frame_count = count, .nodes = nodes, .node_count = count};
        struct orm_marks marks = orm_mark(frames, count);
        struct advice_input input = {
            .kind = rows[i].kind ? rows[i].kind : VERDICT_N_PLUS_ONE,
            .statement = rows[i].statement,
            .system = system_for(true),
            .shape = advice_shape_of(9, 9, 9),
            .parameter = 1 + (uint32_t)(strcmp(rows[i].statement, CHECK) == 0),
            .orm = orm_recognise(&model, marks, 0),
        };
        check_words(&input, (const char *const[]){rows[i].words, NULL});
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_the_column_behind_a_name_and_what_it_is, begin, end),
        cmocka_unit_test_setup_teardown(says_what_savepoints_cost_and_what_an_import_asks, begin, end),
        cmocka_unit_test_setup_teardown(asks_which_keys_have_rows, begin, end),
        cmocka_unit_test_setup_teardown(knows_the_inserts_of_what_was_not_there, begin, end),
        cmocka_unit_test_setup_teardown(speaks_of_no_parent_where_none_is_known, begin, end),
        cmocka_unit_test_setup_teardown(a_row_that_is_locked_is_about_to_be_written, begin, end),
        cmocka_unit_test_setup_teardown(warns_of_keys_that_come_twice_where_that_is_an_error, begin, end),
        cmocka_unit_test_setup_teardown(says_for_ranges_what_to_do_with_ranges, begin, end),
        cmocka_unit_test_setup_teardown(writes_no_sql_where_other_parameters_differ, begin, end),
        cmocka_unit_test_setup_teardown(rows_of_another_table_are_not_there_already, begin, end),
        cmocka_unit_test_setup_teardown(the_limit_of_one_value_is_none, begin, end),
        cmocka_unit_test_setup_teardown(what_belongs_to_a_row_that_is_loaded_again_is_not_there_already, begin, end),
        cmocka_unit_test_setup_teardown(speaks_each_mappers_words_for_the_cause, begin, end),
    };
    return cmocka_run_group_tests_name("advice causes", tests, NULL, NULL);
}
