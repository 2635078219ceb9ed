"""peewee. Arguments: a function, a database's file. Prints what the function gave, and what SQLite's trace told."""
import json
import sys

from peewee import ForeignKeyField, IntegerField, Model, SqliteDatabase, TextField, prefetch

database = SqliteDatabase(sys.argv[2])
told = []


class Table(Model):
    class Meta:
        database = database


class Customer(Table):
    id = IntegerField(primary_key=True)
    name = TextField()

    class Meta:
        table_name = "customers"


class Order(Table):
    id = IntegerField(primary_key=True)
    customer = ForeignKeyField(Customer, backref="orders")
    amount = IntegerField()

    class Meta:
        table_name = "orders"


def to_one():
    found = []
    for order in Order.select().order_by(Order.id):
        found.append(order.customer.name)  # N+1 here
    return found


def to_one_joined():
    return [order.customer.name for order in Order.select(Order, Customer).join(Customer).order_by(Order.id)]


def to_many():
    found = []
    for customer in Customer.select().order_by(Customer.id):
        found.append(sum(order.amount for order in customer.orders))  # N+1 here
    return found


def to_many_prefetched():
    return [sum(order.amount for order in customer.orders) for customer in prefetch(Customer.select().order_by(Customer.id), Order)]


database.connect()
database.connection().set_trace_callback(told.append)
gave = globals()[sys.argv[1]]()
print(json.dumps({"gave": gave, "told": len(told)}))
