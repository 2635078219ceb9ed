const { readSync } = require('fs');
const { Client } = require('pg');

const bytes = Buffer.alloc(64);

/* The next number that is asked for, waited for by the whole thread; 0: none. */
function command() {
  const size = readSync(0, bytes);
  return size > 0 ? Number(bytes.toString('latin1', 0, size)) : 0;
}

async function main() {
  const client = new Client();
  let total = 0, size;
  await client.connect();
  console.log((await client.query('select pg_backend_pid()')).rows[0].pg_backend_pid);
  const look = async (i) => { total += (await client.query('select name from customers where id = $1', [i % 1000 + 1])).rows[0].name.length; };
  while ((size = command())) {
    const since = process.hrtime.bigint(), used = process.cpuUsage();
    for (let i = 0; i < size; i++) await look(i);
    const wall = process.hrtime.bigint() - since, { user, system } = process.cpuUsage(used);
    console.log(String(wall), 1e3 * (user + system));
  }
  await client.end();
}

main();
