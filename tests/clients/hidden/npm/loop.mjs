// A loop, or its eager twin, through a driver of Node.js that brings SQLite along. Arguments: folder of node_modules, driver, lazy or eager.
const [folder, driver, how] = process.argv.slice(2);
import { createRequire } from "node:module";
const load = createRequire(folder + "/");

async function open() {
  if (driver === "libsql") {
    const db = load("@libsql/client").createClient({ url: ":memory:" });
    return { all: async (sql, ...args) => (await db.execute({ sql, args })).rows, run: sql => db.executeMultiple(sql), close: () => db.close() };
  }
  const db = driver === "better-sqlite3" ? new (load("better-sqlite3"))(":memory:", { nativeBinding: process.env.BETTER_SQLITE3 })
    : new (await import("node:sqlite")).DatabaseSync(":memory:");
  return { all: async (sql, ...values) => db.prepare(sql).all(...values), run: sql => db.exec(sql), close: () => db.close() };
}

const db = await open();
await db.run("CREATE TABLE customer (id INTEGER PRIMARY KEY, code TEXT)");
await db.run("CREATE TABLE purchase (id INTEGER PRIMARY KEY, code TEXT, price REAL)");
await db.run("INSERT INTO customer WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i, 'c-' || (i * 7919 % 100003) FROM n");
await db.run("INSERT INTO purchase SELECT id, code, id * 1.5 FROM customer");
await db.run("CREATE INDEX by_code ON purchase (code)");

async function priceOf(code) {
  return (await db.all("SELECT price FROM purchase WHERE code = ?", code))[0].price; // N+1 here
}

let sum = 0;
if (how === "lazy") {
  for (const row of await db.all("SELECT id, code FROM customer ORDER BY id")) sum += await priceOf(row.code);
} else {
  for (const row of await db.all("SELECT price FROM customer JOIN purchase USING (code)")) sum += row.price;
}
console.log(how, sum);
db.close();
