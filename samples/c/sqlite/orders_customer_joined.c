/* Orders and the customer of each, loaded by a join: the right way for a to-one relation. */
#include "shop.h"

static void load_orders(sqlite3 *db)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT o.id, o.amount, c.name, c.discount FROM orders o"
                                            " JOIN customers c ON c.id = o.customer_id ORDER BY o.id");

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        tally.orders++;
        tally.sum += sqlite3_column_int64(stmt, 1) * (100 - sqlite3_column_int64(stmt, 3)) / 100;
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
