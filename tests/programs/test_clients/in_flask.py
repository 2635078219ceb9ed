import sqlite3
import sys

import flask

application = flask.Flask(__name__)
db = sqlite3.connect(":memory:")
db.executescript("create table users(id integer primary key, name text); create table orders(id integer primary key, name text);"
                 "create table items(id integer primary key, order_id integer, name text); insert into users values (7, 'u')")
db.executemany("insert into orders values (?, 'o')", [(7 * i,) for i in range(1, 21)])
db.executemany("insert into items values (?, ?, 'i')", [(i, 7 * (i % 20 + 1)) for i in range(1, 61)])


@application.get("/orders")
def orders():
    return [db.execute("select name from items where order_id = ?", row).fetchall()
            for row in db.execute("select id from orders order by name, id desc").fetchall()]


@application.get("/orders/<int:order>")
def one(order):
    db.execute("select name from users where id = ?", (7,)).fetchone()
    return list(db.execute("select name from orders where id = ?", (order,)).fetchone())


def ask(path):
    assert application.test_client().get(path).status_code == 200


match sys.argv[1]:
    case "list":
        ask("/orders")
    case "numbers":
        for i in range(1, 21):
            ask(f"/orders/{7 * i}")
    case "rows":
        for order, in db.execute("select id from orders order by id desc").fetchall():
            ask(f"/orders/{order}")
