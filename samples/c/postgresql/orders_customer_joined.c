/* Orders and the customer of each, loaded by a join: the right way for a to-one relation. */
#include "shop.h"

static void load_orders(PGconn *db)
{
    const char *name = shop_statement(db, "SELECT o.id, o.amount, c.name, c.discount FROM orders o"
                                          " JOIN customers c ON c.id = o.customer_id ORDER BY o.id");
    PGresult *result = PQexecPrepared(db, name, 0, NULL, NULL, NULL, 0);

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        tally.orders++;
        tally.sum += shop_number(result, row, 1) * (100 - shop_number(result, row, 3)) / 100;
    }
    PQclear(result);
    sample_count_whole(__func__, tally.orders);
}

int main(int argc, char **argv)
{
    PGconn *db = shop_open(argc, argv, &scene_orders_customer);

    load_orders(db);
    return shop_close(db);
}
