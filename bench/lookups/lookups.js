const { Client } = require('pg');

async function main() {
  const count = Number(process.argv[2]), client = new Client();
  let total = 0;
  await client.connect();
  const look = async (i) => { total += (await client.query('select name from customers where id = $1', [i % 1000 + 1])).rows[0].name.length; };
  for (let i = 0; i < count / 2; i++) await look(i);
  const since = process.hrtime.bigint();
  for (let i = 0; i < count; i++) await look(i);
  console.log(Number(process.hrtime.bigint() - since) / 1e3 / count);
  await client.end();
}

main();
