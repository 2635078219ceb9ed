// A shop over npm's pg, postgres and sequelize: shop.js SCENE DATABASE, in a folder with node_modules.
const { createRequire } = require("module");
const load = createRequire(`${process.env.DRIVERS}/`);
const [scene, database] = process.argv.slice(2);
const { PGHOST: host, PGPORT: port, PGUSER: user } = process.env;
const place = { host, port: Number(port), user, database };
const SCHEMA = `create table customers(id int primary key, name text);
create table orders(id int primary key, customer_id int, amount int)`;
const FILL = `insert into customers select 7 * i, 'c' || i from generate_series(1, 1000) i;
insert into orders select i, 7 * i, i from generate_series(1, 1000) i`;
const ORDERS = "select id, customer_id from orders order by id";
const BY_ID = "select name from customers where id = $1";

function same(name, id) {
  if (name !== `c${id}`) throw new Error(`${name} is not of ${id}`);
}

async function lazy(client, pg, options = {}) {
  for (const order of (await client.query(ORDERS)).rows) {
    const found = await client.query({ text: BY_ID, values: [order.customer_id], ...options }); // N+1 here
    same(found.rows[0].name, order.id);
  }
}

const pgScenes = {
  lazy,
  named: (client) => lazy(client, null, { name: "by_id" }),
};
pgScenes.eager = async (client) => {
  const orders = (await client.query(ORDERS)).rows;
  const found = await client.query("select id, name from customers where id = any($1)", [orders.map((order) => order.customer_id)]);
  if (found.rowCount !== 1000) throw new Error(found.rowCount);
};

async function pg() {
  const { Client, Pool } = load("pg");
  const client = scene === "pooled" ? new Pool({ ...place, max: 3 }) : new Client(place);
  if (scene !== "pooled") await client.connect();
  await client.query(SCHEMA);
  await client.query(FILL);
  await (pgScenes[scene] || lazy)(client);
  await client.end();
}

async function postgresJs() {
  const sql = load("postgres")({ ...place, path: `${host}/.s.PGSQL.${port}`, max: 2 });
  await sql.unsafe(SCHEMA);
  await sql.unsafe(FILL);
  for (const order of await sql`select id, customer_id from orders order by id`) {
    const [customer] = await sql`select name from customers where id = ${order.customer_id}`; // N+1 here
    same(customer.name, order.id);
  }
  await sql.end();
}

async function sequelize(eager) {
  const { Sequelize, DataTypes } = load("sequelize");
  const shop = new Sequelize(database, user, null, { host, port: Number(port), dialect: "postgres", logging: false });
  const plain = { timestamps: false };
  const Customer = shop.define("customer", { id: { type: DataTypes.INTEGER, primaryKey: true }, name: DataTypes.TEXT }, plain);
  const Order = shop.define("order", { id: { type: DataTypes.INTEGER, primaryKey: true } }, plain);
  Order.belongsTo(Customer);
  await shop.sync();
  const ids = Array.from({ length: 300 }, (_, i) => i + 1);
  await Customer.bulkCreate(ids.map((i) => ({ id: 7 * i, name: `c${i}` })));
  await Order.bulkCreate(ids.map((i) => ({ id: i, customerId: 7 * i })));
  for (const order of await Order.findAll({ order: ["id"], include: eager ? [Customer] : [] })) {
    const customer = eager ? order.customer : await order.getCustomer(); // N+1 here
    same(customer.name, order.id);
  }
  await shop.close();
}

const others = { postgres: postgresJs, sequelize: () => sequelize(false), "sequelize-eager": () => sequelize(true) };
(others[scene] || pg)().catch((why) => {
  console.error(why);
  process.exit(1);
});
