// A server whose statements node's pool executes: one in each request, or one for each row of another one. A request is made after the
// other, or several at once.
const http = require('http');
const { query } = require(process.env.POOL);

const ask = (sql, value = 0) => new Promise((done) => query(sql, value, (sum, values) => done(values)));
const get = (url) => new Promise((done) => http.get(url, (answer) => answer.resume().on('end', done)));

async function list() {
  for (const id of await ask('select id from customers where id % 1000 = 0'))
    await ask('select count(*) from orders where customer_id = ?', id);
}

async function main() {
  await ask('create table customers(id integer primary key, name text)');
  await ask('create table orders(id integer primary key, customer_id int)');
  await ask("insert into customers with recursive n(i) as (select 1 union all select i + 1 from n where i < 12) select i * 77000, 'c' || i from n");
  const server = http.createServer(async (request, answer) => {
    if (request.url === '/list') await list();
    else await ask('select length(name) from customers where id = ?', Number(request.url.slice(1)));
    answer.end();
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${server.address().port}/`;
  for (let i = 0; i < 30; i++) await get(url + i * 77);
  await Promise.all(Array.from({ length: 20 }, (_, i) => get(url + (i + 100) * 77)));
  for (let i = 0; i < 3; i++) await get(url + 'list');
  server.close();
}

main();
