// Customers by a loader of a package, which asks at the next tick and settles what it gave to each caller: loader_shop.js one|all
const { Pool } = require('pg');
const { Loader } = require('keyed-loader');

const pool = new Pool({ max: 1 });

async function load(keys) {
  const { rows } = await pool.query('select id, name from customers where id = any($1)', [keys]);
  const found = new Map(rows.map((row) => [row.id, row]));
  return keys.map((key) => found.get(key));
}

async function one(orders, loader) {
  let total = 0;
  for (const order of orders) {
    const customer = await loader.single(order.customer_id); // N+1 here
    total += customer.name.length;
  }
  return total;
}

async function all(orders, loader) {
  const customers = await Promise.all(orders.map((order) => loader.load(order.customer_id))); // together
  return customers.reduce((total, customer) => total + customer.name.length, 0);
}

async function main() {
  const { rows } = await pool.query('select id, customer_id from orders order by id');
  const loader = new Loader(load, (text, key) => pool.query(text, [key]));
  console.log(await { one, all }[process.argv[2]](rows, loader)); // of main
  await pool.end();
}

main();
