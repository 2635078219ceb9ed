<?php

/** A shop behind PDO: a loop that asks for each customer, unless SHOP_FIXED is set. */
final class Shop
{
    public PDO $database;

    public function __construct()
    {
        $this->database = new PDO('sqlite::memory:');
        $this->database->exec('create table customers (id integer primary key, name text)');
        $this->database->exec('create table orders (id integer primary key, customer_id integer)');
        $this->database->exec("insert into customers with recursive n(i) as (select 0 union all select i + 1 from n where i < 5)
            select 7 * i + 3, 'customer ' || i from n");
        $this->database->exec('insert into orders (customer_id) select id from customers union all select id from customers');
    }

    public function ordersOf(int $customer): array
    {
        $statement = $this->database->prepare('select id from orders where customer_id = ?');
        $statement->execute([$customer]);

        return $statement->fetchAll(PDO::FETCH_COLUMN);
    }

    public function counts(): array
    {
        if (getenv('SHOP_FIXED')) {
            return $this->database->query('select count(*) from orders group by customer_id')->fetchAll(PDO::FETCH_COLUMN);
        }
        $counts = [];
        foreach ($this->database->query('select id, name from customers')->fetchAll() as $customer) {
            $counts[] = count($this->ordersOf($customer['id'])); // N+1 here
        }

        return $counts;
    }

    public function names(): array
    {
        return $this->database->query('select name from customers')->fetchAll(PDO::FETCH_COLUMN);
    }
}
