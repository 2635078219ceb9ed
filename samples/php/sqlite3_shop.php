<?php
/* The class SQLite3. */
require __DIR__ . '/common.php';

const SCENES = [
    'orders_customer_lazy' => 1 + ORDERS, 'orders_customer_joined' => 1,
    'users_posts_lazy' => 1 + USERS, 'users_posts_selectin' => 2,
    'customers_orders_items_lazy' => 1 + CUSTOMERS + ORDERS, 'customers_orders_items_group_by' => 1,
    'two_lines' => 2 + 2 * USERS, 'shared_helper' => 1 + 2 * USERS,
    'no_rows' => 1 + 2 * USERS, 'write_loop' => USERS,
];

function orders_customer_lazy(SQLite3 $db): int
{
    $total = 0;
    $orders = $db->query('SELECT customer_id FROM orders ORDER BY id');
    ran();
    while ($order = $orders->fetchArray(SQLITE3_NUM)) {
        $total += strlen($db->querySingle("SELECT name FROM customers WHERE id = $order[0]")); // N+1 here
        ran();
    }
    return $total;
}

function orders_customer_joined(SQLite3 $db): int
{
    $total = 0;
    $rows = $db->query('SELECT name FROM orders JOIN customers ON customers.id = customer_id');
    ran();
    while ($row = $rows->fetchArray(SQLITE3_NUM))
        $total += strlen($row[0]);
    return $total;
}

function users_posts_lazy(SQLite3 $db): int
{
    $total = 0;
    $posts = $db->prepare('SELECT likes FROM posts WHERE user_id = :user');
    $users = $db->query('SELECT id FROM users');
    ran();
    while ($user = $users->fetchArray(SQLITE3_ASSOC)) {
        $posts->bindValue(':user', $user['id'], SQLITE3_INTEGER);
        $result = $posts->execute(); // N+1 here
        ran();
        while ($post = $result->fetchArray(SQLITE3_NUM))
            $total += $post[0];
    }
    return $total;
}

function users_posts_selectin(SQLite3 $db): int
{
    $total = 0;
    $users = $db->query('SELECT id FROM users');
    ran();
    for ($ids = []; $user = $users->fetchArray(SQLITE3_NUM);)
        $ids[] = $user[0];
    $posts = $db->query('SELECT likes FROM posts WHERE user_id IN (' . implode(', ', $ids) . ')');
    ran();
    while ($post = $posts->fetchArray(SQLITE3_NUM))
        $total += $post[0];
    return $total;
}

function customers_orders_items_lazy(SQLite3 $db): int
{
    $total = 0;
    $customers = $db->query('SELECT id FROM customers');
    ran();
    while ($customer = $customers->fetchArray(SQLITE3_NUM)) {
        $orders = $db->query("SELECT id FROM orders WHERE customer_id = $customer[0]"); // N+1 here
        ran();
        while ($order = $orders->fetchArray(SQLITE3_NUM)) {
            $total += $db->querySingle("SELECT sum(price) FROM items WHERE order_id = $order[0]"); // N+1 here
            ran();
        }
    }
    return $total;
}

function customers_orders_items_group_by(SQLite3 $db): int
{
    $total = 0;
    $sums = $db->query('SELECT customer_id, sum(price) FROM orders JOIN items ON order_id = orders.id GROUP BY customer_id');
    ran();
    while ($sum = $sums->fetchArray(SQLITE3_NUM))
        $total += $sum[1];
    return $total;
}

function two_lines(SQLite3 $db): int
{
    $total = 0;
    foreach ([0, 1] as $second) {
        $users = $db->query('SELECT id FROM users');
        ran();
        while ($user = $users->fetchArray(SQLITE3_NUM)) {
            $total += $second
                ? $db->querySingle("SELECT sum(likes) FROM posts WHERE user_id = $user[0]") // N+1 here
                : $db->querySingle("SELECT sum(likes) FROM posts WHERE user_id = $user[0]"); // N+1 here
            ran();
        }
    }
    return $total;
}

function sum_of_likes(SQLite3 $db, int $user): int
{
    ran();
    return $db->querySingle("SELECT sum(likes) FROM posts WHERE user_id = $user");
}

function shared_helper(SQLite3 $db): int
{
    $total = 0;
    $users = $db->query('SELECT id FROM users');
    ran();
    while ($user = $users->fetchArray(SQLITE3_NUM)) {
        $total += sum_of_likes($db, $user[0]);
        $total -= sum_of_likes($db, $user[0]);
    }
    return $total;
}

/* Prepared, executed and looked at, with nothing to find; and executed without a look. */
function no_rows(SQLite3 $db): int
{
    $total = 0;
    $posts = $db->prepare('SELECT likes FROM posts WHERE user_id = -:user');
    $users = $db->query('SELECT id FROM users');
    ran();
    while ($user = $users->fetchArray(SQLITE3_NUM)) {
        $posts->bindValue(':user', $user[0], SQLITE3_INTEGER);
        $posts->execute();
        ran();
        $total += $posts->execute()->fetchArray() ? 1 : 0;
        ran();
    }
    return $total;
}

/* An INSERT with the same values twice is two executions. */
function write_loop(SQLite3 $db): int
{
    $insert = $db->prepare('INSERT INTO users (name) VALUES (:name)');
    $insert->bindValue(':name', 'the same');
    for ($i = 0; $i < USERS; $i++) {
        $insert->execute();
        ran();
    }
    return $db->changes();
}

main(SCENES, function () {
    $db = new SQLite3(':memory:');
    foreach (tables() as $statement) {
        $db->exec($statement);
        ran();
    }
    return $db;
});
