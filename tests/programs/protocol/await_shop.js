// Ways to wait for a query that another function sends: await_shop.js WAY pool|postgres [ROUNDS]
const [, , way, driver, rounds = '1'] = process.argv;
const connections = { max: 3 };

function open() {
  if (driver === 'pool') {
    const { Pool } = require('pg');
    return new Pool(connections);
  }
  const { PGHOST, PGPORT, PGUSER, PGDATABASE } = process.env;
  const sql = require('postgres')({ path: `${PGHOST}/.s.PGSQL.${PGPORT}`, user: PGUSER, database: PGDATABASE, ...connections });
  return { query: (text, values = []) => ({ then: (...done) => sql.unsafe(text, values).then((rows) => ({ rows })).then(...done) }), end: () => sql.end() };
}

const client = open();
const byKey = 'select name from customers where id = $1';
const orders = async () => (await client.query('select id, customer_id from orders order by id')).rows;

async function first(list) {
  let total = 0;
  for (const order of list) {
    const found = await client.query(byKey, [order.customer_id]); // first
    total += found.rows[0].name.length;
  }
  return total;
}

async function second(list) {
  let total = 0;
  for (const order of list) {
    const found = await client.query(byKey, [order.customer_id]); // second
    total += found.rows[0].name.length;
  }
  return total;
}

async function name(order) {
  const found = await client.query(byKey, [order.customer_id]); // helper
  return found.rows[0].name;
}

async function returned(order) {
  return client.query(byKey, [order.customer_id]);
}

async function* names(list) {
  for (const order of list) {
    const found = await client.query(byKey, [order.customer_id]); // generator
    yield found.rows[0].name;
  }
}

const sum = (texts) => texts.reduce((total, text) => total + text.length, 0);

const ways = {
  async one() {
    return first(await orders());
  },
  async two() {
    const list = await orders();
    return (await first(list)) + (await second(list)); // of two
  },
  async together() {
    const list = await orders();
    const totals = await Promise.all([first(list), second(list)]); // of together
    return totals[0] + totals[1];
  },
  async all() {
    return sum(
      await Promise.all( // of all
        (await orders()).map(async (order) => {
          const found = await client.query(byKey, [order.customer_id]); // all
          return found.rows[0].name;
        })
      )
    );
  },
  async nested() {
    let total = 0;
    for (const order of await orders()) {
      total += (await name(order)).length; // loop
    }
    return total;
  },
  async returned() {
    let total = 0;
    for (const order of await orders()) {
      total += (await returned(order)).rows[0].name.length; // of returned
    }
    return total;
  },
  async then() {
    let total = 0;
    for (const order of await orders()) {
      total += await client.query(byKey, [order.customer_id]).then((found) => found.rows[0].name.length); // then
    }
    return total;
  },
  async race() {
    let total = 0;
    for (const order of await orders()) {
      const found = await Promise.race([client.query(byKey, [order.customer_id]), new Promise(() => {})]); // race
      total += found.rows[0].name.length;
    }
    return total;
  },
  async generator() {
    let total = 0;
    for await (const text of names(await orders())) total += text.length; // of generator
    return total;
  },
  async eager() {
    const list = await orders();
    const ids = list.map((order) => order.customer_id);
    const { rows } = await client.query('select id, name from customers where id = any($1)', [ids]);
    const texts = new Map(rows.map((customer) => [customer.id, customer.name]));
    return sum(list.map((order) => texts.get(order.customer_id)));
  },
};

async function main() {
  let total = 0;
  for (let round = 0; round < Number(rounds); round++) total += await ways[way](); // of main
  console.log(total);
  await client.end();
}

main();
