declare const require: (name: string) => any;
declare const process: { env: { [name: string]: string } };

const { query } = require(process.env.BRIDGE);

export function customers(): void {
  query('CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT)');
}

export function customer(id: number): number {
  type Row = { name: string };
  return query('SELECT name FROM customers WHERE id = ?', id); // N+1 here
}
