use strict;
use warnings;

use Shop;
use Test::More tests => 2;
use Test::NPlus1;

my $shop = Shop->open_new;
ok(1, 'opened');
is(scalar(my @counts = $shop->counts), 6, 'six');
