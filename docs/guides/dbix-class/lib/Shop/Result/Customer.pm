package Shop::Result::Customer;
use strict;
use warnings;
use base 'DBIx::Class::Core';

__PACKAGE__->table('customers');
__PACKAGE__->add_columns(qw(id name));
__PACKAGE__->set_primary_key('id');

1;
