// Statements that wait for a connection, and whose answers go to functions: nobody awaits any of them.
const { Client, Pool } = require('pg');

const [way] = process.argv.slice(2);
const pool = new Pool({ max: 2 });
const client = new Client();
const sql = 'select name from customers where id = $1';
let total = 0, left = 0;

function take(found) {
  total += found.rows[0].name.length;
  if (--left === 0) {
    console.log(total);
    pool.end();
    client.end();
  }
}

const ways = {
  pool(orders) {
    for (const order of orders)
      pool.query(sql, [order.customer_id], (error, found) => {  // pool
        take(found);
      });
  },
  named(orders) {
    function answered(error, found) {  // named
      take(found);
    }
    orders.forEach(order => pool.query({ text: sql, values: [order.customer_id] }, answered));
  },
  queue(orders) {
    for (const order of orders)
      client.query(sql, [order.customer_id], function (error, found) {  // queue
        take(found);
      });
  },
  then(orders) {
    for (const order of orders)
      pool.query(sql, [order.customer_id])
        .then(found => take(found))  // then
        .catch(error => console.log(error));
  },
};

client.connect(() => {
  client.query('select id, customer_id from orders order by id', (error, found) => {  // orders
    left = found.rows.length;
    ways[way](found.rows);
  });
});
