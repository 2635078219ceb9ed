/* Orders and the customer of each, loaded lazily through an identity map: each customer is loaded once, and still alone. */
#include <stdlib.h>

#include "shop.h"

struct customer {
    int64_t id;
    int64_t discount;
    struct customer *next;
};

static struct customer *load_customer(PGconn *db, int64_t id)
{
    const char *name = shop_statement(db, "SELECT name, discount FROM customers WHERE id = $1");
    PGresult *result = PQexecPrepared(db, name, 1, shop_key(id), NULL, NULL, 0); /* N+1 here */
    struct customer *customer = calloc(1, sizeof *customer);
    int64_t rows = 0;

    if (!customer)
        sample_fail("out of memory");
    customer->id = id;
    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        customer->discount = shop_number(result, row, 1);
        rows++;
    }
    PQclear(result);
    sample_count(__func__, id, rows);
    return customer;
}

static const struct customer *get_customer(PGconn *db, struct customer **map, int64_t id)
{
    struct customer *customer = *map;

    while (customer && customer->id != id)
        customer = customer->next;
    if (!customer) {
        customer = load_customer(db, id);
        customer->next = *map;
        *map = customer;
    }
    return customer;
}

static void load_orders(PGconn *db, struct customer **map)
{
    const char *name = shop_statement(db, "SELECT id, customer_id, amount FROM orders ORDER BY id");
    PGresult *result = PQexecPrepared(db, name, 0, NULL, NULL, NULL, 0);

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        const struct customer *customer = get_customer(db, map, shop_number(result, row, 1));

        tally.orders++;
        tally.sum += shop_number(result, row, 2) * (100 - customer->discount) / 100;
    }
    PQclear(result);
    sample_count_whole(__func__, tally.orders);
}

int main(int argc, char **argv)
{
    PGconn *db = shop_open(argc, argv, &scene_orders_customer);
    struct customer *map = NULL;

    load_orders(db, &map);
    while (map) {
        struct customer *next = map->next;

        free(map);
        map = next;
    }
    return shop_close(db);
}
