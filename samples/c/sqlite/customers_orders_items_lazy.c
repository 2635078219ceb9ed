/* Customers, their orders and the items of those, nested and lazily: a query per customer and a query per order. */
#include "shop.h"

static void load_items(sqlite3 *db, int64_t order_id)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT id, price FROM items WHERE order_id = ? ORDER BY id");
    int64_t rows = 0;

    sqlite3_bind_int64(stmt, 1, order_id);
    while (sqlite3_step(stmt) == SQLITE_ROW) { /* N+1 here */
        tally.sum += sqlite3_column_int64(stmt, 1);
        rows++;
    }
    shop_done(stmt);
    tally.items += rows;
    sample_count(__func__, order_id, rows);
}

static void load_orders(sqlite3 *db, int64_t customer_id)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT id FROM orders WHERE customer_id = ? ORDER BY id");
    int64_t rows = 0;

    sqlite3_bind_int64(stmt, 1, customer_id);
    while (sqlite3_step(stmt) == SQLITE_ROW) { /* N+1 here */
        load_items(db, sqlite3_column_int64(stmt, 0));
        rows++;
    }
    shop_done(stmt);
    tally.orders += rows;
    sample_count(__func__, customer_id, rows);
}

static void load_customers(sqlite3 *db)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT id, name FROM customers ORDER BY id");

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        load_orders(db, sqlite3_column_int64(stmt, 0));
        tally.customers++;
    }
    shop_done(stmt);
    sample_count_whole(__func__, tally.customers);
}

int main(int argc, char **argv)
{
    sqlite3 *db = shop_open(argc, argv, &scene_customers_orders_items);

    load_customers(db);
    return shop_close(db);
}
