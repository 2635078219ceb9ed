/* Customers with the numbers of their orders and items: where only sums are wanted, the database adds them up. */
#include "shop.h"

static void load_sums(sqlite3 *db)
{
    sqlite3_stmt *stmt = shop_statement(db,
                                        "SELECT c.id, c.name, count(DISTINCT o.id), count(i.id), sum(i.price) FROM customers c"
                                        " LEFT JOIN orders o ON o.customer_id = c.id"
                                        " LEFT JOIN items i ON i.order_id = o.id GROUP BY c.id ORDER BY c.id");

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        tally.customers++;
        tally.orders += sqlite3_column_int64(stmt, 2);
        tally.items += sqlite3_column_int64(stmt, 3);
        tally.sum += sqlite3_column_int64(stmt, 4);
    }
    shop_done(stmt);
    sample_count_whole(__func__, tally.customers);
}

int main(int argc, char **argv)
{
    sqlite3 *db = shop_open(argc, argv, &scene_customers_orders_items);

    load_sums(db);
    return shop_close(db);
}
