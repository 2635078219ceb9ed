#include <sqlite3.h>
#include <stdio.h>

static void print_name(sqlite3 *db, sqlite3_int64 customer)
{
    sqlite3_stmt *stmt;
    sqlite3_prepare_v2(db, "select name from customers where id = ?", -1, &stmt, NULL);
    sqlite3_bind_int64(stmt, 1, customer);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        printf("%s owes ", (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
}

static void print_orders(sqlite3 *db)
{
    sqlite3_stmt *stmt;
    sqlite3_prepare_v2(db, "select customer_id, amount from orders order by id", -1, &stmt, NULL);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        print_name(db, sqlite3_column_int64(stmt, 0));
        printf("%d\n", sqlite3_column_int(stmt, 1));
    }
    sqlite3_finalize(stmt);
}

int main(void)
{
    sqlite3 *db;
    if (sqlite3_open("shop.db", &db) != SQLITE_OK)
        return 1;
    print_orders(db);
    sqlite3_close(db);
    return 0;
}
