// Statements that node's pool executes, from several places; prints what each place has asked for.
const { query, other } = require(process.env.POOL);
const count = Number(process.argv[2] || 100);
const asked = {};

const ask = (place, sql, value) => new Promise((done) => {
  asked[place] = (asked[place] || 0) + 1;
  query(sql, value, done);
});

async function awaited() {
  for (let i = 0; i < count; i++)
    await ask('awaited', 'select ? as awaited', i);
}

async function together() {
  await Promise.all(Array.from({ length: count }, (_, i) =>
    ask('together', 'select ? as together', i)));
}

function called(left, done) {
  asked.called = (asked.called || 0) + 1;
  query('select ? as called', left, () => (left > 1 ? called(left - 1, done) : done()));
}

async function crossed() {
  await Promise.all([awaited(), together(), new Promise((done) => called(count, done))]);
}

async function main() {
  other();
  await awaited();
  await together();
  await new Promise((done) => called(count, done));
  await crossed();
  query('select 1 as nobody', 0);
  await ask('last', 'select ? as last', 0);
  console.log(JSON.stringify(asked));
}

main();
