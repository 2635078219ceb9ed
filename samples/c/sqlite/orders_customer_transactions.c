/* Orders with the customer of each, a transaction for each number: one loop, or many jobs with nothing in common. */
#include <stdbool.h>

#include "shop.h"

static void run(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = shop_statement(db, sql);

    sqlite3_step(stmt);
    shop_done(stmt);
    sample_count_whole(__func__, 0);
}

static bool load_order(sqlite3 *db, int64_t id)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT o.amount, c.discount FROM orders o JOIN customers c ON c.id = o.customer_id "
                                            "WHERE o.id = ?");
    int64_t rows = 0;

    sqlite3_bind_int64(stmt, 1, id);
    while (sqlite3_step(stmt) == SQLITE_ROW) { /* N+1 here */
        tally.orders++;
        tally.sum += sqlite3_column_int64(stmt, 0) * (100 - sqlite3_column_int64(stmt, 1)) / 100;
        rows++;
    }
    shop_done(stmt);
    sample_count(__func__, id, rows);
    return rows > 0;
}

int main(int argc, char **argv)
{
    sqlite3 *db = shop_open(argc, argv, &scene_orders_customer);
    bool found = true;

    for (int64_t id = 1; found; id++) {
        run(db, "BEGIN");
        found = load_order(db, id);
        run(db, "COMMIT");
    }
    return shop_close(db);
}
