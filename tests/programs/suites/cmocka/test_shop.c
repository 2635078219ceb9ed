/* A shop in C with a loop that asks for each customer, unless SHOP_FIXED is set; and its tests. */
#include <nplus1_cmocka.h>
#include <sqlite3.h>

static sqlite3 *db;

static int open_shop(void **state)
{
    return sqlite3_open(":memory:", &db) != SQLITE_OK ||
           sqlite3_exec(db,
                        "create table customers (id integer primary key, name text);"
                        "create table orders (id integer primary key, customer_id integer);"
                        "insert into customers with recursive n(i) as (select 0 union all select i + 1 from n where i < 5)"
                        "    select 7 * i + 3, 'customer ' || i from n;"
                        "insert into orders (customer_id) select id from customers union all select id from customers",
                        NULL, NULL, NULL) != SQLITE_OK;
}

static int close_shop(void **state)
{
    return sqlite3_close(db);
}

static __attribute__((noinline)) int orders_of(int customer)
{
    sqlite3_stmt *stmt;
    int orders = 0;

    sqlite3_prepare_v2(db, "select id from orders where customer_id = ?", -1, &stmt, NULL);
    sqlite3_bind_int(stmt, 1, customer);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        orders++;
    sqlite3_finalize(stmt);
    return orders;
}

static __attribute__((noinline)) int count_orders(void)
{
    sqlite3_stmt *stmt;
    int is_fixed = getenv("SHOP_FIXED") != NULL, orders = 0;

    sqlite3_prepare_v2(db, is_fixed ? "select count(*) from orders group by customer_id" : "select id from customers", -1, &stmt,
                       NULL);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        if (is_fixed)
            orders += sqlite3_column_int(stmt, 0);
        else
            orders += orders_of(sqlite3_column_int(stmt, 0)); /* N+1 here */
    }
    sqlite3_finalize(stmt);
    return orders;
}

NPLUS1_TEST(test_counts)
{
    assert_int_equal(count_orders(), 12);
}

NPLUS1_TEST(test_one_customer)
{
    assert_int_equal(orders_of(3), 2);
}

NPLUS1_TEST(test_allowed)
{
    NPLUS1_ALLOWED("there are six")
    {
        assert_int_equal(count_orders(), 12);
    }
}

NPLUS1_TEST(test_fails_as_ever)
{
    NPLUS1_ALLOWED("it fails")
    {
        assert_int_equal(count_orders(), getenv("SHOP_FIXED") ? 12 : 13);
    }
}

NPLUS1_TEST(test_three_statements)
{
    nplus1_max_queries(getenv("SHOP_FIXED") ? 3 : 2);
    for (int i = 0; i < 3; i++)
        assert_int_equal(orders_of(7 * i + 3), 2);
}

NPLUS1_TEST(test_counts_again)
{
    assert_int_equal(count_orders(), 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),        cmocka_unit_test(test_one_customer),     cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_fails_as_ever), cmocka_unit_test(test_three_statements), cmocka_unit_test(test_counts_again),
    };

    return cmocka_run_group_tests(tests, open_shop, close_shop);
}
