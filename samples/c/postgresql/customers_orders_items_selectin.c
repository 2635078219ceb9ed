/* Customers, their orders and the items of those, loaded by selectin: one query per level. */
#include "shop.h"

static void load_customers(PGconn *db, struct ids *ids)
{
    const char *name = shop_statement(db, "SELECT id, name FROM customers ORDER BY id");
    PGresult *result = PQexecPrepared(db, name, 0, NULL, NULL, NULL, 0);

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        ids_add(ids, shop_number(result, row, 0));
        tally.customers++;
    }
    PQclear(result);
    sample_count_whole(__func__, tally.customers);
}

static void load_orders(PGconn *db, const struct ids *customer_ids, struct ids *ids)
{
    struct shop_list list = shop_list("SELECT customer_id, id FROM orders WHERE customer_id IN", customer_ids);
    PGresult *result = PQexecParams(db, list.sql, list.count, NULL, list.values, NULL, NULL, 0);

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        ids_add(ids, shop_number(result, row, 1));
        tally.orders++;
    }
    PQclear(result);
    shop_list_clear(&list);
    sample_count_whole(__func__, tally.orders);
}

static void load_items(PGconn *db, const struct ids *order_ids)
{
    struct shop_list list = shop_list("SELECT order_id, id, price FROM items WHERE order_id IN", order_ids);
    PGresult *result = PQexecParams(db, list.sql, list.count, NULL, list.values, NULL, NULL, 0);

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        tally.items++;
        tally.sum += shop_number(result, row, 2);
    }
    PQclear(result);
    shop_list_clear(&list);
    sample_count_whole(__func__, tally.items);
}

int main(int argc, char **argv)
{
    PGconn *db = shop_open(argc, argv, &scene_customers_orders_items);
    struct ids customer_ids = {0}, order_ids = {0};

    load_customers(db, &customer_ids);
    load_orders(db, &customer_ids, &order_ids);
    load_items(db, &order_ids);
    ids_clear(&customer_ids);
    ids_clear(&order_ids);
    return shop_close(db);
}
