/* Customers with the numbers of their orders and items: where only sums are wanted, the database adds them up. */
#include "shop.h"

static void load_sums(PGconn *db)
{
    const char *name = shop_statement(db, "SELECT c.id, c.name, count(DISTINCT o.id), count(i.id), sum(i.price) FROM customers c"
                                          " LEFT JOIN orders o ON o.customer_id = c.id"
                                          " LEFT JOIN items i ON i.order_id = o.id GROUP BY c.id ORDER BY c.id");
    PGresult *result = PQexecPrepared(db, name, 0, NULL, NULL, NULL, 0);

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        tally.customers++;
        tally.orders += shop_number(result, row, 2);
        tally.items += shop_number(result, row, 3);
        tally.sum += shop_number(result, row, 4);
    }
    PQclear(result);
    sample_count_whole(__func__, tally.customers);
}

int main(int argc, char **argv)
{
    PGconn *db = shop_open(argc, argv, &scene_customers_orders_items);

    load_sums(db);
    return shop_close(db);
}
