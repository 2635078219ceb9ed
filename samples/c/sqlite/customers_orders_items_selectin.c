/* Customers, their orders and the items of those, loaded by selectin: one query per level. */
#include "shop.h"

static void load_customers(sqlite3 *db, struct ids *ids)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT id, name FROM customers ORDER BY id");

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        ids_add(ids, sqlite3_column_int64(stmt, 0));
        tally.customers++;
    }
    shop_done(stmt);
    sample_count_whole(__func__, tally.customers);
}

static void load_orders(sqlite3 *db, const struct ids *customer_ids, struct ids *ids)
{
    sqlite3_stmt *stmt = shop_statement_in(db, "SELECT customer_id, id FROM orders WHERE customer_id IN", customer_ids);

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        ids_add(ids, sqlite3_column_int64(stmt, 1));
        tally.orders++;
    }
    shop_done(stmt);
    sample_count_whole(__func__, tally.orders);
}

static void load_items(sqlite3 *db, const struct ids *order_ids)
{
    sqlite3_stmt *stmt = shop_statement_in(db, "SELECT order_id, id, price FROM items WHERE order_id IN", order_ids);

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        tally.items++;
        tally.sum += sqlite3_column_int64(stmt, 2);
    }
    shop_done(stmt);
    sample_count_whole(__func__, tally.items);
}

int main(int argc, char **argv)
{
    sqlite3 *db = shop_open(argc, argv, &scene_customers_orders_items);
    struct ids customer_ids = {0}, order_ids = {0};

    load_customers(db, &customer_ids);
    load_orders(db, &customer_ids, &order_ids);
    load_items(db, &order_ids);
    ids_clear(&customer_ids);
    ids_clear(&order_ids);
    return shop_close(db);
}
