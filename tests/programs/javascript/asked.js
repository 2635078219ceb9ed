// A driver, a mapper over it that sends for its callers when it can, as Sequelize does, and a program; installed as packages by the test.
const part = {
  sqlite3() {
    const { query } = require(process.env.POOL);
    return { all(sql, value, callback) { query(sql, value, callback); } };
  },
  mapper() {
    const db = require('sqlite3');
    const describe = (table) => new Promise((done) => db.all('select ? as described', table, done));
    const serialize = (run) => { run(); };
    const run = (sql, value) => new Promise((resolve) => serialize(async () => {
      const execute = () => { db.all(sql, value, (rows) => resolve(rows)); };
      await Promise.all([1, 2].map(describe));
      return execute();
    }));
    return { find: async (sql, value) => await run(sql, value) };
  },
  shop() {
    const { find } = require('mapper'), db = require('sqlite3');
    const count = 20;
    async function looped() {
      for (let i = 0; i < count; i++) await find('select ? as looped', i);
    }
    async function together() {
      await Promise.all(Array.from({ length: count }, (_, i) => find('select ? as together', i)));
    }
    // Another one waits for something that is at hand where this one asks.
    const other = new Promise((done) => setTimeout(done, 200));
    async function waits() {
      await other;
    }
    async function plain() {
      for (let i = 0; i < count; i++) await new Promise((done) => db.all('select ? as plain', i, (sum) => done([sum, other])));
    }
    async function main() {
      const waiting = waits();
      await looped();
      await together();
      await plain();
      await waiting;
    }
    return main();
  },
}[require('path').basename(__dirname)];
module.exports = part();
