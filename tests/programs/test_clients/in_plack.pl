use strict;
use warnings;

use DBI;
use HTTP::Request::Common;
use Plack::Test;

my $db = DBI->connect("dbi:SQLite::memory:", "", "", {RaiseError => 1});
$db->do("create table $_") for "users(id integer primary key, name text)", "orders(id integer primary key, name text)",
    "items(id integer primary key, order_id integer, name text)";
$db->do("insert into users values (7, 'u')");
my $numbers = "with recursive n(i) as (select 1 union all select i + 1 from n where i <";
$db->do("$numbers 20) insert into orders select 7 * i, 'o' from n");
$db->do("$numbers 60) insert into items select i, 7 * (i % 20 + 1), 'i' from n");

sub all_orders {
    my @names;
    for my $row (@{$db->selectall_arrayref("select id from orders order by name, id desc")}) {
        push @names, map { $_->[0] } @{$db->selectall_arrayref("select name from items where order_id = ?", undef, $row->[0])};
    }
    return @names;
}

sub one {
    my ($order) = @_;
    $db->selectall_arrayref("select name from users where id = ?", undef, 7);
    return $db->selectrow_array("select name from orders where id = ?", undef, $order);
}

my $application = sub {
    my ($environment) = @_;
    my ($order) = $environment->{PATH_INFO} =~ /(\d+)/;
    return [200, ["Content-Type", "text/plain"], [$order ? one($order) : all_orders()]];
};

test_psgi $application, sub {
    my ($client) = @_;
    my $ask = sub { $client->(GET $_[0])->is_success or die };
    if ($ARGV[0] eq "list") {
        $ask->("/orders");
    } elsif ($ARGV[0] eq "numbers") {
        $ask->("/orders/" . 7 * $_) for 1 .. 20;
    } else {
        $ask->("/orders/$_->[0]") for @{$db->selectall_arrayref("select id from orders order by id desc")};
    }
};
