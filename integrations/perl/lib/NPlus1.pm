package NPlus1;

# Names what a program does for the reports of nplus1 (https://nplus1.dev), and says what is meant:
#
#     NPlus1::allowed("three at the most", sub { ... });    what runs in it is no finding
#     NPlus1::scope("import of orders", sub { ... });       a unit of work, named in reports
#
# Without the agent (LD_PRELOAD=libnplus1.so, `nplus1 run`) or without FFI::Platypus they only call what they are given. Both return what
# it returns. Test::NPlus1 is for tests.
use strict;
use warnings;

use NPlus1::Agent;

our $VERSION = '0.1.0';

# Whether the agent is there and records.
sub is_watched { return NPlus1::Agent::is_watched() }

sub scope {
    my ($name, $work) = @_;
    NPlus1::Agent::begin($name);
    my $end = NPlus1::Agent::guard(\&NPlus1::Agent::end);
    return $work->();
}

sub allowed {
    my ($reason, $work) = @_;
    my (undef, $file, $line) = caller;
    NPlus1::Agent::allow_begin($reason);
    my $end = NPlus1::Agent::guard(sub {
        NPlus1::Agent::note("$file:$line: $reason", scalar NPlus1::Agent::findings());
        NPlus1::Agent::allow_end();
    });
    return $work->();
}

1;
