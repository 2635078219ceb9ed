/* Customers, their orders and the items of those, loaded by two outer joins: one query, one row per item. */
#include "shop.h"

static void load_everything(sqlite3 *db)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT c.id, c.name, o.id, i.id, i.price FROM customers c"
                                            " LEFT JOIN orders o ON o.customer_id = c.id"
                                            " LEFT JOIN items i ON i.order_id = o.id ORDER BY c.id, o.id, i.id");
    int64_t customer_id = 0, order_id = 0, rows = 0;

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        if (sqlite3_column_int64(stmt, 0) != customer_id)
            tally.customers++;
        if (sqlite3_column_int64(stmt, 2) != order_id)
            tally.orders++;
        if (sqlite3_column_type(stmt, 3) != SQLITE_NULL)
            tally.items++;
        customer_id = sqlite3_column_int64(stmt, 0);
        order_id = sqlite3_column_int64(stmt, 2);
        tally.sum += sqlite3_column_int64(stmt, 4);
        rows++;
    }
    shop_done(stmt);
    sample_count_whole(__func__, rows);
}

int main(int argc, char **argv)
{
    sqlite3 *db = shop_open(argc, argv, &scene_customers_orders_items);

    load_everything(db);
    return shop_close(db);
}
