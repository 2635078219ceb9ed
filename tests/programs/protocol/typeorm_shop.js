// Orders and their customers with TypeORM over node-postgres: typeorm_shop.js lazy|relation|eager
const { DataSource, EntitySchema } = require('typeorm');

const { PGHOST, PGPORT, PGUSER, PGDATABASE } = process.env;
const id = { type: 'int', primary: true };
const Customer = new EntitySchema({ name: 'Customer', tableName: 'customers', columns: { id, name: { type: 'text' } } });
const Order = new EntitySchema({
  name: 'Order',
  tableName: 'orders',
  columns: { id, customer_id: { type: 'int' } },
  relations: { customer: { type: 'many-to-one', target: 'Customer', joinColumn: { name: 'customer_id' } } },
});
const Delivery = new EntitySchema({
  name: 'Delivery',
  tableName: 'orders',
  columns: { id },
  relations: { customer: { type: 'many-to-one', target: 'Customer', lazy: true, joinColumn: { name: 'customer_id' } } },
});
const shop = new DataSource({ type: 'postgres', host: PGHOST, port: Number(PGPORT), username: PGUSER, database: PGDATABASE, entities: [Customer, Order, Delivery] });

async function lazy() {
  let total = 0;
  for (const order of await shop.getRepository('Order').find({ order: { id: 'ASC' } })) {
    const customer = await shop.getRepository('Customer').findOneBy({ id: order.customer_id }); // N+1 here
    total += customer.name.length;
  }
  return total;
}

async function relation() {
  let total = 0;
  for (const delivery of await shop.getRepository('Delivery').find({ order: { id: 'ASC' } })) {
    const customer = await delivery.customer; // awaited here
    total += customer.name.length;
  }
  return total;
}

async function eager() {
  const orders = await shop.getRepository('Order').find({ order: { id: 'ASC' }, relations: { customer: true } });
  return orders.reduce((sum, order) => sum + order.customer.name.length, 0);
}

async function main() {
  await shop.initialize();
  console.log(await { lazy, relation, eager }[process.argv[2]]());
  await shop.destroy();
}

main();
