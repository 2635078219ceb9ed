package NPlus1::Agent;

# The agent's functions, by FFI::Platypus, as agent/api/nplus1.h declares them; all of them are harmless without the agent.
use strict;
use warnings;

# struct nplus1_finding behind its size: addresses of texts, numbers of 4 bytes with 4 of padding, numbers of 8.
use constant PLACE  => 'Q L x4 Q Q Q';
use constant LAYOUT => 'x8 Q4' . PLACE . PLACE . 'Q2 L x4 Q4 Q';
use constant SIZE   => 184;

my ($functions, $callback, @found, %needed);

# Functions by name; undef without the agent.
sub functions {
    return $functions || undef if defined $functions;
    $functions = 0;
    return undef unless eval { require FFI::Platypus; 1 };
    my $ffi = FFI::Platypus->new(api => 1);
    $ffi->lib(undef); # what is loaded
    return undef unless $ffi->find_symbol('nplus1_scope_executions');
    my %types = (
        nplus1_present       => [[], 'int'],
        nplus1_scope_begin   => [['string'], 'void'],
        nplus1_scope_end     => [[], 'void'],
        nplus1_scope_findings   => [['(opaque,opaque)->int', 'opaque'], 'int'],
        nplus1_scope_executions => [[], 'uint64'],
        nplus1_allow_begin   => [['string'], 'void'],
        nplus1_allow_end     => [[], 'void'],
    );
    $functions = { map { $_ => $ffi->function($_ => @{ $types{$_} }) } keys %types };
    $callback = $ffi->closure(sub { push @found, finding_at($_[0]); return 0 });
    return $functions;
}

sub call {
    my ($name, @arguments) = @_;
    my $found = functions();
    return $found ? $found->{$name}->call(@arguments) : 0;
}

# Asked before the first test, it makes threads count for the test that waits for them.
sub is_watched { return call('nplus1_present') ? 1 : 0 }

# Why nothing is watched, and what to do.
sub how {
    return 'nplus1: FFI::Platypus is needed (libffi-platypus-perl)' if ($ENV{LD_PRELOAD} || '') =~ /nplus1/ && !functions();
    return 'nplus1: run `nplus1 run -- prove` to watch for N+1 queries';
}

sub begin { call('nplus1_scope_begin', $_[0]); return }
sub end { call('nplus1_scope_end'); return }
sub allow_begin { call('nplus1_allow_begin', $_[0]); return }
sub allow_end { call('nplus1_allow_end'); return }

# Statements in the innermost scope so far, but for those that control transactions.
sub executions { return call('nplus1_scope_executions') }

# What was found in the innermost scope so far, the surest first: hashes with names as in the JSON of `nplus1 report`.
sub findings {
    @found = ();
    call('nplus1_scope_findings', $callback, undef) if functions();
    return my @copy = @found;
}

# An allowance was used, and something needed it or not.
sub note {
    my ($line, $is_needed) = @_;
    $needed{$line} ||= $is_needed;
    return;
}

# Lines about the allowances of this process that nothing needed.
sub stale {
    my @lines = sort grep { !$needed{$_} } keys %needed;
    return functions() ? @lines : ();
}

# Calls $work when it goes out of scope, however that happens.
sub guard { return bless [$_[0]], 'NPlus1::Agent::Guard' }

sub NPlus1::Agent::Guard::DESTROY {
    local ($@, $!, $?);
    $_[0][0]->();
    return;
}

sub text { return $_[0] ? unpack('p', pack('Q', $_[0])) : undef }

# FILE:LINE, relative to the working directory, and both for themselves.
sub place {
    my ($file, $line, $function, $module) = @_;
    require Cwd;
    my $here = Cwd::getcwd();
    (my $shown = defined $file ? $file : '') =~ s{^\Q$here\E/}{};
    return {
        file => $file, line => $line, module => $module,
        shown => defined $file ? "$shown:$line" : defined $module ? $module : 'unknown place',
    };
}

sub finding_at {
    my ($address) = @_;
    my @fields = unpack LAYOUT, unpack('P' . SIZE, pack('Q', $address));
    my %finding;
    @finding{qw(kind confidence statement database)} = map { text($_) } splice @fields, 0, 4;
    for my $name (qw(location loop)) {
        my ($file, $line, $function, $module) = splice @fields, 0, 5;
        $finding{$name} = place(text($file), $line, text($function), text($module)) if $file || $module || $name eq 'location';
    }
    @finding{qw(parent parent_column)} = map { text($_) } splice @fields, 0, 2;
    @finding{qw(parameter executions distinct_values rows time_ns)} = splice @fields, 0, 5;
    $finding{advice} = text($fields[0]);
    $finding{place} = $finding{loop} || $finding{location}; # the line to look at
    return \%finding;
}

1;
