#!/usr/bin/python3
"""Scopes: a program that names its units of work for the report, from Python.

    nplus1 run -- /usr/bin/python3 samples/python/scopes.py

The agent exports nplus1_scope_begin and nplus1_scope_end; ctypes finds them, and without the agent there is nothing to call.
A report that is made twice loads its lines one by one; the report of nplus1 says how many of the executions each scope has.
"""
import contextlib
import ctypes
import sqlite3

AGENT = ctypes.CDLL(None)


@contextlib.contextmanager
def scope(name):
    begin, end = getattr(AGENT, "nplus1_scope_begin", None), getattr(AGENT, "nplus1_scope_end", None)
    if begin:
        begin(name.encode())
    try:
        yield
    finally:
        if end:
            end()


def fill(db):
    db.executescript("""
        CREATE TABLE orders(id INTEGER PRIMARY KEY, month INTEGER, total INTEGER);
        CREATE TABLE lines(id INTEGER PRIMARY KEY, order_id INTEGER, price INTEGER);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) INSERT INTO orders SELECT i, i % 3, 0 FROM n;
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120) INSERT INTO lines SELECT i, 1 + i % 60, i FROM n;
    """)


def load_lines(db, order):
    return db.execute("SELECT price FROM lines WHERE order_id = ?", (order,)).fetchall()  # N+1 here


def report(db, month):
    orders = db.execute("SELECT id FROM orders WHERE month = ?", (month,)).fetchall()
    return sum(price for (order,) in orders for (price,) in load_lines(db, order))


def main():
    db = sqlite3.connect(":memory:")
    fill(db)
    total = 0
    for month in (0, 1, 2):
        with scope("monthly report"):
            total += report(db, month)
    with scope("one order"):
        total += sum(price for (price,) in load_lines(db, 7))
    print(total)


main()
