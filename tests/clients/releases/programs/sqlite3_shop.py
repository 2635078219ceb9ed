"""sqlite3 of the standard library. Arguments: a function, a database's file. Prints what it gave, and how many SELECTs SQLite's trace told."""
import json
import sqlite3
import sys

told = []


def name_of(database, customer):
    return database.execute("select name from customers where id = ?", (customer,)).fetchone()[0]  # executed here


def to_one(database):
    found = []
    for customer, in database.execute("select customer_id from orders order by id").fetchall():
        found.append(max([customer], key=lambda one: one) and name_of(database, customer))  # N+1 here
    return found


def to_one_joined(database):
    return [name for name, in database.execute("select c.name from orders o join customers c on c.id = o.customer_id order by o.id")]


connection = sqlite3.connect(sys.argv[2])
connection.set_trace_callback(told.append)
gave = globals()[sys.argv[1]](connection)
print(json.dumps({"gave": gave, "told": sum(text.startswith("select") for text in told)}))
