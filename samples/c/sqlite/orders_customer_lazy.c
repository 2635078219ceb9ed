/* Orders and the customer of each, loaded lazily: a query for the orders and one more for every order. */
#include "shop.h"

static int64_t load_customer(sqlite3 *db, int64_t id)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT name, discount FROM customers WHERE id = ?");
    int64_t discount = 0, rows = 0;

    sqlite3_bind_int64(stmt, 1, id);
    while (sqlite3_step(stmt) == SQLITE_ROW) { /* N+1 here */
        discount = sqlite3_column_int64(stmt, 1);
        rows++;
    }
    shop_done(stmt);
    sample_count(__func__, id, rows);
    return discount;
}

static void load_orders(sqlite3 *db)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT id, customer_id, amount FROM orders ORDER BY id");

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        int64_t discount = load_customer(db, sqlite3_column_int64(stmt, 1));

        tally.orders++;
        tally.sum += sqlite3_column_int64(stmt, 2) * (100 - discount) / 100;
    }
    shop_done(stmt);
    sample_count_whole(__func__, tally.orders);
}

int main(int argc, char **argv)
{
    sqlite3 *db = shop_open(argc, argv, &scene_orders_customer);

    load_orders(db);
    return shop_close(db);
}
