<?php
// A hundred customers with an order each.
$db = new PDO("sqlite:" . __DIR__ . "/shop.db");
$db->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
$db->exec("create table customers(id integer primary key, name text)");
$db->exec("create table orders(id integer primary key, customer_id integer references customers, amount integer)");
$db->beginTransaction();
for ($i = 1; $i <= 100; $i++) {
    $db->exec("insert into customers values (7 * $i, 'customer $i')");
    $db->exec("insert into orders values ($i, 7 * $i, $i)");
}
$db->commit();
