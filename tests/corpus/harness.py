"""What the cases of the corpus are written with, and the program that runs one of them: harness.py MODULE CASE SYSTEM.

A case is a function that does something to a database; its label says which kinds of findings are true of it. It runs in a process
of its own, on real SQLite or real PostgreSQL.
"""
import importlib
import os
import random
import sqlite3
import sys
from pathlib import Path

BOTH = ("sqlite", "postgresql")


class Case:
    def __init__(self, function, kinds, systems, sure, tolerated):
        self.name = function.__name__
        self.module = function.__module__
        self.function = function
        self.kinds = frozenset(kinds)
        self.systems = systems
        self.sure = sure  # at least so sure it has to be: "proven" or "likely"
        self.tolerated = frozenset(tolerated)  # true as well, but nobody has to see it


class Cases:
    def __init__(self):
        self.cases = {}

    def _add(self, kinds, systems, sure=None, tolerated=()):
        def keep(function):
            assert function.__name__ not in self.cases, function.__name__
            self.cases[function.__name__] = Case(function, kinds, systems, sure, tolerated)
            return function
        return keep

    def good(self, *, systems=BOTH, tolerated=()):
        """Nothing is wrong with it."""
        return self._add((), systems, None, tolerated)

    def bad(self, *kinds, systems=BOTH, sure=None, tolerated=()):
        return self._add(kinds, systems, sure, tolerated)


class Sqlite:
    remote = False

    def __init__(self, path=None):
        self.connection = sqlite3.connect(path or os.environ["CORPUS_FILE"], isolation_level=None, check_same_thread=False)

    def rows(self, text, *values):
        return self.connection.execute(text, values).fetchall()

    def run(self, text, *values):
        self.connection.execute(text, values)

    def fill(self, text):
        self.connection.executescript(text)

    def stream(self, text, *values):
        return self.connection.execute(text, values)

    def close(self):
        self.connection.close()


class Postgresql:
    """By psycopg2: the values are literals of the text."""
    remote = True

    def __init__(self, name=None):
        import psycopg2
        self.connection = psycopg2.connect(dbname=name or os.environ["PGDATABASE"])
        self.connection.autocommit = True

    def cursor(self, text, values):
        cursor = self.connection.cursor()
        cursor.execute(text.replace("%", "%%").replace("?", "%s") if values else text, values or None)
        return cursor

    def rows(self, text, *values):
        return self.cursor(text, values).fetchall()

    def run(self, text, *values):
        self.cursor(text, values)

    fill = run

    def stream(self, text, *values):
        return iter(self.cursor(text, values))

    def close(self):
        self.connection.close()


class Psycopg(Postgresql):
    """psycopg 3, in Python and through ctypes: values are parameters, and from the sixth execution on statements are prepared."""

    def __init__(self, name=None):
        import psycopg
        self.connection = psycopg.connect(dbname=name or os.environ["PGDATABASE"], autocommit=True)

    def fill(self, text):
        self.connection.execute(text)


SHOP = """
CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT, mail TEXT, code TEXT);
CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INTEGER, total INTEGER, status TEXT);
CREATE TABLE items(id INTEGER PRIMARY KEY, order_id INTEGER, product_id INTEGER, quantity INTEGER);
CREATE TABLE products(id INTEGER PRIMARY KEY, name TEXT, parent_id INTEGER);
CREATE TABLE log(id INTEGER PRIMARY KEY, message TEXT);
"""

CLIENTS = {"sqlite": Sqlite, "postgresql": Postgresql, "psycopg": Psycopg}
NUMBERS = {"sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0}) INSERT INTO {1} SELECT {2} FROM n;",
           "postgresql": "INSERT INTO {1} SELECT {2} FROM generate_series(1, {0}) AS n(i);"}


def fill(db, system, customers=40, orders_each=3, items_each=2):
    """One statement per table. Keys of different tables do not overlap, but where they refer to each other."""
    orders, number = customers * orders_each, NUMBERS[system]
    db.fill(SHOP + number.format(customers, "customers", "1000 + i, 'name ' || i, 'm' || i || '@example.org', 'code-' || (i * 7)")
            + number.format(orders, "orders", f"20000 + i, 1001 + (i - 1) % {customers}, i * 13 + 500000, 's' || i % 3")
            + number.format(orders * items_each, "items", f"300000 + i, 20001 + (i - 1) % {orders}, 4000001 + i % 17, 7")
            + number.format(17, "products", "4000000 + i, 'p' || i, CASE WHEN i > 1 THEN 4000000 + i / 2 END"))


def main():
    module, name, system = sys.argv[1:]
    sys.path.insert(0, str(Path(__file__).parent))
    random.seed(7)
    case = importlib.import_module(module).cases.cases[name]
    db = CLIENTS[system]()
    fill(db, "postgresql" if db.remote else "sqlite")
    case.function(db)
    db.close()


if __name__ == "__main__":
    main()
