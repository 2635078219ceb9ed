// The same line 100,000 times, while it is interpreted, compiled, compiled into its caller, and thrown out again.
const { query } = require(process.env.BRIDGE);
const { Worker, isMainThread } = require('worker_threads');

class One {
  ask(id) {
    return query('SELECT id FROM b WHERE a = ?', id);
  }
}

class Two {
  ask(id) {
    return query('SELECT id + 1 FROM b WHERE a = ?', id);
  }
}

function each(shape, count) {
  let sum = 0;
  for (let i = 0; i < count; i++)
    sum += shape.ask(i % 100);
  return sum;
}

function work(count) {
  query('CREATE TABLE b(id INTEGER PRIMARY KEY, a INTEGER)');
  for (let i = 0; i < 100; i++) query('INSERT INTO b(a) VALUES (?)', i);
  each(new One(), count);
  each(new Two(), count);
}

const [workers, count] = process.argv.slice(2).map(Number);
if (isMainThread) {
  for (let i = 0; i < workers; i++) new Worker(__filename, { argv: [workers, count] });
} else {
  work(count);
}
