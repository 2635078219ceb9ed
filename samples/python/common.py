"""What the Python samples share: the tables, the scenes with what each has to execute, the command line, the counting.

A sample is run as `SAMPLE.py SCENE [--db URL] [--counts FILE]`. It fills its tables, loads one scene, and prints a sum that is the
same for every way of loading it. The variable SAMPLE_PARENTS says how many customers, users and authors there are. Three counts of its executions are kept, so that a report can be compared with them:

    expected   what the way of loading needs, known beforehand
    hook       what the ORM says that it sent, from its own event hook, while the scene was loaded
    load       what the database driver traced, while the scene was loaded
    total      what the database driver traced from the start to the end
"""
import argparse
import contextlib
import json
import os

CUSTOMERS, ORDERS, ITEMS = 10, 100, 3  # items of each order
USERS, POSTS, COMMENTS = 20, 5, 5  # posts of each user, comments of each post
AUTHORS = 100

FIRST_ORDER = 1

PARENTS = int(os.environ.get("SAMPLE_PARENTS", 0))
if PARENTS:
    CUSTOMERS = USERS = AUTHORS = PARENTS
    ORDERS, POSTS, COMMENTS = 2 * PARENTS, 2, 2
    FIRST_ORDER = 100001  # an order's key is no customer's


def rows():
    """Every table's rows, tables in the order of their references."""
    posts = USERS * POSTS
    return {
        "customers": [dict(id=i, name=f"customer {i}") for i in range(1, CUSTOMERS + 1)],
        "orders": [dict(id=FIRST_ORDER + i, customer_id=1 + (i + 1) % CUSTOMERS, amount=100 * (i + 1)) for i in range(ORDERS)],
        "items": [dict(id=i + 1, order_id=FIRST_ORDER + i // ITEMS, price=500 + i % 97) for i in range(ORDERS * ITEMS)],
        "users": [dict(id=i, name=f"user {i}") for i in range(1, USERS + 1)],
        "posts": [dict(id=i + 1, user_id=1 + i // POSTS, likes=1000 + i) for i in range(posts)],
        "comments": [dict(id=i + 1, post_id=1 + i // COMMENTS, words=20 + i % 13) for i in range(posts * COMMENTS)],
        "authors": [dict(id=i, name=f"author {i}") for i in range(1, AUTHORS + 1)],
        "books": [dict(id=4 * a + i, author_id=a, pages=200 + a + i) for a in range(1, AUTHORS + 1) for i in range(a % 4)],
    }


CREATE = [
    "CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL)",
    "CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL, amount integer NOT NULL)",
    "CREATE TABLE items (id integer PRIMARY KEY, order_id integer NOT NULL, price integer NOT NULL)",
    "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL)",
    "CREATE TABLE posts (id integer PRIMARY KEY, user_id integer NOT NULL, likes integer NOT NULL)",
    "CREATE TABLE comments (id integer PRIMARY KEY, post_id integer NOT NULL, words integer NOT NULL)",
    "CREATE TABLE authors (id integer PRIMARY KEY, name text NOT NULL)",
    "CREATE TABLE books (id integer PRIMARY KEY, author_id integer NOT NULL, pages integer NOT NULL)",
]


class Counts:
    def __init__(self, wanted):
        self.wanted = wanted
        self.hook = self.traced = self.load = 0
        self.loading = False

    def sent(self, number=1):
        """The ORM sent something to the database."""
        self.hook += number * self.loading

    def trace(self, _statement=None):
        """The driver executes something."""
        self.traced += 1
        self.load += self.loading

    @contextlib.contextmanager
    def of_the_load(self):
        self.loading = True
        yield
        self.loading = False


class Scenes:
    def __init__(self):
        self.by_name = {}

    def __call__(self, expected):
        def register(load):
            self.by_name[load.__name__] = (load, expected)
            return load
        return register

    def main(self, open_database, has_hook=True, has_trace=True):
        """open_database(URL or None, counts) fills the tables and gives what the scenes are called with. It sets up its hooks when
        counts.wanted: some of them stand between the scene and the database in every stack."""
        arguments = argparse.ArgumentParser()
        arguments.add_argument("scene", choices=sorted(self.by_name))
        arguments.add_argument("--db")
        arguments.add_argument("--counts", default=os.environ.get("SAMPLE_COUNTS"))
        arguments = arguments.parse_args()
        load, expected = self.by_name[arguments.scene]
        counts = Counts(wanted=arguments.counts is not None)
        database = open_database(arguments.db, counts)
        with counts.of_the_load():
            result = load(database)
        print(result)
        if arguments.counts:
            with open(arguments.counts, "w") as file:
                json.dump({"expected": expected, "hook": counts.hook if has_hook else None,
                           "load": counts.load if has_trace else None, "total": counts.traced if has_trace else None}, file)
