<?php
require "Illuminate/Database/autoload.php";

use Illuminate\Database\Capsule\Manager;
use Illuminate\Database\Eloquent\Model;

$manager = new Manager();
$manager->addConnection(["driver" => "sqlite", "database" => __DIR__ . "/shop.db"]);
$manager->setAsGlobal();
$manager->bootEloquent();

class Customer extends Model
{
    public $timestamps = false;
}

class Order extends Model
{
    public $timestamps = false;

    public function customer()
    {
        return $this->belongsTo(Customer::class);
    }
}
