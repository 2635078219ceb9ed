use strict;
use warnings;
use lib 'lib';
use Shop;

my $schema = Shop->connect('dbi:SQLite:dbname=shop.db');
my $orders = $schema->resultset('Order')->search({}, { order_by => 'me.id' });
while (my $order = $orders->next) {
    printf "%s owes %d\n", $order->customer->name, $order->amount;
}
