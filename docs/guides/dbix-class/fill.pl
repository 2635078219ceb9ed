# A hundred customers with an order each.
use strict;
use warnings;
use DBI;

my $db = DBI->connect('dbi:SQLite:dbname=shop.db', '', '', { RaiseError => 1 });
$db->do('create table customers(id integer primary key, name text)');
$db->do('create table orders(id integer primary key, customer_id integer references customers, amount integer)');
$db->begin_work;
for my $i (1 .. 100) {
    $db->do('insert into customers values (?, ?)', undef, 7 * $i, "customer $i");
    $db->do('insert into orders values (?, ?, ?)', undef, $i, 7 * $i, $i);
}
$db->commit;
