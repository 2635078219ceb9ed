/* Orders and the customer of each, loaded lazily through an identity map: each customer is loaded once, and still alone. */
#include <stdlib.h>

#include "shop.h"

struct customer {
    int64_t id;
    int64_t discount;
    struct customer *next;
};

static struct customer *load_customer(sqlite3 *db, int64_t id)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT name, discount FROM customers WHERE id = ?");
    struct customer *customer = calloc(1, sizeof *customer);
    int64_t rows = 0;

    if (!customer)
        sample_fail("out of memory");
    customer->id = id;
    sqlite3_bind_int64(stmt, 1, id);
    while (sqlite3_step(stmt) == SQLITE_ROW) { /* N+1 here */
        customer->discount = sqlite3_column_int64(stmt, 1);
        rows++;
    }
    shop_done(stmt);
    sample_count(__func__, id, rows);
    return customer;
}

static const struct customer *get_customer(sqlite3 *db, struct customer **map, int64_t id)
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

static void load_orders(sqlite3 *db, struct customer **map)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT id, customer_id, amount FROM orders ORDER BY id");

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        const struct customer *customer = get_customer(db, map, sqlite3_column_int64(stmt, 1));

        tally.orders++;
        tally.sum += sqlite3_column_int64(stmt, 2) * (100 - customer->discount) / 100;
    }
    shop_done(stmt);
    sample_count_whole(__func__, tally.orders);
}

int main(int argc, char **argv)
{
    sqlite3 *db = shop_open(argc, argv, &scene_orders_customer);
    struct customer *map = NULL;

    load_orders(db, &map);
    while (map) {
        struct customer *next = map->next;

        free(map);
        map = next;
    }
    return shop_close(db);
}
