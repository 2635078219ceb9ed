// What the answer goes to is a listener of the statement's: nobody awaits it, and no function is called with it.
const { Client, Query } = require('pg');

const client = new Client();
let total = 0, left = 0;

function next(order) {
  const query = client.query(new Query('select name from customers where id = $1', [order.customer_id]));
  query.on('row', row => { total += row.name.length; });
  query.on('end', () => {
    if (--left === 0) {
      console.log(total);
      client.end();
    }
  });
}

client.connect(() => {
  client.query('select id, customer_id from orders order by id', (error, found) => {
    left = found.rows.length;
    found.rows.forEach(next);
  });
});
