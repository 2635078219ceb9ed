// A loop of callbacks over a pool: no promise, nobody awaits.
const { Pool } = require('pg');

const pool = new Pool({ max: 1 });

function next(orders, i, total) {
  if (i === orders.length) {
    console.log(total);
    pool.end();
    return;
  }
  pool.query('select name from customers where id = $1', [orders[i].customer_id], (error, found) => {
    if (error) throw error;
    next(orders, i + 1, total + found.rows[0].name.length);
  });
}

pool.query('select id, customer_id from orders order by id', (error, found) => {
  if (error) throw error;
  next(found.rows, 0, 0);
});
