# DBIx::Class: relationships that load lazily, and prefetch.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Common;

package Shop::Counter { # of the statements, as DBIx::Class tells them
    use parent -norequire, 'DBIx::Class::Storage::Statistics';
    sub query_start { Common::sent() }
    sub query_end { }
}

package Shop::Author {
    use parent 'DBIx::Class::Core';
    __PACKAGE__->table('authors');
    __PACKAGE__->add_columns(qw(id name));
    __PACKAGE__->set_primary_key('id');
    __PACKAGE__->has_many(books => 'Shop::Book', 'author');
}

package Shop::Book {
    use parent 'DBIx::Class::Core';
    __PACKAGE__->table('books');
    __PACKAGE__->add_columns(qw(id author pages));
    __PACKAGE__->set_primary_key('id');
    __PACKAGE__->belongs_to(writer => 'Shop::Author', 'author');
}

package Shop::Customer {
    use parent 'DBIx::Class::Core';
    __PACKAGE__->table('customers');
    __PACKAGE__->add_columns(qw(id name));
    __PACKAGE__->set_primary_key('id');
    __PACKAGE__->has_many(orders => 'Shop::Order', 'customer');
}

package Shop::Order {
    use parent 'DBIx::Class::Core';
    __PACKAGE__->table('orders');
    __PACKAGE__->add_columns(qw(id customer));
    __PACKAGE__->set_primary_key('id');
    __PACKAGE__->has_many(items => 'Shop::Item', 'order_id');
}

package Shop::Item {
    use parent 'DBIx::Class::Core';
    __PACKAGE__->table('items');
    __PACKAGE__->add_columns(qw(id order_id price));
    __PACKAGE__->set_primary_key('id');
}

package Shop {
    use parent 'DBIx::Class::Schema';
    __PACKAGE__->register_class($_ => "Shop::$_") for qw(Author Book Customer Order Item);
}

package main;
use DBIx::Class::Storage::Statistics;

my $shop = Shop->connect(dsn(), undef, undef, { RaiseError => 1 });
$shop->storage->dbh_do(sub { my ($storage, $db) = @_; $db->do($_) for fill() });
$shop->storage->debugobj(Shop::Counter->new);
$shop->storage->debug(1);

scene(authors_books_lazy => 1 + SIZE, sub {
    my $sum = 0;
    for my $author ($shop->resultset('Author')->all) {
        $sum += $_->pages for $author->books; # N+1 here
    }
    return $sum;
});

scene(authors_books_prefetch => 1, sub {
    my $sum = 0;
    for my $author ($shop->resultset('Author')->search({}, { prefetch => 'books' })->all) {
        $sum += $_->pages for $author->books;
    }
    return $sum;
});

scene(books_author_lazy => 1 + SIZE * BOOKS, sub {
    my $sum = 0;
    for my $book ($shop->resultset('Book')->all) {
        $sum += length $book->writer->name; # N+1 here
    }
    return $sum;
});

scene(books_author_prefetch => 1, sub {
    my $sum = 0;
    $sum += length $_->writer->name for $shop->resultset('Book')->search({}, { prefetch => 'writer' })->all;
    return $sum;
});

scene(customers_orders_items_lazy => 1 + SIZE + SIZE * ORDERS, sub {
    my $sum = 0;
    for my $customer ($shop->resultset('Customer')->all) {
        for my $order ($customer->orders) { # N+1 here
            $sum += $_->price for $order->items; # N+1 here
        }
    }
    return $sum;
});

run_scene();
