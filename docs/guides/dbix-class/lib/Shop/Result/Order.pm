package Shop::Result::Order;
use strict;
use warnings;
use base 'DBIx::Class::Core';

__PACKAGE__->table('orders');
__PACKAGE__->add_columns(qw(id customer_id amount));
__PACKAGE__->set_primary_key('id');
__PACKAGE__->belongs_to(customer => 'Shop::Result::Customer', { id => 'customer_id' });

1;
