<?php
$db = new PDO("sqlite:" . __DIR__ . "/shop.db");
$customer = $db->prepare("select name from customers where id = ?");

$orders = [];
foreach ($db->query("select customer_id, amount from orders order by id") as $order) {
    $customer->execute([$order["customer_id"]]);
    $orders[] = ["customer" => $customer->fetchColumn(), "amount" => $order["amount"]];
}
header("Content-Type: application/json");
echo json_encode(["orders" => $orders]);
