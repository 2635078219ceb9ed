"""The sqlite3 module of the standard library, without an ORM."""
import sqlite3

import common
from common import CUSTOMERS, ORDERS, POSTS, USERS

scene = common.Scenes()


def fetch(db, statement, *parameters):
    return db.execute(statement, parameters).fetchall()


@scene(expected=1 + ORDERS)
def orders_customer_lazy(db):
    total = 0
    for (customer,) in fetch(db, "SELECT customer_id FROM orders ORDER BY id"):
        for (name,) in db.execute("SELECT name FROM customers WHERE id = ?", (customer,)):  # N+1 here
            total += len(name)
    return total


@scene(expected=1)
def orders_customer_joined(db):
    return sum(len(name) for (name,) in fetch(db, "SELECT name FROM orders JOIN customers ON customers.id = customer_id"))


@scene(expected=1 + 3)
def users_posts_lazy(db):
    total = 0
    for (user,) in db.execute("SELECT id FROM users WHERE id <= 3"):
        total += db.execute("SELECT sum(likes) FROM posts WHERE user_id = ?", (user,)).fetchone()[0]  # N+1 here
    return total


@scene(expected=2)
def users_posts_selectin(db):
    users = [user for (user,) in fetch(db, "SELECT id FROM users WHERE id <= 3")]
    return sum(likes for (likes,) in fetch(db, f"SELECT likes FROM posts WHERE user_id IN ({','.join('?' * len(users))})", *users))


@scene(expected=1 + USERS + USERS * POSTS)
def users_posts_comments_lazy(db):
    total = 0
    for (user,) in fetch(db, "SELECT id FROM users"):
        posts = db.execute("SELECT id FROM posts WHERE user_id = ?", (user,)).fetchall()  # N+1 here
        for post in posts:
            total += db.execute("SELECT sum(words) FROM comments WHERE post_id = ?", post).fetchone()[0]  # N+1 here
    return total


@scene(expected=1)
def users_posts_comments_joined(db):
    return fetch(db, "SELECT sum(words) FROM users JOIN posts ON user_id = users.id JOIN comments ON post_id = posts.id")[0][0]


@scene(expected=1 + CUSTOMERS + ORDERS)
def customers_orders_items_lazy(db):
    total = 0
    for (customer,) in fetch(db, "SELECT id FROM customers"):
        orders = db.execute("SELECT id FROM orders WHERE customer_id = ?", (customer,)).fetchall()  # N+1 here
        for order in orders:
            total += db.execute("SELECT sum(price) FROM items WHERE order_id = ?", order).fetchone()[0]  # N+1 here
    return total


@scene(expected=1)
def customers_orders_items_group_by(db):
    return sum(total for _, total in fetch(db, "SELECT customer_id, sum(price) FROM orders JOIN items ON order_id = orders.id"
                                               " GROUP BY customer_id"))


def open_database(path, counts):
    db = sqlite3.connect(path or ":memory:")
    if counts.wanted:
        db.set_trace_callback(counts.trace)
    for statement in common.CREATE:
        db.execute(statement)
    for name, rows in common.rows().items():
        names = list(rows[0])
        db.executemany(f"INSERT INTO {name} ({', '.join(names)}) VALUES (:{', :'.join(names)})", rows)
    db.commit()
    return db


if __name__ == "__main__":
    scene.main(open_database, has_hook=False)
