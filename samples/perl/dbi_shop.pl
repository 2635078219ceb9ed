# DBI with DBD::SQLite or DBD::Pg, without an ORM.
use strict;
use warnings;
use DBI;
use FindBin;
use lib $FindBin::Bin;
use Common;

my $db = DBI->connect(dsn(), undef, undef, { RaiseError => 1, PrintError => 0 });
$db->do($_) for fill();
$db->{Callbacks} = { ChildCallbacks => { execute => sub { sent(); return } } };

sub load_books {
    my ($author) = @_;
    my $books = $db->selectcol_arrayref("SELECT pages FROM books WHERE author = ?", undef, $author); # N+1 here
    my $sum = 0;
    $sum += $_ for @$books;
    return $sum;
}

sub authors {
    return @{ $db->selectcol_arrayref("SELECT id FROM authors") };
}

scene(authors_books_lazy => 1 + SIZE, sub {
    my $sum = 0;
    $sum += load_books($_) for authors();
    return $sum;
});

scene(authors_books_joined => 1, sub {
    my $sum = 0;
    $sum += $_ for @{ $db->selectcol_arrayref("SELECT pages FROM authors JOIN books ON author = authors.id") };
    return $sum;
});

scene(customers_orders_items_lazy => 1 + SIZE + SIZE * ORDERS, sub {
    my $sum = 0;
    for my $customer (@{ $db->selectcol_arrayref("SELECT id FROM customers") }) {
        for my $order (@{ $db->selectcol_arrayref("SELECT id FROM orders WHERE customer = ?", undef, $customer) }) { # N+1 here
            $sum += $db->selectcol_arrayref("SELECT sum(price) FROM items WHERE order_id = ?", undef, $order)->[0]; # N+1 here
        }
    }
    return $sum;
});

scene(customers_orders_items_grouped => 1, sub {
    my $sum = 0;
    $sum += $_ for @{ $db->selectcol_arrayref(
        "SELECT o.customer, sum(price) FROM orders o JOIN items ON order_id = o.id GROUP BY o.customer", { Columns => [2] }) };
    return $sum;
});

scene(two_places => 2 + 2 * SIZE, sub {
    my $sum = 0;
    $sum += load_books($_) for authors();
    $sum += load_books($_) for authors();
    return $sum;
});

run_scene();
