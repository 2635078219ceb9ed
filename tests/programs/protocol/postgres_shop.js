// Orders and their customers with postgres.js: postgres_shop.js lazy|eager [tls]
const postgres = require('postgres');

async function lazy(sql) {
  let total = 0;
  for (const order of await sql`select id, customer_id from orders order by id`) {
    const [customer] = await sql`select name from customers where id = ${order.customer_id}`; // N+1 here
    total += customer.name.length;
  }
  return total;
}

async function eager(sql) {
  const orders = await sql`select id, customer_id from orders order by id`;
  const customers = await sql`select id, name from customers where id = any(${orders.map((order) => order.customer_id)})`;
  const names = new Map(customers.map((customer) => [customer.id, customer.name]));
  return orders.reduce((sum, order) => sum + names.get(order.customer_id).length, 0);
}

async function main() {
  const where = process.argv[3] === 'tls' ? { ssl: 'require' } : { path: `${process.env.PGHOST}/.s.PGSQL.${process.env.PGPORT}` };
  const sql = postgres({ ...where, max: 1 });
  console.log(await { lazy, eager }[process.argv[2]](sql));
  await sql.end();
}

main();
