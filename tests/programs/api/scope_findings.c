/* Tests as somebody would write them in C: each is a scope, and prints what was found in it. */
#include <nplus1.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

static sqlite3 *db;

static int show(const struct nplus1_finding *f, void *data)
{
    printf("%s: %s %s, %llu executions, %llu values, %llu rows; parent %s.%s -> %u; place %s%s\n", (const char *)data, f->kind,
           f->confidence, f->executions, f->distinct_values, f->rows, f->parent ? f->parent : "none",
           f->parent_column ? f->parent_column : "none", f->parameter, f->place.file ? f->place.file : "in ",
           f->place.module ? f->place.module : "?");
    return f->size == sizeof *f && f->advice && f->statement && f->database ? 0 : 1;
}

static void run(const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        exit(1);
}

static void items_of(int order)
{
    static sqlite3_stmt *stmt;

    if (!stmt)
        sqlite3_prepare_v2(db, "select name from items where order_id = ?", -1, &stmt, NULL);
    sqlite3_bind_int(stmt, 1, order);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        continue;
    sqlite3_reset(stmt);
}

static void lazy(void)
{
    sqlite3_stmt *stmt;

    sqlite3_prepare_v2(db, "select id from orders", -1, &stmt, NULL);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        items_of(sqlite3_column_int(stmt, 0));
    sqlite3_finalize(stmt);
}

static void joined(void)
{
    run("select items.name from orders join items on items.order_id = orders.id");
}

static void once(void)
{
    items_of(3);
}

static void meant(void)
{
    nplus1_allow_begin("orders are few here");
    lazy();
    printf("within the allowance: %d\n", nplus1_scope_findings(NULL, NULL));
    nplus1_allow_end();
}

static void meant_and_not(void)
{
    meant();
    lazy();
}

static void nested(void)
{
    nplus1_scope_begin("a request");
    lazy();
    nplus1_scope_end();
    once();
}

static void test(const char *name, void (*body)(void))
{
    nplus1_scope_begin(name);
    body();
    printf("%s: %d\n", name, nplus1_scope_findings(show, (void *)name));
    nplus1_scope_end();
}

int main(void)
{
    printf("present %d\n", nplus1_present());
    if (sqlite3_open(":memory:", &db) != SQLITE_OK)
        return 1;
    run("create table orders(id integer primary key); create table items(order_id integer, name text)");
    run("insert into orders values (3), (17), (29), (40), (66), (71)");
    run("insert into items select id, 'a name' from orders");
    printf("outside of scopes: %d\n", nplus1_scope_findings(show, NULL));
    test("lazy", lazy);
    test("once", once);
    test("lazy again", lazy);
    test("joined", joined);
    test("meant", meant);
    test("meant and not", meant_and_not);
    test("nested", nested);
    return sqlite3_close_v2(db);
}
