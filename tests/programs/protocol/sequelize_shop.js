// Orders and their customers with Sequelize over node-postgres: sequelize_shop.js lazy|eager
const { Sequelize, DataTypes } = require('sequelize');

const { PGHOST, PGPORT, PGUSER, PGDATABASE } = process.env;
const sequelize = new Sequelize(PGDATABASE, PGUSER, '', { host: PGHOST, port: PGPORT, dialect: 'postgres', logging: false });
const plain = { timestamps: false, underscored: true };
const Customer = sequelize.define('customer', { name: DataTypes.TEXT }, plain);
const Order = sequelize.define('order', { amount: DataTypes.INTEGER }, plain);
Order.belongsTo(Customer, { foreignKey: 'customer_id' });

async function lazy() {
  let total = 0;
  for (const order of await Order.findAll({ order: ['id'] })) {
    const customer = await order.getCustomer(); // N+1 here
    total += customer.name.length;
  }
  return total;
}

async function eager() {
  const orders = await Order.findAll({ order: ['id'], include: Customer });
  return orders.reduce((sum, order) => sum + order.customer.name.length, 0);
}

async function main() {
  console.log(await { lazy, eager }[process.argv[2]]());
  await sequelize.close();
}

main();
