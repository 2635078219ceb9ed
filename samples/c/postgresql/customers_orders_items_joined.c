/* Customers, their orders and the items of those, loaded by two outer joins: one query, one row per item. */
#include "shop.h"

static void load_everything(PGconn *db)
{
    const char *name = shop_statement(db, "SELECT c.id, c.name, o.id, i.id, i.price FROM customers c"
                                          " LEFT JOIN orders o ON o.customer_id = c.id"
                                          " LEFT JOIN items i ON i.order_id = o.id ORDER BY c.id, o.id, i.id");
    PGresult *result = PQexecPrepared(db, name, 0, NULL, NULL, NULL, 0);
    int64_t customer_id = 0, order_id = 0, rows = 0;

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        if (shop_number(result, row, 0) != customer_id)
            tally.customers++;
        if (shop_number(result, row, 2) != order_id)
            tally.orders++;
        if (!PQgetisnull(result, row, 3))
            tally.items++;
        customer_id = shop_number(result, row, 0);
        order_id = shop_number(result, row, 2);
        tally.sum += shop_number(result, row, 4);
        rows++;
    }
    PQclear(result);
    sample_count_whole(__func__, rows);
}

int main(int argc, char **argv)
{
    PGconn *db = shop_open(argc, argv, &scene_customers_orders_items);

    load_everything(db);
    return shop_close(db);
}
