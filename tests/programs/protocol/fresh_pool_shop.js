// The orders of one list, asked for all at once through a pool whose connections have yet to be made: fresh_pool_shop.js ORDERS
// Node-postgres makes one for each statement, and which is ready first is chance.
const { Pool } = require('pg');

async function main() {
  const orders = Number(process.argv[2]);
  const pool = new Pool({ max: orders });
  const { rows } = await pool.query('select id from orders where id <= $1 order by id', [orders]);
  const found = await Promise.all(rows.map((order) => pool.query('select customer_id from orders where id = $1', [order.id]))); // N+1 here
  console.log(found.map((result) => result.rows[0].customer_id).join(' '));
  await pool.end();
}

main();
