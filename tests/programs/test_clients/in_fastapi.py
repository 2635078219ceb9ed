import sqlite3
import sys

import fastapi
from fastapi.testclient import TestClient

application = fastapi.FastAPI()
db = sqlite3.connect(":memory:", check_same_thread=False)
db.executescript("create table users(id integer primary key, name text); create table orders(id integer primary key, name text);"
                 "create table items(id integer primary key, order_id integer, name text); insert into users values (7, 'u')")
db.executemany("insert into orders values (?, 'o')", [(7 * i,) for i in range(1, 21)])
db.executemany("insert into items values (?, ?, 'i')", [(i, 7 * (i % 20 + 1)) for i in range(1, 61)])


# Plain functions, which a thread of AnyIO's calls.
@application.get("/orders")
def orders():
    return [db.execute("select name from items where order_id = ?", row).fetchall()
            for row in db.execute("select id from orders order by name, id desc").fetchall()]


@application.get("/orders/{order}")
def one(order: int):
    db.execute("select name from users where id = ?", (7,)).fetchone()
    return list(db.execute("select name from orders where id = ?", (order,)).fetchone())


# One loop for all requests, and so one thread; else each has threads of its own.
with TestClient(application) as client:
    def ask(path):
        assert client.get(path).status_code == 200

    match sys.argv[1]:
        case "list":
            ask("/orders")
        case "numbers":
            for i in range(1, 21):
                ask(f"/orders/{7 * i}")
        case "rows":
            for order, in db.execute("select id from orders order by id desc").fetchall():
                ask(f"/orders/{order}")
