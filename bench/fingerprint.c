/* How fast statements are normalised: megabytes of SQL text a second, for statements as ORMs write them.
 *
 *   fingerprint          measures, one line per statement and the total
 *   fingerprint --print  prints the statements' normalised texts only
 *
 * A figure is the best of several rounds: what disturbs a measurement only ever slows it down.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/sql/fingerprint.h"

#define ROUNDS      9
#define ROUND_BYTES 40000000u

struct sample {
    const char *name;
    char *sql;
    size_t length;
};

static char *repeat(const char *head, const char *format, int count, const char *tail)
{
    size_t size = strlen(head) + strlen(tail) + (size_t)count * 160 + 1;
    char *sql = malloc(size);
    size_t n;

    if (!sql)
        abort();
    n = (size_t)snprintf(sql, size, "%s", head);
    for (int i = 0; i < count; i++) {
        n += (size_t)snprintf(sql + n, size - n, "%s", i > 0 ? ", " : "");
        n += (size_t)snprintf(sql + n, size - n, format, 1000 + i * 7, 10 + i, i);
    }
    snprintf(sql + n, size - n, "%s", tail);
    return sql;
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint64_t sink;

/* Bytes a second over statements [0, count), each as often as makes about the same number of bytes. */
static double measure(const struct sample *samples, size_t count)
{
    static struct fingerprint fp;
    double best = 0;

    for (int round = 0; round < ROUNDS; round++) {
        size_t bytes = 0;
        double start = seconds();
        while (bytes < ROUND_BYTES) {
            for (size_t i = 0; i < count; i++) {
                /* long ones less often, so that the total is not theirs alone */
                size_t times = samples[i].length < 1000 ? 1000 / samples[i].length + 1 : 1;
                for (size_t k = 0; k < times; k++) {
                    fingerprint_compute(&dialect_generic, samples[i].sql, samples[i].length, &fp);
                    sink ^= fp.hash;
                    bytes += samples[i].length;
                }
            }
        }
        double rate = (double)bytes / (seconds() - start);
        if (rate > best)
            best = rate;
    }
    return best;
}

static void print(const struct sample *samples, size_t count)
{
    static struct fingerprint fp;

    for (size_t i = 0; i < count; i++) {
        fingerprint_compute(&dialect_generic, samples[i].sql, samples[i].length, &fp);
        printf("-- %s: %016llx, %zu of %zu bytes\n%.*s\n", samples[i].name, (unsigned long long)fp.hash, fp.length,
               samples[i].length, (int)fp.text_length, fp.text);
    }
}

int main(int argc, char **argv)
{
    struct sample samples[] = {
        {"activerecord", strdup("SELECT \"line_items\".* FROM \"line_items\" WHERE \"line_items\".\"order_id\" = $1 AND "
                                "\"line_items\".\"deleted_at\" IS NULL ORDER BY \"line_items\".\"created_at\" DESC LIMIT $2 "
                                "/*application='Shop',controller='orders',action='show'*/")},
        {"sqlalchemy",
         strdup("SELECT orders.id AS orders_id, orders.customer_id AS orders_customer_id, orders.placed_at AS "
                "orders_placed_at, orders.total_cents AS orders_total_cents, orders.status AS orders_status, "
                "anon_1.customers_name AS anon_1_customers_name \nFROM (SELECT customers.id AS customers_id, customers.name AS "
                "customers_name \nFROM customers \nWHERE customers.region = ? AND customers.active = 1) AS anon_1 \nLEFT OUTER "
                "JOIN orders ON anon_1.customers_id = orders.customer_id \nWHERE orders.placed_at >= ? ORDER BY orders.id")},
        {"django",
         strdup(
             "SELECT \"shop_item\".\"id\", \"shop_item\".\"order_id\", \"shop_item\".\"sku\", \"shop_item\".\"quantity\", "
             "\"shop_item\".\"unit_price\", \"shop_product\".\"id\", \"shop_product\".\"name\", \"shop_product\".\"slug\" FROM "
             "\"shop_item\" INNER JOIN \"shop_product\" ON (\"shop_item\".\"product_id\" = \"shop_product\".\"id\") WHERE "
             "(\"shop_item\".\"order_id\" = 4711 AND \"shop_product\".\"name\"::text LIKE '%chair%') ORDER BY "
             "\"shop_item\".\"id\" ASC LIMIT 21")},
        {"by hand", strdup("SELECT o.id, o.total, c.name\n  FROM orders o\n  JOIN customers c ON c.id = o.customer_id\n"
                           " WHERE o.status IN ('open', 'paid')\n   AND o.placed_at > '2024-01-31 12:00:00'\n"
                           "   AND coalesce(o.discount, 0) < 0.15 -- not the sale\n ORDER BY o.placed_at DESC\n LIMIT 50")},
        {"point lookup", strdup("SELECT id, name, email, created_at FROM customers WHERE id = 123456 AND tenant = 'acme'")},
        {"update", strdup("UPDATE orders SET status = 'shipped', shipped_at = '2024-05-06 07:08:09', updated_by = 42 WHERE "
                          "orders.id = 9000001 AND orders.version = 7")},
        {"insert 50 rows", repeat("INSERT INTO items (order_id, quantity, name, price, note) VALUES ",
                                  "(%d, %d, 'a name of item %d', 12.50, NULL)", 50, " RETURNING id")},
        {"in, 500 elements", repeat("SELECT items.* FROM items WHERE items.order_id IN (", "%d", 500, ") ORDER BY id")},
        {"in, 500 parameters", repeat("SELECT items.* FROM items WHERE items.order_id IN (", "?", 500, ") ORDER BY id")},
    };
    size_t count = sizeof samples / sizeof *samples;

    for (size_t i = 0; i < count; i++)
        samples[i].length = strlen(samples[i].sql);
    if (argc > 1 && strcmp(argv[1], "--print") == 0) {
        print(samples, count);
    } else {
        for (size_t i = 0; i < count; i++)
            printf("%-20s %6zu bytes %8.0f MB/s\n", samples[i].name, samples[i].length, measure(&samples[i], 1) / 1e6);
        printf("%-20s %12s %8.0f MB/s\n", "all", "", measure(samples, count) / 1e6);
    }
    for (size_t i = 0; i < count; i++)
        free(samples[i].sql);
    return sink == 1; /* keeps the compiler from leaving the work out */
}
