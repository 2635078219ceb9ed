const { Client } = require('pg');

async function main() {
  const rounds = Number(process.argv[2]), size = Number(process.argv[3]), client = new Client();
  let total = 0, wall = Infinity, cpu = Infinity;
  await client.connect();
  const look = async (i) => { total += (await client.query('select name from customers where id = $1', [i % 1000 + 1])).rows[0].name.length; };
  for (let i = 0; i < 2 * size; i++) await look(i);
  for (let round = 0; round < rounds; round++) {
    const since = process.hrtime.bigint(), used = process.cpuUsage();
    for (let i = 0; i < size; i++) await look(i);
    const { user, system } = process.cpuUsage(used);
    wall = Math.min(wall, Number(process.hrtime.bigint() - since) / 1e3);
    cpu = Math.min(cpu, user + system);
  }
  console.log(wall / size, cpu / size);
  await client.end();
}

main();
