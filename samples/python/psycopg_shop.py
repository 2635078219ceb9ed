"""psycopg2, or psycopg 3 with DRIVER=psycopg, without an ORM: they send values in the text, and as parameters."""
import importlib
import os

import common
from common import CUSTOMERS, ORDERS, POSTS, USERS

scene = common.Scenes()


def fetch(db, statement, *parameters):
    cursor = db.cursor()
    cursor.execute(statement, parameters or None)
    return cursor.fetchall()


@scene(expected=1 + ORDERS)
def orders_customer_lazy(db):
    total = 0
    for (customer,) in fetch(db, "SELECT customer_id FROM orders ORDER BY id"):
        for (name,) in fetch(db, "SELECT name FROM customers WHERE id = %s", customer):  # N+1 here
            total += len(name)
    return total


@scene(expected=1)
def orders_customer_joined(db):
    return sum(len(name) for (name,) in fetch(db, "SELECT name FROM orders JOIN customers ON customers.id = customer_id"))


@scene(expected=1 + 3)
def users_posts_lazy(db):
    total = 0
    for (user,) in fetch(db, "SELECT id FROM users WHERE id <= 3"):
        total += fetch(db, "SELECT sum(likes) FROM posts WHERE user_id = %s", user)[0][0]  # N+1 here
    return total


@scene(expected=2)
def users_posts_selectin(db):
    users = [user for (user,) in fetch(db, "SELECT id FROM users WHERE id <= 3")]
    return sum(likes for (likes,) in fetch(db, f"SELECT likes FROM posts WHERE user_id IN ({','.join(['%s'] * len(users))})", *users))


@scene(expected=1 + USERS + USERS * POSTS)
def users_posts_comments_lazy(db):
    total = 0
    for (user,) in fetch(db, "SELECT id FROM users"):
        posts = fetch(db, "SELECT id FROM posts WHERE user_id = %s", user)  # N+1 here
        for post in posts:
            total += fetch(db, "SELECT sum(words) FROM comments WHERE post_id = %s", *post)[0][0]  # N+1 here
    return total


@scene(expected=1)
def users_posts_comments_joined(db):
    return fetch(db, "SELECT sum(words) FROM users JOIN posts ON user_id = users.id JOIN comments ON post_id = posts.id")[0][0]


@scene(expected=1 + CUSTOMERS + ORDERS)
def customers_orders_items_lazy(db):
    total = 0
    for (customer,) in fetch(db, "SELECT id FROM customers"):
        orders = fetch(db, "SELECT id FROM orders WHERE customer_id = %s", customer)  # N+1 here
        for order in orders:
            total += fetch(db, "SELECT sum(price) FROM items WHERE order_id = %s", *order)[0][0]  # N+1 here
    return total


@scene(expected=1)
def customers_orders_items_group_by(db):
    return sum(total for _, total in fetch(db, "SELECT customer_id, sum(price) FROM orders JOIN items ON order_id = orders.id"
                                               " GROUP BY customer_id"))


def open_database(url, _counts):
    db = importlib.import_module(os.environ.get("DRIVER", "psycopg2")).connect(url)
    db.autocommit = True
    cursor = db.cursor()
    for statement in common.CREATE:
        cursor.execute(statement)
    for name, rows in common.rows().items():
        row = "(" + ", ".join(["%s"] * len(rows[0])) + ")"
        cursor.execute(f"INSERT INTO {name} ({', '.join(rows[0])}) VALUES {', '.join([row] * len(rows))}",
                       [value for row in rows for value in row.values()])
    return db


if __name__ == "__main__":
    scene.main(open_database, has_hook=False, has_trace=False)
