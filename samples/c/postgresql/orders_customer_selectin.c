/* Orders and the customer of each, loaded by selectin: the orders, then all their customers by one IN list. */
#include <stdlib.h>

#include "shop.h"

struct order {
    int64_t customer_id;
    int64_t amount;
};

static struct order *load_orders(PGconn *db, struct ids *customer_ids)
{
    const char *name = shop_statement(db, "SELECT id, customer_id, amount FROM orders ORDER BY id");
    PGresult *result = PQexecPrepared(db, name, 0, NULL, NULL, NULL, 0);
    struct order *orders = NULL;

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        orders = realloc(orders, (size_t)(tally.orders + 1) * sizeof *orders);
        if (!orders)
            sample_fail("out of memory");
        orders[tally.orders].customer_id = shop_number(result, row, 1);
        orders[tally.orders].amount = shop_number(result, row, 2);
        ids_add(customer_ids, orders[tally.orders++].customer_id);
    }
    PQclear(result);
    sample_count_whole(__func__, tally.orders);
    return orders;
}

static void load_customers(PGconn *db, const struct order *orders, const struct ids *ids)
{
    struct shop_list list = shop_list("SELECT id, name, discount FROM customers WHERE id IN", ids);
    PGresult *result = PQexecParams(db, list.sql, list.count, NULL, list.values, NULL, NULL, 0);
    int64_t rows = 0;

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        int64_t id = shop_number(result, row, 0), discount = shop_number(result, row, 2);

        for (int64_t i = 0; i < tally.orders; i++)
            if (orders[i].customer_id == id)
                tally.sum += orders[i].amount * (100 - discount) / 100;
        rows++;
    }
    PQclear(result);
    shop_list_clear(&list);
    sample_count_whole(__func__, rows);
}

int main(int argc, char **argv)
{
    PGconn *db = shop_open(argc, argv, &scene_orders_customer);
    struct ids customer_ids = {0};
    struct order *orders = load_orders(db, &customer_ids);

    ids_distinct(&customer_ids);
    load_customers(db, orders, &customer_ids);
    ids_clear(&customer_ids);
    free(orders);
    return shop_close(db);
}
