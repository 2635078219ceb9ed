// Sequelize over node-postgres: getters that load, an include that joins, one that loads separately.
const { Sequelize, DataTypes } = require('sequelize');
const { ORDERS, USERS, POSTS, main } = require('./common');

const sum = (comments) => comments.reduce((total, comment) => total + comment.words, 0);
const names = (orders) => orders.reduce((total, order) => total + order.customer.name.length, 0);

async function orders_customer_lazy({ Order }) {
  let total = 0;
  for (const order of await Order.findAll({ order: ['id'] })) {
    total += (await order.getCustomer()).name.length; // N+1 here
  }
  return total;
}

async function orders_customer_selectin({ Order, Customer }) {
  const orders = await Order.findAll({ order: ['id'] });
  const customers = await Customer.findAll({ where: { id: [...new Set(orders.map((order) => order.customer_id))] } });
  const byId = new Map(customers.map((customer) => [customer.id, customer]));
  return orders.reduce((total, order) => total + byId.get(order.customer_id).name.length, 0);
}

async function orders_customer_joined({ Order, Customer }) {
  return names(await Order.findAll({ order: ['id'], include: Customer }));
}

async function users_posts_comments_lazy({ User }) {
  let total = 0;
  for (const user of await User.findAll({ order: ['id'] })) {
    for (const post of await user.getPosts({ order: ['id'] })) { // N+1 here
      total += sum(await post.getComments()); // N+1 here
    }
  }
  return total;
}

async function users_posts_comments_selectin({ User, Post, Comment }) {
  const comments = { model: Comment, separate: true };
  const users = await User.findAll({ order: ['id'], include: { model: Post, separate: true, include: comments } });
  return users.reduce((total, user) => total + user.posts.reduce((some, post) => some + sum(post.comments), 0), 0);
}

async function opened(database) {
  const { PGHOST, PGPORT, PGUSER } = process.env;
  const sequelize = new Sequelize(database, PGUSER, '', { host: PGHOST, port: PGPORT, dialect: 'postgres', logging: false });
  const plain = { timestamps: false, underscored: true };
  const Customer = sequelize.define('customer', { name: DataTypes.TEXT }, plain);
  const Order = sequelize.define('order', { amount: DataTypes.INTEGER }, plain);
  const User = sequelize.define('user', { name: DataTypes.TEXT }, plain);
  const Post = sequelize.define('post', { likes: DataTypes.INTEGER }, plain);
  const Comment = sequelize.define('comment', { words: DataTypes.INTEGER }, plain);
  Order.belongsTo(Customer, { foreignKey: 'customer_id' });
  User.hasMany(Post, { foreignKey: 'user_id' });
  Post.hasMany(Comment, { foreignKey: 'post_id' });
  return { connection: { Customer, Order, User, Post, Comment }, close: () => sequelize.close() };
}

main({
  orders_customer_lazy: { expected: 1 + ORDERS, load: orders_customer_lazy },
  orders_customer_selectin: { expected: 2, load: orders_customer_selectin },
  orders_customer_joined: { expected: 1, load: orders_customer_joined },
  users_posts_comments_lazy: { expected: 1 + USERS + USERS * POSTS, load: users_posts_comments_lazy },
  users_posts_comments_selectin: { expected: 3, load: users_posts_comments_selectin },
}, opened);
