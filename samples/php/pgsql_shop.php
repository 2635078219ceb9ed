<?php
/* The functions pg_*; connects as the PG* variables say. */
require __DIR__ . '/common.php';

const SCENES = [
    'orders_customer_lazy' => 1 + ORDERS, 'orders_customer_joined' => 1,
    'users_posts_lazy' => 1 + USERS, 'users_posts_selectin' => 2,
    'customers_orders_items_lazy' => 1 + CUSTOMERS + ORDERS, 'customers_orders_items_group_by' => 1,
];

function orders_customer_lazy($db): int
{
    $total = 0;
    ran();
    foreach (pg_fetch_all_columns(pg_query($db, 'SELECT customer_id FROM orders ORDER BY id')) as $id) {
        $total += strlen(pg_fetch_result(pg_query($db, "SELECT name FROM customers WHERE id = $id"), 0)); // N+1 here
        ran();
    }
    return $total;
}

function orders_customer_joined($db): int
{
    ran();
    $names = pg_fetch_all_columns(pg_query($db, 'SELECT name FROM orders JOIN customers ON customers.id = customer_id'));
    return array_sum(array_map('strlen', $names));
}

function users_posts_lazy($db): int
{
    $total = 0;
    pg_prepare($db, 'posts', 'SELECT likes FROM posts WHERE user_id = $1');
    ran();
    foreach (pg_fetch_all_columns(pg_query($db, 'SELECT id FROM users')) as $id) {
        $total += array_sum(pg_fetch_all_columns(pg_execute($db, 'posts', [$id]))); // N+1 here
        ran();
    }
    return $total;
}

function users_posts_selectin($db): int
{
    ran(2);
    $ids = pg_fetch_all_columns(pg_query($db, 'SELECT id FROM users'));
    $posts = pg_query_params($db, 'SELECT likes FROM posts WHERE user_id = ANY($1)', ['{' . implode(',', $ids) . '}']);
    return array_sum(pg_fetch_all_columns($posts));
}

function customers_orders_items_lazy($db): int
{
    $total = 0;
    ran();
    foreach (pg_fetch_all_columns(pg_query($db, 'SELECT id FROM customers')) as $customer) {
        $orders = pg_query_params($db, 'SELECT id FROM orders WHERE customer_id = $1', [$customer]); // N+1 here
        ran();
        foreach (pg_fetch_all_columns($orders) as $order) {
            pg_send_query_params($db, 'SELECT sum(price) FROM items WHERE order_id = $1', [$order]); // N+1 here
            ran();
            $total += pg_fetch_result(pg_get_result($db), 0);
        }
    }
    return $total;
}

function customers_orders_items_group_by($db): int
{
    ran();
    return array_sum(pg_fetch_all_columns(
        pg_query($db, 'SELECT sum(price) FROM orders JOIN items ON order_id = orders.id GROUP BY customer_id')));
}

main(SCENES, function () {
    $db = pg_connect('dbname=postgres');
    foreach (tables('CREATE TEMPORARY TABLE') as $statement) {
        pg_query($db, $statement);
        ran();
    }
    return $db;
});
