package Shop;
use strict;
use warnings;
use base 'DBIx::Class::Schema';

__PACKAGE__->load_classes({ 'Shop::Result' => ['Customer', 'Order'] });

1;
