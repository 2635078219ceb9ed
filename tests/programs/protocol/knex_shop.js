// Orders and their customers with Knex over node-postgres: knex_shop.js lazy|eager
const { PGHOST, PGPORT, PGUSER, PGDATABASE } = process.env;
const connection = { host: PGHOST, port: Number(PGPORT), user: PGUSER, database: PGDATABASE };
const knex = require('knex')({ client: 'pg', connection, pool: { min: 1, max: 3 } });

async function lazy() {
  let total = 0;
  for (const order of await knex('orders').select('id', 'customer_id').orderBy('id')) {
    const customer = await knex('customers').where('id', order.customer_id).first('name'); // N+1 here
    total += customer.name.length;
  }
  return total;
}

async function eager() {
  const rows = await knex('orders').join('customers', 'customers.id', 'orders.customer_id').select('customers.name').orderBy('orders.id');
  return rows.reduce((sum, row) => sum + row.name.length, 0);
}

async function main() {
  console.log(await { lazy, eager }[process.argv[2]]());
  await knex.destroy();
}

main();
