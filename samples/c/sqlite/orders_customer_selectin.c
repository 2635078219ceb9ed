/* Orders and the customer of each, loaded by selectin: the orders, then all their customers by one IN list. */
#include <stdlib.h>

#include "shop.h"

struct order {
    int64_t customer_id;
    int64_t amount;
};

static struct order *load_orders(sqlite3 *db, struct ids *customer_ids)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT id, customer_id, amount FROM orders ORDER BY id");
    struct order *orders = NULL;

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        orders = realloc(orders, (size_t)(tally.orders + 1) * sizeof *orders);
        if (!orders)
            sample_fail("out of memory");
        orders[tally.orders].customer_id = sqlite3_column_int64(stmt, 1);
        orders[tally.orders].amount = sqlite3_column_int64(stmt, 2);
        ids_add(customer_ids, orders[tally.orders++].customer_id);
    }
    shop_done(stmt);
    sample_count_whole(__func__, tally.orders);
    return orders;
}

static void load_customers(sqlite3 *db, const struct order *orders, const struct ids *ids)
{
    sqlite3_stmt *stmt = shop_statement_in(db, "SELECT id, name, discount FROM customers WHERE id IN", ids);
    int64_t rows = 0;

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(stmt, 0), discount = sqlite3_column_int64(stmt, 2);

        for (int64_t i = 0; i < tally.orders; i++)
            if (orders[i].customer_id == id)
                tally.sum += orders[i].amount * (100 - discount) / 100;
        rows++;
    }
    shop_done(stmt);
    sample_count_whole(__func__, rows);
}

int main(int argc, char **argv)
{
    sqlite3 *db = shop_open(argc, argv, &scene_orders_customer);
    struct ids customer_ids = {0};
    struct order *orders = load_orders(db, &customer_ids);

    ids_distinct(&customer_ids);
    load_customers(db, orders, &customer_ids);
    ids_clear(&customer_ids);
    free(orders);
    return shop_close(db);
}
