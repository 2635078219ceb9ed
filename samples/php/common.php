<?php
/* What the PHP samples share: the tables, the command line, the counting.
 *
 * A sample is run as `php SAMPLE.php SCENE [COUNTS]`. It fills its tables, loads one scene and prints a sum that is the same for every
 * way of loading it. Beside each call that executes something stands ran(); COUNTS gets these numbers as JSON, with what the scene has
 * to need, so that a report can be compared with both. */

// The variable SAMPLE_PARENTS says how many customers and users there are, instead of these numbers.
define('PARENTS', (int) getenv('SAMPLE_PARENTS'));
define('CUSTOMERS', PARENTS ?: 10);
define('ORDERS', PARENTS ? 2 * PARENTS : 100);
define('USERS', PARENTS ?: 20);
const ITEMS = 3; // of each order
const POSTS = 5; // of each user

$executed = 0;

function ran(int $times = 1): void
{
    global $executed;
    $executed += $times;
}

/* The statements that make and fill the tables. */
function tables(string $create = 'CREATE TABLE'): iterable
{
    yield "$create customers (id integer PRIMARY KEY, name text NOT NULL)";
    yield "$create orders (id integer PRIMARY KEY, customer_id integer NOT NULL, amount integer NOT NULL)";
    yield "$create items (id integer PRIMARY KEY, order_id integer NOT NULL, price integer NOT NULL)";
    yield "$create users (id integer PRIMARY KEY, name text NOT NULL)";
    yield "$create posts (id integer PRIMARY KEY, user_id integer NOT NULL, likes integer NOT NULL)";
    yield insert('customers', CUSTOMERS, fn($i) => "'customer $i'");
    yield insert('orders', ORDERS, fn($i) => (1 + $i % CUSTOMERS) . ', ' . (100 * $i));
    yield insert('items', ORDERS * ITEMS, fn($i) => (1 + intdiv($i - 1, ITEMS)) . ', ' . (500 + $i % 97));
    yield insert('users', USERS, fn($i) => "'user $i'");
    yield insert('posts', USERS * POSTS, fn($i) => (1 + intdiv($i - 1, POSTS)) . ', ' . (1000 + $i));
}

function insert(string $table, int $rows, callable $values): string
{
    return "INSERT INTO $table VALUES " . implode(', ', array_map(fn($i) => "($i, " . $values($i) . ')', range(1, $rows)));
}

/* $scenes: what each has to execute, by the name of its function; $open fills the tables and gives what a scene is called with. */
function main(array $scenes, callable $open): void
{
    global $argv, $executed;
    $scene = $argv[1] ?? '';
    if (!isset($scenes[$scene])) {
        fwrite(STDERR, "usage: php $argv[0] SCENE [COUNTS]; scenes: " . implode(' ', array_keys($scenes)) . "\n");
        exit(2);
    }
    $database = $open();
    $before = $executed;
    echo $scene($database), "\n";
    $counts = ['expected' => $scenes[$scene], 'load' => $executed - $before, 'total' => $executed];
    if (isset($argv[2]))
        file_put_contents($argv[2], json_encode($counts));
}
