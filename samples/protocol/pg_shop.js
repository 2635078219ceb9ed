// node-postgres, which speaks PostgreSQL's protocol itself.
const { Client } = require('pg');
const { ORDERS, USERS, POSTS, main } = require('./common');

const sum = (rows) => rows.reduce((total, row) => total + row.words, 0);

async function orders_customer_lazy(client) {
  let total = 0;
  for (const order of (await client.query('SELECT id, customer_id FROM orders ORDER BY id')).rows) {
    const found = await client.query('SELECT name FROM customers WHERE id = $1', [order.customer_id]); // N+1 here
    total += found.rows[0].name.length;
  }
  return total;
}

async function orders_customer_selectin(client) {
  const orders = (await client.query('SELECT id, customer_id FROM orders ORDER BY id')).rows;
  const ids = [...new Set(orders.map((order) => order.customer_id))];
  const customers = (await client.query('SELECT id, name FROM customers WHERE id = ANY($1)', [ids])).rows;
  const names = new Map(customers.map((customer) => [customer.id, customer.name]));
  return orders.reduce((total, order) => total + names.get(order.customer_id).length, 0);
}

async function orders_customer_joined(client) {
  const { rows } = await client.query('SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id ORDER BY o.id');
  return rows.reduce((total, row) => total + row.name.length, 0);
}

async function users_posts_comments_lazy(client) {
  let total = 0;
  for (const user of (await client.query('SELECT id FROM users ORDER BY id')).rows) {
    const posts = (await client.query('SELECT id FROM posts WHERE user_id = $1 ORDER BY id', [user.id])).rows; // N+1 here
    for (const post of posts) {
      total += sum((await client.query('SELECT words FROM comments WHERE post_id = $1', [post.id])).rows); // N+1 here
    }
  }
  return total;
}

async function users_posts_comments_selectin(client) {
  const users = (await client.query('SELECT id FROM users ORDER BY id')).rows.map((user) => user.id);
  const posts = (await client.query('SELECT id FROM posts WHERE user_id = ANY($1)', [users])).rows.map((post) => post.id);
  return sum((await client.query('SELECT words FROM comments WHERE post_id = ANY($1)', [posts])).rows);
}

async function opened(database) {
  const client = new Client({ database });
  await client.connect();
  return { connection: client, close: () => client.end() };
}

main({
  orders_customer_lazy: { expected: 1 + ORDERS, load: orders_customer_lazy },
  orders_customer_selectin: { expected: 2, load: orders_customer_selectin },
  orders_customer_joined: { expected: 1, load: orders_customer_joined },
  users_posts_comments_lazy: { expected: 1 + USERS + USERS * POSTS, load: users_posts_comments_lazy },
  users_posts_comments_selectin: { expected: 3, load: users_posts_comments_selectin },
}, opened);
