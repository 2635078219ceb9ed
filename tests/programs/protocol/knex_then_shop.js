// A mapper's own functions await, and one of the program's is called when they have returned.
const knex = require('knex')({ client: 'pg', connection: {}, pool: { min: 0, max: 2 } });

knex('orders').select('id', 'customer_id').orderBy('id').then(orders => {
  let total = 0, left = orders.length;
  for (const order of orders)
    knex('customers').select('name').where('id', order.customer_id)
      .then(found => {  // then
        total += found[0].name.length;
        if (--left === 0) {
          console.log(total);
          knex.destroy();
        }
      });
});
