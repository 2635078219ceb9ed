"""What the programs of this folder have in common: tables on SQLite, and how a test asks for them."""
import sqlite3
import sys


def open_tables(**options):
    db = sqlite3.connect(":memory:", **options)
    db.executescript("create table users(id integer primary key, name text); create table orders(id integer primary key, name text);"
                     "create table items(id integer primary key, order_id integer, name text); insert into users values (7, 'u')")
    db.executemany("insert into orders values (?, 'o')", [(7 * i,) for i in range(1, 21)])
    db.executemany("insert into items values (?, ?, 'i')", [(i, 7 * (i % 20 + 1)) for i in range(1, 61)])
    return db


def test(ask, read):
    """As the command line says: a list, or each order of it, by numbers or by rows that the test has read; or all that in one place."""
    match sys.argv[1]:
        case "list":
            ask("/orders")
        case "numbers":
            for i in range(1, 21):
                ask(f"/orders/{7 * i}")
        case "rows":
            for order, in read("select id from orders order by id desc"):
                ask(f"/orders/{order}")
        case "pages":
            for path in ["/orders", *(f"/orders/{7 * i}" for i in range(20, 0, -1))]:
                ask(path)
