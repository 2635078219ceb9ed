// A loop of Knex or Objection over better-sqlite3, or its eager twin. Arguments: folder of node_modules, mapper, lazy or eager. The mapper's
// own events count what is executed.
const [folder, mapper, how] = process.argv.slice(2);
import { createRequire } from "node:module";
const load = createRequire(folder + "/");

const knex = load("knex")({ client: "better-sqlite3", connection: { filename: ":memory:" }, useNullAsDefault: true });
let executions = 0;
knex.on("query", () => executions++);

await knex.schema.raw("CREATE TABLE customer (id INTEGER PRIMARY KEY, code TEXT)");
await knex.schema.raw("CREATE TABLE purchase (id INTEGER PRIMARY KEY, code TEXT, price REAL)");
await knex.raw("INSERT INTO customer WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i, 'c-' || (i * 7919 % 100003) FROM n");
await knex.raw("INSERT INTO purchase SELECT id, code, id * 1.5 FROM customer");
await knex.raw("CREATE INDEX by_code ON purchase (code)");

const { Model } = load("objection");
Model.knex(knex);
class Purchase extends Model {
  static tableName = "purchase";
}
class Customer extends Model {
  static tableName = "customer";
  static relationMappings = {
    purchases: { relation: Model.HasManyRelation, modelClass: Purchase, join: { from: "customer.code", to: "purchase.code" } },
  };
}

const ways = {
  knex: {
    async lazy(sum = 0) {
      for (const { code } of await knex("customer").select("id", "code").orderBy("id"))
        sum += (await knex("purchase").select("price").where({ code }))[0].price; // N+1 here: knex
      return sum;
    },
    async eager(sum = 0) {
      for (const { price } of await knex("customer").join("purchase", "purchase.code", "customer.code").select("price")) sum += price;
      return sum;
    },
  },
  objection: {
    async lazy(sum = 0) {
      for (const customer of await Customer.query().orderBy("id"))
        sum += (await customer.$relatedQuery("purchases"))[0].price; // N+1 here: objection
      return sum;
    },
    async eager(sum = 0) {
      for (const customer of await Customer.query().orderBy("id").withGraphFetched("purchases")) sum += customer.purchases[0].price;
      return sum;
    },
  },
};
console.log(how, await ways[mapper][how](), "in", executions, "executions");
await knex.destroy();
