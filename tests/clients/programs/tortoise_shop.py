"""Tortoise over aiosqlite. Arguments: a function, a database's file. Prints what the function gave, and what SQLite's trace told."""
import json
import sys

from tortoise import Tortoise, fields, run_async
from tortoise.connection import connections
from tortoise.models import Model

told = []


class Customer(Model):
    id = fields.IntField(primary_key=True)
    name = fields.TextField()
    orders: fields.ReverseRelation["Order"]

    class Meta:
        table = "customers"


class Order(Model):
    id = fields.IntField(primary_key=True)
    customer = fields.ForeignKeyField("shop.Customer", related_name="orders")
    amount = fields.IntField()

    class Meta:
        table = "orders"


async def to_one():
    found = []
    for order in await Order.all().order_by("id"):
        customer = await order.customer  # N+1 here
        found.append(customer.name)
    return found


async def to_one_joined():
    return [order.customer.name for order in await Order.all().order_by("id").select_related("customer")]


async def to_many():
    found = []
    for customer in await Customer.all().order_by("id"):
        orders = await customer.orders  # N+1 here
        found.append(sum(order.amount for order in orders))
    return found


async def to_many_prefetched():
    return [sum(order.amount for order in customer.orders)
            for customer in await Customer.all().order_by("id").prefetch_related("orders")]


async def main():
    await Tortoise.init(db_url=f"sqlite://{sys.argv[2]}", modules={"shop": ["__main__"]})
    client = connections.get("default")
    await client.create_connection(with_db=True)
    await client._connection.set_trace_callback(told.append)
    gave = await globals()[sys.argv[1]]()
    print(json.dumps({"gave": gave, "told": sum(text.startswith("SELECT") for text in told)}))
    await connections.close_all()


run_async(main())
