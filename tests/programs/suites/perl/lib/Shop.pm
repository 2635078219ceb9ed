package Shop;

# A shop in DBIx::Class: a loop that loads lazily, unless SHOP_FIXED is set.
use strict;
use warnings;
use parent 'DBIx::Class::Schema';

package Shop::Order {
    use parent 'DBIx::Class::Core';
    __PACKAGE__->table('orders');
    __PACKAGE__->add_columns(qw(id customer));
    __PACKAGE__->set_primary_key('id');
}

package Shop::Customer {
    use parent 'DBIx::Class::Core';
    __PACKAGE__->table('customers');
    __PACKAGE__->add_columns(qw(id name));
    __PACKAGE__->set_primary_key('id');
    __PACKAGE__->has_many(orders => 'Shop::Order', 'customer');
}

__PACKAGE__->register_class(Order => 'Shop::Order');
__PACKAGE__->register_class(Customer => 'Shop::Customer');

sub open_new {
    my $shop = Shop->connect('dbi:SQLite:dbname=:memory:', '', '', { RaiseError => 1 });
    my $database = $shop->storage->dbh;
    $database->do('create table customers (id integer primary key, name text)');
    $database->do('create table orders (id integer primary key, customer integer)');
    $database->do("insert into customers with recursive n(i) as (select 0 union all select i + 1 from n where i < 5)
        select 7 * i + 3, 'customer ' || i from n");
    $database->do('insert into orders (customer) select id from customers union all select id from customers');
    return $shop;
}

sub counts {
    my ($shop) = @_;
    my @counts;
    for my $customer ($shop->resultset('Customer')->search({}, $ENV{SHOP_FIXED} ? { prefetch => 'orders' } : {})->all) {
        my @orders = $customer->orders->all; # N+1 here
        push @counts, scalar @orders;
    }
    return @counts;
}

sub names {
    my ($shop) = @_;
    return map { $_->name } $shop->resultset('Customer')->all;
}

1;
