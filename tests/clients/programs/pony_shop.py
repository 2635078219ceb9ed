"""Pony. Arguments: a function, a database's file. Prints what the function gave, and what SQLite's trace told of SELECTs."""
import json
import sys

from pony.orm import Database, PrimaryKey, Required, Set, db_session

database = Database()
told = []


class Customer(database.Entity):
    _table_ = "customers"
    id = PrimaryKey(int)
    name = Required(str)
    orders = Set("Order", nplus1_threshold=None)  # else Pony loads those of all customers when a second one is asked


class Order(database.Entity):
    _table_ = "orders"
    id = PrimaryKey(int)
    customer = Required(Customer, column="customer_id")
    amount = Required(int)


def to_many():
    found = []
    for customer in Customer.select().order_by(Customer.id):
        found.append(sum(order.amount for order in customer.orders))  # N+1 here
    return found


def to_many_prefetched():
    return [sum(order.amount for order in customer.orders)
            for customer in Customer.select().order_by(Customer.id).prefetch(Customer.orders)]


database.bind(provider="sqlite", filename=sys.argv[2])
database.generate_mapping(check_tables=False)
with db_session:
    database.get_connection().set_trace_callback(told.append)
    gave = globals()[sys.argv[1]]()
print(json.dumps({"gave": gave, "told": sum(text.startswith("SELECT") for text in told)}))
