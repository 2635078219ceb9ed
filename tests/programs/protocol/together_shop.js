// Thousands of statements on one connection at once: the machine makes one function of all those that send the next one.
const { Client } = require('pg');

async function main() {
  const client = new Client();
  await client.connect();
  const { rows } = await client.query('select id, customer_id from orders order by id');
  const found = await Promise.all(rows.map(order => client.query('select name from customers where id = $1', [order.customer_id])));  // together
  console.log(found.reduce((total, each) => total + each.rows[0].name.length, 0));
  await client.end();
}

main();
