# What the Perl samples share: the tables, the scenes with what each has to execute, the command line, the counting.
#
# A sample is run as `SAMPLE.pl SCENE [DATABASE]`, where DATABASE is one of PostgreSQL's; without, it is SQLite in memory. It fills its
# tables, loads one scene, and prints a JSON object: the sum that is the same for every way of loading, how many executions the way of
# loading needs (expected), and how many the client's own hook saw (hook). The scene `nothing` does all but the loading.
# SAMPLE_SIZE is the number of authors and customers.
package Common;
use strict;
use warnings;
use parent 'Exporter';
our @EXPORT = qw(SIZE BOOKS ORDERS ITEMS dsn fill scene sent run_scene);

use constant SIZE => $ENV{SAMPLE_SIZE} // 20;
use constant { BOOKS => 3, ORDERS => 2, ITEMS => 2 };

my ($hook, $loading, %scenes) = (0, 0, nothing => [0, sub { 0 }]);

sub dsn { return $ARGV[1] ? "dbi:Pg:dbname=$ARGV[1]" : "dbi:SQLite:dbname=:memory:" }

sub fill {
    my $insert = sub {
        my ($table, $count, $columns) = @_;
        return "INSERT INTO $table SELECT $columns FROM generate_series(1, $count) AS n(i)" if $ARGV[1];
        return "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $count) INSERT INTO $table SELECT $columns FROM n";
    };
    my ($size, $orders) = (SIZE, SIZE * ORDERS);
    return (
        "CREATE TABLE authors (id integer PRIMARY KEY, name text NOT NULL)",
        "CREATE TABLE books (id integer PRIMARY KEY, author integer NOT NULL, pages integer NOT NULL)",
        "CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL)",
        "CREATE TABLE orders (id integer PRIMARY KEY, customer integer NOT NULL)",
        "CREATE TABLE items (id integer PRIMARY KEY, order_id integer NOT NULL, price integer NOT NULL)",
        "CREATE INDEX books_author ON books(author)",
        "CREATE INDEX orders_customer ON orders(customer)",
        "CREATE INDEX items_order ON items(order_id)",
        $insert->("authors", $size, "1000000 + i, 'author ' || i"),
        $insert->("books", $size * BOOKS, "i, 1000001 + (i - 1) % $size, 200 + i % 50"),
        $insert->("customers", $size, "2000000 + i, 'customer ' || i"),
        $insert->("orders", $orders, "3000000 + i, 2000001 + (i - 1) % $size"),
        $insert->("items", $orders * ITEMS, "i, 3000001 + (i - 1) % $orders, 500 + i % 97"),
    );
}

sub scene {
    my ($name, $expected, $load) = @_;
    $scenes{$name} = [$expected, $load];
}

# The client's own hook calls this for each statement that it sends.
sub sent { $hook++ if $loading }

sub run_scene {
    my $scene = $scenes{$ARGV[0] // ""} or die "usage: $0 " . join("|", sort keys %scenes) . " [DATABASE]\n";
    $loading = 1;
    my $sum = $scene->[1]->();
    $loading = 0;
    print qq({"sum": $sum, "expected": $scene->[0], "hook": $hook}\n);
}

1;
