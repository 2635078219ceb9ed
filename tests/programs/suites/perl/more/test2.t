# Without Test::More: its foundation alone, as Test2::Suite is.
use strict;
use warnings;

use Shop;
use Test2::API qw(context run_subtest);
use Test::NPlus1 fail_on => 'n_plus_one:proven';

my $shop = Shop->open_new;

sub check {
    my ($ok, $name) = @_;
    my $context = context();
    $context->ok($ok, $name);
    $context->release;
}

sub run_all {
    my $context = context();
    run_subtest('counts', sub { check(scalar(my @counts = $shop->counts) == 6, 'six') });
    $context->plan($context->hub->count);
    $context->release;
}

run_all();
