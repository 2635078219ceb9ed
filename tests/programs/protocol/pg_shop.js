// Orders and their customers with node-postgres: pg_shop.js lazy|eager [pool]
const { Client, Pool } = require('pg');

async function lazy(client) {
  let total = 0;
  for (const order of (await client.query('select id, customer_id from orders order by id')).rows) {
    const found = await client.query('select name from customers where id = $1', [order.customer_id]); // N+1 here
    total += found.rows[0].name.length;
  }
  return total;
}

async function eager(client) {
  const orders = (await client.query('select id, customer_id from orders order by id')).rows;
  const ids = orders.map((order) => order.customer_id);
  const customers = (await client.query('select id, name from customers where id = any($1)', [ids])).rows;
  const names = new Map(customers.map((customer) => [customer.id, customer.name]));
  return orders.reduce((sum, order) => sum + names.get(order.customer_id).length, 0);
}

async function main() {
  const load = { lazy, eager }[process.argv[2]];
  if (process.argv[3] === 'pool') {
    const pool = new Pool({ max: 3 });
    console.log(await load(pool));
    await pool.end();
    return;
  }
  const client = new Client();
  await client.connect();
  console.log(await load(client));
  await client.end();
}

main();
