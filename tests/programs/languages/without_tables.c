/* Orders and the items of each, in functions that are compiled without call frame information (see meson.build). */
#include <sqlite3.h>
#include <stdio.h>

#define ORDERS 30

static sqlite3 *db;

__attribute__((noinline)) static int count_items(int order)
{
    sqlite3_stmt *stmt;
    int count;

    sqlite3_prepare_v2(db, "select count(*) from items where order_id = ?", -1, &stmt, NULL);
    sqlite3_bind_int(stmt, 1, order);
    sqlite3_step(stmt);
    count = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    return count;
}

__attribute__((noinline)) static int load_orders(int *ids)
{
    sqlite3_stmt *stmt;
    int count = 0;

    sqlite3_prepare_v2(db, "select id from orders order by id", -1, &stmt, NULL);
    while (count < ORDERS && sqlite3_step(stmt) == SQLITE_ROW)
        ids[count++] = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    return count;
}

__attribute__((noinline)) static int show_page(const char *format)
{
    int ids[ORDERS], count = load_orders(ids), total = 0;

    for (int i = 0; i < count; i++)
        total += count_items(ids[i]);
    return printf(format, total); /* the last call, which may be a jump */
}

int main(void)
{
    sqlite3_open(":memory:", &db);
    sqlite3_exec(
        db,
        "create table orders(id integer primary key); create table items(id integer primary key, order_id integer);"
        "with recursive c(x) as (select 1 union all select x + 1 from c where x < 30) insert into orders select x * 7 from c;"
        "insert into items select id * 3, id from orders;",
        NULL, NULL, NULL);
    show_page("%d items\n");
    sqlite3_close(db);
    return 0;
}
