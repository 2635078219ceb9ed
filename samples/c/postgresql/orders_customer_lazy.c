/* Orders and the customer of each, loaded lazily: a query for the orders and one more for every order. */
#include "shop.h"

static int64_t load_customer(PGconn *db, int64_t id)
{
    const char *name = shop_statement(db, "SELECT name, discount FROM customers WHERE id = $1");
    PGresult *result = PQexecPrepared(db, name, 1, shop_key(id), NULL, NULL, 0); /* N+1 here */
    int64_t discount = 0, rows = 0;

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        discount = shop_number(result, row, 1);
        rows++;
    }
    PQclear(result);
    sample_count(__func__, id, rows);
    return discount;
}

static void load_orders(PGconn *db)
{
    const char *name = shop_statement(db, "SELECT id, customer_id, amount FROM orders ORDER BY id");
    PGresult *result = PQexecPrepared(db, name, 0, NULL, NULL, NULL, 0);

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        int64_t discount = load_customer(db, shop_number(result, row, 1));

        tally.orders++;
        tally.sum += shop_number(result, row, 2) * (100 - discount) / 100;
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
