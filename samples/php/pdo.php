<?php
/* The scenes with PDO, for each of its databases. */
require __DIR__ . '/common.php';

const SCENES = [
    'orders_customer_lazy' => 1 + ORDERS, 'orders_customer_joined' => 1,
    'users_posts_lazy' => 1 + USERS, 'users_posts_selectin' => 2,
    'customers_orders_items_lazy' => 1 + CUSTOMERS + ORDERS, 'customers_orders_items_group_by' => 1,
];

function orders_customer_lazy(PDO $db): int
{
    $total = 0;
    ran();
    foreach ($db->query('SELECT customer_id FROM orders ORDER BY id')->fetchAll(PDO::FETCH_COLUMN) as $id) {
        $total += strlen($db->query("SELECT name FROM customers WHERE id = $id")->fetchColumn()); // N+1 here
        ran();
    }
    return $total;
}

function orders_customer_joined(PDO $db): int
{
    ran();
    $names = $db->query('SELECT name FROM orders JOIN customers ON customers.id = customer_id')->fetchAll(PDO::FETCH_COLUMN);
    return array_sum(array_map('strlen', $names));
}

function users_posts_lazy(PDO $db): int
{
    $total = 0;
    $posts = $db->prepare('SELECT likes FROM posts WHERE user_id = ?');
    ran();
    foreach ($db->query('SELECT id FROM users')->fetchAll(PDO::FETCH_COLUMN) as $id) {
        $posts->execute([$id]); // N+1 here
        ran();
        $total += array_sum($posts->fetchAll(PDO::FETCH_COLUMN));
    }
    return $total;
}

function users_posts_selectin(PDO $db): int
{
    ran(2);
    $ids = $db->query('SELECT id FROM users')->fetchAll(PDO::FETCH_COLUMN);
    $posts = $db->prepare('SELECT likes FROM posts WHERE user_id IN (' . implode(', ', array_fill(0, count($ids), '?')) . ')');
    $posts->execute($ids);
    return array_sum($posts->fetchAll(PDO::FETCH_COLUMN));
}

function customers_orders_items_lazy(PDO $db): int
{
    $total = 0;
    $items = $db->prepare('SELECT sum(price) FROM items WHERE order_id = :order');
    ran();
    foreach ($db->query('SELECT id FROM customers')->fetchAll(PDO::FETCH_COLUMN) as $customer) {
        $orders = $db->query("SELECT id FROM orders WHERE customer_id = $customer")->fetchAll(PDO::FETCH_COLUMN); // N+1 here
        ran();
        foreach ($orders as $order) {
            $items->execute(['order' => $order]); // N+1 here
            ran();
            $total += $items->fetchColumn();
        }
    }
    return $total;
}

function customers_orders_items_group_by(PDO $db): int
{
    ran();
    return array_sum($db->query('SELECT customer_id, sum(price) FROM orders JOIN items ON order_id = orders.id GROUP BY customer_id')
        ->fetchAll(PDO::FETCH_KEY_PAIR));
}

/* $create: how a table is made. */
function with_pdo(string $url, string $create): void
{
    main(SCENES, function () use ($url, $create) {
        $db = new PDO($url);
        foreach (tables($create) as $statement) {
            $db->exec($statement);
            ran();
        }
        return $db;
    });
}
