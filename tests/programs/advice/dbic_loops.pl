# DBIx::Class: loops, each before and after its advice. Arguments: a function, a database's file.
# Prints what the function gave, and how many statements DBIx::Class told its statistics meanwhile.
use strict;
use warnings;
use JSON::PP;

use constant ROWS => 10;

package Shop::Told {
    use parent 'DBIx::Class::Storage::Statistics';
    my $told = 0;
    sub query_start { $told++ if $_[1] =~ /^(SELECT|INSERT|UPDATE|DELETE) / }
    sub query_end { }
    sub txn_begin { }
    sub txn_commit { }
    sub told { $told }
}

package Shop::User {
    use parent 'DBIx::Class::Core';
    __PACKAGE__->table('users');
    __PACKAGE__->add_columns(qw(id name));
    __PACKAGE__->set_primary_key('id');
    __PACKAGE__->has_many(posts => 'Shop::Post', 'user_id', { cascade_delete => 0 });
}

package Shop::Post {
    use parent 'DBIx::Class::Core';
    __PACKAGE__->table('posts');
    __PACKAGE__->add_columns(qw(id user_id title));
    __PACKAGE__->set_primary_key('id');
    __PACKAGE__->belongs_to(user => 'Shop::User', 'user_id');
}

package Shop {
    use parent 'DBIx::Class::Schema';
    __PACKAGE__->register_class($_ => "Shop::$_") for qw(User Post);
}

package main;

my $shop = Shop->connect("dbi:SQLite:dbname=$ARGV[1]", undef, undef, { RaiseError => 1 });
my @new = map { { id => 1000 + 7 * $_, name => "new $_" } } 0 .. ROWS - 1;

sub users { $shop->resultset('User') }
sub posts { $shop->resultset('Post') }

sub to_one { [map { $_->user->name } posts->all] }
sub to_one_applied { [map { $_->user->name } posts->search({}, { prefetch => 'user' })->all] }

sub to_many { [map { scalar(my @posts = $_->posts) } users->all] }
sub to_many_applied { [map { scalar(my @posts = $_->posts) } users->search({}, { prefetch => 'posts' })->all] }

sub counts { [map { $_->posts->count } users->all] }

sub counts_applied {
    my $counted = posts->search({}, { select => ['user_id', { count => '*' }], as => ['user_id', 'posts'], group_by => 'user_id' });
    my %counts = map { $_->user_id => $_->get_column('posts') } $counted->all;
    return [map { $counts{ $_->id } } users->all];
}

sub refreshed { [map { $_->discard_changes->name } users->all] }

sub refreshed_applied {
    my @users = users->all;
    return [map { $_->name } users->search({ id => [map { $_->id } @users] })->all];
}

sub unique {
    $shop->txn_do(sub { users->find_or_create($_) for @new });
    return users->count;
}

sub unique_applied {
    my %there = map { $_->id => 1 } users->search({ id => [map { $_->{id} } @new] })->all;
    users->populate([grep { !$there{ $_->{id} } } @new]);
    return users->count;
}

sub inserts {
    users->create($_) for @new;
    return users->count;
}

sub inserts_applied {
    users->populate(\@new);
    return users->count;
}

sub inserts_applied_otherwise {
    my $rows = join ', ', ('(?, ?)') x @new;
    $shop->storage->dbh_do(sub { $_[1]->do("INSERT INTO users (id, name) VALUES $rows", undef, map { @$_{qw(id name)} } @new) });
    return users->count;
}

sub updates {
    $_->update({ title => 'same' }) for posts->all;
    return [posts->get_column('title')->all];
}

sub updates_applied {
    posts->search({ id => [map { $_->id } posts->all] })->update({ title => 'same' });
    return [posts->get_column('title')->all];
}

sub deletes {
    $_->delete for posts->all;
    return posts->count;
}

sub deletes_applied {
    posts->search({ id => [map { $_->id } posts->all] })->delete;
    return posts->count;
}

$shop->storage->dbh_do(sub {
    my ($storage, $db) = @_;
    my $numbers = 'WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d)';
    $db->do('CREATE TABLE users (id integer PRIMARY KEY, name text)');
    $db->do('CREATE TABLE posts (id integer PRIMARY KEY, user_id integer, title text)');
    $db->do(sprintf("$numbers INSERT INTO users SELECT 7 * i + 3, 'user ' || i FROM n", ROWS - 1));
    $db->do(sprintf("$numbers INSERT INTO posts SELECT i, 7 * (i %% %d) + 3, 't' FROM n", 2 * ROWS - 1, ROWS));
});
$shop->storage->debugobj(Shop::Told->new);
$shop->storage->debug(1);
my $gave = main->can($ARGV[0])->();
print encode_json({ gave => $gave, sent => Shop::Told->told }), "\n";
