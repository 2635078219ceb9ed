use strict;
use warnings;

use Shop;
use Test::More;

my $shop = Shop->open_new;
subtest names => sub { is(scalar(my @names = $shop->names), 6) };
is(scalar(my @counts = $shop->counts), 6, 'six');
subtest dies => sub { $shop->counts; die "as ever\n" } if $ENV{SHOP_DIES};
done_testing;
