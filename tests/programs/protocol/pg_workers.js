// A worker thread after the other, each with a connection of its own: pg_workers.js WORKERS
const { Worker, isMainThread } = require('worker_threads');
const { Client } = require('pg');

async function look(count) {
  const client = new Client();
  await client.connect();
  for (let i = 1; i <= count; i++) await client.query('select name from customers where id = $1', [7 * i]);
  await client.end();
}

async function main() {
  for (let i = 0; i < Number(process.argv[2]); i++) await new Promise((resolve) => { new Worker(__filename).on('exit', resolve); });
}

if (isMainThread) main();
else look(20);
