// A loop, or its eager twin, through a driver of Node.js that brings SQLite along. Arguments: folder of node_modules, driver, lazy or eager.
// What was executed SQLite's own trace counts, where the driver hands it out, else the program.
const [folder, driver, how] = process.argv.slice(2);
import { createRequire } from "node:module";
const load = createRequire(folder + "/");
let executions = 0;
const count = () => executions++;

async function open() {
  if (driver === "libsql") {
    const db = load("@libsql/client").createClient({ url: ":memory:" });
    return {
      async all(sql, ...args) {
        count();
        return (await db.execute({ sql, args })).rows; // N+1 here: libsql
      },
      run: sql => (count(), db.executeMultiple(sql)),
      close: () => db.close(),
    };
  }
  if (driver === "sqlite3") {
    const db = new (load("sqlite3").Database)(":memory:").on("trace", count);
    const wait = (method, ...words) => new Promise((good, bad) => {
      db[method](...words, (error, rows) => error ? bad(error) : good(rows)); // N+1 here: sqlite3
    });
    return { all: (sql, ...values) => wait("all", sql, values), run: sql => wait("exec", sql), close: () => wait("close") };
  }
  if (driver.startsWith("better-sqlite3")) {
    const nativeBinding = process.env.BETTER_SQLITE3;
    const db = new (load(driver))(":memory:", { verbose: count, ...(nativeBinding && { nativeBinding }) });
    return {
      all: (sql, ...values) => db.prepare(sql).all(...values), // N+1 here: better-sqlite3
      run: sql => db.exec(sql),
      close: () => db.close(),
    };
  }
  const db = new (await import("node:sqlite")).DatabaseSync(":memory:");
  return {
    all: (sql, ...values) => (count(), db.prepare(sql).all(...values)), // N+1 here: node:sqlite
    run: sql => (count(), db.exec(sql)),
    close: () => db.close(),
  };
}

const db = await open();
await db.run("CREATE TABLE customer (id INTEGER PRIMARY KEY, code TEXT)");
await db.run("CREATE TABLE purchase (id INTEGER PRIMARY KEY, code TEXT, price REAL)");
await db.run("INSERT INTO customer WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i, 'c-' || (i * 7919 % 100003) FROM n");
await db.run("INSERT INTO purchase SELECT id, code, id * 1.5 FROM customer");
await db.run("CREATE INDEX by_code ON purchase (code)");

async function priceOf(code) {
  return (await db.all("SELECT price FROM purchase WHERE code = ?", code))[0].price;
}

let sum = 0;
if (how === "lazy") {
  for (const row of await db.all("SELECT id, code FROM customer ORDER BY id")) sum += await priceOf(row.code);
} else {
  for (const row of await db.all("SELECT price FROM customer JOIN purchase USING (code)")) sum += row.price;
}
await db.close(); // what is traced is told until then
console.log(how, sum, "in", executions, "executions");
