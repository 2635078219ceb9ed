use strict;
use warnings;

use Shop;
use Test::More;
use Test::NPlus1;

my $shop = Shop->open_new;

subtest counts => sub {
    is_deeply([$shop->counts], [(2) x 6], 'two orders each');
};

subtest names => sub {
    plan tests => 1;
    is(scalar(my @names = $shop->names), 6);
};

subtest 'allowed in the program' => sub {
    is(scalar(my @counts = NPlus1::allowed('there are six', sub { $shop->counts })), 6);
};

subtest 'allowed in the test' => sub {
    nplus1_allow('there are six');
    is(scalar(my @counts = $shop->counts), 6);
    done_testing;
};

subtest outer => sub {
    is(scalar(my @names = $shop->names), 6);
    subtest inner => sub {
        is(scalar(my @counts = $shop->counts), 6);
        done_testing;
    };
    is(scalar(my @again = $shop->names), 6);
};

subtest skipped => sub {
    plan skip_all => 'as ever';
};

subtest 'three statements' => sub {
    nplus1_max_queries($ENV{SHOP_FIXED} ? 3 : 2);
    ok($shop->resultset('Customer')->find(7 * $_ + 3)) for 0 .. 2;
};

done_testing;
