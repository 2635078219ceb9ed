package NPlus1::Failures;

# Which findings fail a test, and what is said of them.
use strict;
use warnings;

our $FAIL_ON = 'n_plus_one,batched_n_plus_one'; # unless somebody says otherwise

my %rank = (possible => 0, likely => 1, proven => 2);
my %is_kind = map { $_ => 1 } qw(n_plus_one batched_n_plus_one duplicate_query write_loop join_fanout unused_rows large_in_list reprepare
    long_transaction chatty_fetch);
my %titles = (n_plus_one => 'N+1', batched_n_plus_one => 'a batch in a loop');

# The least confidence of each kind that fails, from words of `nplus1 check --fail-on`: KIND, CONFIDENCE or KIND:CONFIDENCE.
sub rules {
    my ($list) = @_;
    my %least;
    for my $item (grep { length } map { s/^\s+|\s+$//gr } split /,/, $list) {
        my ($kind, $confidence) = split /:/, $item, 2;
        my @kinds = exists $rank{$item} ? sort keys %is_kind : ($kind);
        $confidence = exists $rank{$item} ? $item : defined $confidence ? $confidence : 'likely';
        die "nplus1: '$item' is not a kind, a confidence or KIND:CONFIDENCE\n" if !$is_kind{ $kinds[0] } || !exists $rank{$confidence};
        for my $name (@kinds) {
            $least{$name} = $rank{$confidence} if !exists $least{$name} || $least{$name} > $rank{$confidence};
        }
    }
    return \%least;
}

sub fails {
    my ($finding, $rules) = @_;
    return exists $rules->{ $finding->{kind} } && $rank{ $finding->{confidence} } >= $rules->{ $finding->{kind} };
}

# Lines of text: what, where from, what to do.
sub describe {
    my ($finding) = @_;
    my $title = $titles{ $finding->{kind} } || $finding->{kind} =~ tr/_/ /r;
    my @lines = ("$finding->{place}{shown}: $title, $finding->{confidence}: $finding->{executions} executions of", "    $finding->{statement}");
    push @lines, "whose parameter $finding->{parameter} is $finding->{parent_column} of", "    $finding->{parent}" if defined $finding->{parent};
    push @lines, "executed at $finding->{location}{shown}" if $finding->{place}{shown} ne $finding->{location}{shown};
    return @lines, $finding->{advice}, '';
}

sub message {
    my @found = @_;
    return join "\n", (map { describe($_) } @found), 'Mean it? NPlus1::allowed("why", sub { ... })   All of it: nplus1 report';
}

1;
