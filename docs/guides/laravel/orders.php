<?php
require __DIR__ . "/database.php";

$orders = [];
foreach (Order::orderBy("id")->get() as $order) {
    $orders[] = ["customer" => $order->customer->name, "amount" => $order->amount];
}
header("Content-Type: application/json");
echo json_encode(["orders" => $orders]);
