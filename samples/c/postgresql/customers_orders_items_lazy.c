/* Customers, their orders and the items of those, nested and lazily: a query per customer and a query per order. */
#include "shop.h"

static void load_items(PGconn *db, int64_t order_id)
{
    const char *name = shop_statement(db, "SELECT id, price FROM items WHERE order_id = $1 ORDER BY id");
    PGresult *result = PQexecPrepared(db, name, 1, shop_key(order_id), NULL, NULL, 0); /* N+1 here */
    int64_t rows = 0;

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        tally.sum += shop_number(result, row, 1);
        rows++;
    }
    PQclear(result);
    tally.items += rows;
    sample_count(__func__, order_id, rows);
}

static void load_orders(PGconn *db, int64_t customer_id)
{
    const char *name = shop_statement(db, "SELECT id FROM orders WHERE customer_id = $1 ORDER BY id");
    PGresult *result = PQexecPrepared(db, name, 1, shop_key(customer_id), NULL, NULL, 0); /* N+1 here */
    int64_t rows = 0;

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        load_items(db, shop_number(result, row, 0));
        rows++;
    }
    PQclear(result);
    tally.orders += rows;
    sample_count(__func__, customer_id, rows);
}

static void load_customers(PGconn *db)
{
    const char *name = shop_statement(db, "SELECT id, name FROM customers ORDER BY id");
    PGresult *result = PQexecPrepared(db, name, 0, NULL, NULL, NULL, 0);

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        load_orders(db, shop_number(result, row, 0));
        tally.customers++;
    }
    PQclear(result);
    sample_count_whole(__func__, tally.customers);
}

int main(int argc, char **argv)
{
    PGconn *db = shop_open(argc, argv, &scene_customers_orders_items);

    load_customers(db);
    return shop_close(db);
}
