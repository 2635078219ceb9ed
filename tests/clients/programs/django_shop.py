"""Django. Arguments: a function, a database's file. Prints what the function gave, and what SQLite's trace told."""
import json
import sys

import django
from django.conf import settings

settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[2]}}, INSTALLED_APPS=[])
django.setup()

from django.db import connection, models  # noqa: E402 (models need the settings)

told = []


class Customer(models.Model):
    id = models.IntegerField(primary_key=True)
    name = models.TextField()

    class Meta:
        app_label, db_table = "shop", "customers"


class Order(models.Model):
    id = models.IntegerField(primary_key=True)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    amount = models.IntegerField()

    class Meta:
        app_label, db_table = "shop", "orders"


def to_one():
    found = []
    for order in Order.objects.order_by("id"):
        found.append(order.customer.name)  # N+1 here
    return found


def to_one_joined():
    return [order.customer.name for order in Order.objects.order_by("id").select_related("customer")]


def to_many():
    found = []
    for customer in Customer.objects.order_by("id"):
        found.append(sum(order.amount for order in customer.orders.all()))  # N+1 here
    return found


def to_many_prefetched():
    return [sum(order.amount for order in customer.orders.all())
            for customer in Customer.objects.order_by("id").prefetch_related("orders")]


connection.ensure_connection()
connection.connection.set_trace_callback(told.append)
gave = globals()[sys.argv[1]]()
print(json.dumps({"gave": gave, "told": len(told)}))
