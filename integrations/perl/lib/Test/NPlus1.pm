package Test::NPlus1;

# use Test::NPlus1; in a .t file with Test::More or Test2: each subtest is a scope, and what is outside of subtests is one. Where one has a
# loop, a test that fails is added to it, at the loop's line. `nplus1 run -- prove -l` watches.
#
#     nplus1_allow("why");       in a subtest or a file: its loops are meant
#     nplus1_max_queries(3);     more statements from here to the end of the subtest or file make it fail
#     use Test::NPlus1 fail_on => "LIST";    kinds and confidences that fail, as of `nplus1 check --fail-on`; NPLUS1_FAIL_ON goes before it
#
# The added test is none of those that were planned: done_testing fits better than `tests => 3`.
use strict;
use warnings;
use parent 'Exporter';

use NPlus1;
use NPlus1::Agent;
use NPlus1::Failures;
use Test::Builder (); # before Test2::API, or it warns
use Test2::API ();

our $VERSION = '0.1.0';
our @EXPORT = qw(nplus1_allow nplus1_max_queries);

my ($rules, @running); # the innermost subtest last

sub import {
    my ($class, %options) = @_;
    $class->export_to_level(1, $class, @EXPORT);
    my $list = defined $ENV{NPLUS1_FAIL_ON} ? $ENV{NPLUS1_FAIL_ON} : $options{fail_on};
    $rules = NPlus1::Failures::rules(defined $list ? $list : $NPlus1::Failures::FAIL_ON) if defined $list || !$rules;
    return if @running;
    my $hub = Test2::API::test2_stack()->top;
    if (!NPlus1::is_watched()) {
        _with_context($hub, sub { $_[0]->note(NPlus1::Agent::how()) });
        return;
    }
    _enter($0);
    $hub->follow_up(sub { _report($running[0], $_[1]); _tell_stale($_[1]) });
    Test2::API::test2_add_callback_pre_subtest(\&_watch);
    return;
}

sub nplus1_allow {
    my ($reason) = @_;
    return unless @running;
    my (undef, $file, $line) = caller;
    $running[-1]{allows} = "$file:$line: $reason";
    return;
}

sub nplus1_max_queries {
    my ($limit) = @_;
    return unless @running;
    my (undef, $file, $line) = caller;
    @{ $running[-1] }{qw(limit limit_place)} = ($limit, NPlus1::Agent::place($file, $line));
    $running[-1]{executions} = -NPlus1::Agent::executions();
    return;
}

# What runs is stretches of one scope: those of a test's subtests are not its own.
sub _enter {
    my ($name) = @_;
    _pause($running[-1]) if @running;
    push @running, { name => $name, executions => 0, found => [] };
    NPlus1::Agent::begin($name);
    return;
}

sub _leave {
    _pause(pop @running);
    NPlus1::Agent::begin($running[-1]{name}) if @running;
    return;
}

sub _pause {
    my ($test) = @_;
    _collect($test);
    NPlus1::Agent::end();
    return;
}

sub _collect {
    my ($test) = @_;
    $test->{executions} += NPlus1::Agent::executions();
    push @{ $test->{found} }, NPlus1::Agent::findings();
    return;
}

# Before a subtest: the callback's arguments are the runner's own variables, so that the code can be another one.
sub _watch {
    my ($name, $code) = @_;
    $_[1] = sub {
        _enter("$running[-1]{name} > $name");
        my $test = $running[-1];
        Test2::API::test2_stack()->top->follow_up(sub { _report($test, $_[1]) });
        my $leave = NPlus1::Agent::guard(\&_leave);
        return $code->(@_);
    };
    return;
}

# Behind the last test of a subtest or file, when the plan may still grow.
sub _report {
    my ($test, $hub) = @_;
    _collect($test) if @running && $test == $running[-1]; # done_testing was called in it
    if (defined $test->{limit} && $test->{executions} > $test->{limit}) {
        return _fail($hub, $test->{limit_place}, "$test->{executions} statements were executed, $test->{limit} are allowed");
    }
    if (defined $test->{allows}) {
        NPlus1::Agent::note($test->{allows}, scalar @{ $test->{found} });
        return;
    }
    my @found = grep { NPlus1::Failures::fails($_, $rules) } @{ $test->{found} };
    _fail($hub, $found[0]{place}, NPlus1::Failures::message(@found)) if @found;
    return;
}

# A test that fails, at the place.
sub _fail {
    my ($hub, $place, $message) = @_;
    _with_context($hub, sub {
        my ($context) = @_;
        my $trace = $context->trace;
        if (defined $place->{file}) {
            my $frame = [__PACKAGE__, $place->{shown} =~ s/:\d+$//r, $place->{line}, __PACKAGE__ . '::_fail'];
            $trace = $trace->snapshot(frame => $frame);
        }
        local $context->{ Test2::API::Context::TRACE() } = $trace;
        $context->ok(0, 'no N+1 queries', [$message]);
    });
    return;
}

sub _tell_stale {
    my ($hub) = @_;
    my @lines = NPlus1::Agent::stale();
    _with_context($hub, sub { $_[0]->diag("nplus1: this allowance is needed by nothing: $_") for @lines }) if @lines;
    return;
}

sub _with_context {
    my ($hub, $work) = @_;
    my $context = Test2::API::context(hub => $hub);
    $work->($context);
    $context->release;
    return;
}

1;
