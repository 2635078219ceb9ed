"""The SQL of an advice, run against a database: it gives the rows that the loop gives, or there is none.

Each shape below is a child statement as a client sends it, with :key where the parent's value goes. It is run for every value, and
its rewriting once, on SQLite and on PostgreSQL.
"""
import importlib.util
import json
import os
import re
import sqlite3
import subprocess
from collections import Counter
from dataclasses import dataclass

import postgresql
import pytest
from conftest import ROOT
from python_samples import LAZY, SOURCES

spec = importlib.util.spec_from_file_location("shop_common", SOURCES / "common.py")
shop = importlib.util.module_from_spec(spec)
spec.loader.exec_module(shop)

KEY = object()
BOTH = ("sqlite", "postgresql")
MORE = [
    "CREATE TABLE nodes (id integer PRIMARY KEY, parent_id integer, name text)",
    "INSERT INTO nodes VALUES (1, NULL, 'root'), (2, 1, 'a'), (3, 1, 'b'), (4, 2, 'c'), (5, NULL, 'other')",
    'CREATE TABLE "odd table" (id integer PRIMARY KEY, "the ""key""" integer, "select" text)',
    """INSERT INTO "odd table" VALUES (1, 1, 'x'), (2, 1, 'y'), (3, 4, NULL)""",
    "CREATE TABLE accounts (id integer PRIMARY KEY, owner_id integer, email varchar(40), open boolean)",
    "INSERT INTO accounts VALUES (1, 1, 'a@x', true), (2, 2, 'b@x', false), (3, 2, NULL, true), (4, NULL, 'd@x', true)",
    "CREATE TABLE log (id integer PRIMARY KEY, account text, what text)",
    "INSERT INTO log VALUES (1, 'a@x', 'in'), (2, 'a@x', 'out'), (3, 'b@x', 'in')",
]


@dataclass(frozen=True)
class Shape:
    sql: str  # of the child
    slots: tuple = (KEY,)  # values of its placeholders once it is normalised
    rewritten: str = "list"  # how: list, aggregate, keys, top, join
    keys: str = "SELECT id FROM users"
    parent: str = ""  # a parent's statement that a JOIN can have
    parent_slots: tuple = ()
    column: str = "id"
    systems: tuple = BOTH

    def __str__(self):
        return re.sub(r"\W+", "_", self.sql.lower())[:70]


ORDERS = "SELECT customer_id FROM orders"
TEXT = "SELECT email FROM accounts"
SQLALCHEMY_ORDERS = "SELECT orders.id AS orders_id, orders.customer_id AS orders_customer_id FROM orders ORDER BY orders.id"
PEEWEE_ORDERS = 'SELECT "t1"."id", "t1"."customer_id" FROM "orders" AS "t1" ORDER BY "t1"."id"'
DJANGO_ORDERS = 'SELECT "orders"."id", "orders"."customer_id" FROM "orders" WHERE "orders"."amount" > 2000 ORDER BY "orders"."id" ASC'

SHAPES = [
    # as it is written by hand
    Shape("SELECT * FROM posts WHERE user_id = :key"),
    Shape("SELECT id, likes FROM posts WHERE user_id = :key"),
    Shape("SELECT user_id, likes FROM posts WHERE user_id = :key ORDER BY likes DESC"),
    Shape("SELECT likes FROM posts WHERE :key = user_id ORDER BY id"),
    Shape("SELECT p.id, p.likes FROM posts p WHERE p.user_id = :key"),
    Shape("SELECT p.* FROM posts AS p WHERE p.user_id = :key AND p.likes > 1010", (KEY, 1010)),
    Shape("SELECT id FROM posts WHERE likes BETWEEN 1000 AND 1050 AND user_id = :key", (1000, 1050, KEY)),
    Shape("SELECT id FROM posts WHERE (user_id = :key AND (likes < 1010 OR likes > 1080))", (KEY, 1010, 1080)),
    Shape("SELECT id FROM posts WHERE user_id = :key AND likes IN (1001, 1002, 1003, 1050)", (KEY, (1001, 1002, 1003, 1050))),
    Shape("SELECT id FROM posts WHERE user_id = :key AND NOT likes IN (1001, 1002)", (KEY, (1001, 1002))),
    Shape("SELECT id FROM posts WHERE likes IN (1001, 1002, 1003, 1050) AND user_id = :key", ((1001, 1002, 1003, 1050), KEY)),
    Shape("SELECT id FROM posts WHERE likes IN (1001, 1002, 1050) AND user_id = :key AND id NOT IN (1, 2) AND likes < 1040",
          ((1001, 1002, 1050), KEY, (1, 2), 1040)),
    Shape("SELECT id FROM posts WHERE user_id = :key AND likes NOT IN (1001, 1002)", (KEY, (1001, 1002))),
    Shape("SELECT id, likes AS number FROM posts WHERE user_id = :key ORDER BY number"),
    Shape("SELECT 'post' AS kind, id FROM posts WHERE user_id = :key", ("post", KEY)),
    Shape("SELECT upper(name), coalesce(name, '-') FROM nodes WHERE parent_id = :key", ("-", KEY), keys="SELECT id FROM nodes"),
    Shape("SELECT name FROM nodes WHERE parent_id = :key AND name IS NOT NULL", keys="SELECT id FROM nodes"),
    Shape("SELECT posts.id, comments.words FROM posts JOIN comments ON comments.post_id = posts.id WHERE posts.user_id = :key"),
    Shape("SELECT p.id, c.words FROM posts p LEFT JOIN comments c ON c.post_id = p.id AND c.words > 25 WHERE p.user_id = :key"
          " ORDER BY p.id, c.id", (25, KEY)),
    Shape("SELECT p.*, c.* FROM posts p, comments c WHERE c.post_id = p.id AND p.user_id = :key"),
    Shape("SELECT c.words FROM posts p JOIN comments c ON c.post_id = p.id WHERE p.user_id = :key"),
    Shape("SELECT n.name, p.name FROM nodes n LEFT JOIN nodes p ON n.parent_id = p.id WHERE p.id = :key", keys="SELECT id FROM nodes"),
    Shape('SELECT "select" FROM "odd table" WHERE "the ""key""" = :key'),
    Shape('SELECT t."select", t."the ""key""" FROM "odd table" t WHERE t."the ""key""" = :key ORDER BY t.id DESC'),
    Shape("SELECT what FROM log WHERE account = :key", keys=TEXT),
    Shape("SELECT log.* FROM log WHERE log.account = :key AND what LIKE 'i%'", (KEY, "i%"), keys=TEXT),
    Shape("SELECT id FROM posts WHERE user_id = :key::integer", systems=("postgresql",)),
    Shape("SELECT what FROM log WHERE account = :key::text", keys=TEXT, systems=("postgresql",)),
    Shape("SELECT email FROM accounts WHERE open AND owner_id = :key"),
    Shape("SELECT email FROM accounts WHERE owner_id = :key AND open = true", (KEY, True)),
    Shape("SELECT rowid, * FROM posts WHERE user_id == :key", systems=("sqlite",)),
    Shape("SELECT * FROM posts WHERE rowid = :key", systems=("sqlite",)),
    Shape("SELECT `id`, [likes] FROM posts WHERE user_id = :key", rewritten="", systems=("sqlite",)),
    Shape("SELECT `posts`.`id` FROM `posts` WHERE (`posts`.`user_id` = :key)", systems=("sqlite",)),
    # aggregates
    Shape("SELECT count(*) FROM posts WHERE user_id = :key", rewritten="aggregate"),
    Shape("SELECT COUNT(DISTINCT p.likes) AS n, max(p.likes) FROM posts AS p WHERE p.user_id = :key", rewritten="aggregate"),
    Shape("SELECT sum(likes) FROM posts WHERE user_id = :key AND likes > 1010", (KEY, 1010), rewritten="aggregate"),
    Shape("SELECT coalesce(sum(likes), 0) FROM posts WHERE user_id = :key", (0, KEY), rewritten="aggregate"),
    Shape("SELECT count(c.id) FROM posts p LEFT JOIN comments c ON c.post_id = p.id WHERE p.user_id = :key", rewritten="aggregate"),
    Shape('SELECT COUNT(*) AS "__count" FROM "posts" WHERE "posts"."user_id" = :key', rewritten="aggregate"),
    Shape('SELECT COUNT(*) FROM "posts" WHERE "posts"."user_id" = :key', rewritten="aggregate"),
    Shape("SELECT count(*) FILTER (WHERE likes > 1010) AS many, max(likes) FROM posts WHERE user_id = :key", (1010, KEY), rewritten="aggregate"),
    Shape("SELECT array_agg(likes ORDER BY id) FROM posts WHERE user_id = :key", rewritten="aggregate", systems=("postgresql",)),
    Shape("SELECT string_agg(what, ', ' ORDER BY what) FROM log WHERE account = :key", (", ", KEY), keys=TEXT, rewritten="aggregate",
          systems=("postgresql",)),
    # whether there is any
    Shape('SELECT 1 AS one FROM "posts" WHERE "posts"."user_id" = :key AND (likes > 1010)', (1, KEY, 1010), rewritten="keys"),
    Shape("SELECT 1 FROM posts p JOIN comments c ON c.post_id = p.id WHERE p.user_id = :key LIMIT 1", (1, KEY, 1), rewritten="keys"),
    # the first rows of each parent
    Shape("SELECT id, likes FROM posts WHERE user_id = :key ORDER BY likes DESC LIMIT 2", (KEY, 2), rewritten="top"),
    Shape("SELECT * FROM posts WHERE user_id = :key AND likes > 1001 ORDER BY likes, id LIMIT 1", (KEY, 1001, 1), rewritten="top"),
    Shape('SELECT "posts".* FROM "posts" WHERE "posts"."user_id" = :key ORDER BY "posts"."id" ASC LIMIT 1', (KEY, 1),
          rewritten="top"),
    # SQLAlchemy
    Shape("SELECT posts.id AS posts_id, posts.user_id AS posts_user_id, posts.likes AS posts_likes FROM posts"
          " WHERE :key = posts.user_id ORDER BY posts.id"),
    Shape("SELECT customers.id AS customers_id, customers.name AS customers_name FROM customers WHERE customers.id = :key",
          keys=ORDERS, rewritten="join", parent=SQLALCHEMY_ORDERS, column="orders_customer_id"),
    Shape("SELECT items.id AS items_id, items.price AS items_price FROM items, orders"
          " WHERE :key = orders.customer_id AND orders.id = items.order_id", keys="SELECT id FROM customers"),
    # Django
    Shape('SELECT "posts"."id", "posts"."likes" FROM "posts" WHERE "posts"."user_id" = :key'),
    Shape('SELECT "customers"."id", "customers"."name" FROM "customers" WHERE "customers"."id" = :key LIMIT 21', (KEY, 21),
          keys=ORDERS, rewritten="join", parent=DJANGO_ORDERS, parent_slots=(2000,), column="customer_id"),
    Shape('SELECT "customers"."id", "customers"."name" FROM "customers" WHERE "customers"."id" = :key LIMIT 21', (KEY, 21), keys=ORDERS),
    Shape('SELECT "comments"."id" FROM "comments" INNER JOIN "posts" ON ("comments"."post_id" = "posts"."id")'
          ' WHERE ("posts"."user_id" = :key AND "comments"."words" >= 25) ORDER BY "comments"."id" ASC', (KEY, 25)),
    # ActiveRecord
    Shape('SELECT "posts".* FROM "posts" WHERE "posts"."user_id" = :key'),
    Shape('SELECT "customers".* FROM "customers" WHERE "customers"."id" = :key LIMIT 1', (KEY, 1), keys=ORDERS, rewritten="join",
          parent='SELECT "orders".* FROM "orders"', column="customer_id"),
    Shape('SELECT SUM("posts"."likes") FROM "posts" WHERE "posts"."user_id" = :key', rewritten="aggregate"),
    # peewee, Sequel
    Shape('SELECT "t1"."id", "t1"."likes" FROM "posts" AS "t1" WHERE ("t1"."user_id" = :key)'),
    Shape('SELECT "t1"."id", "t1"."name" FROM "customers" AS "t1" WHERE ("t1"."id" = :key) LIMIT 1 OFFSET 0', (KEY, 1, 0), keys=ORDERS,
          rewritten="join", parent=PEEWEE_ORDERS, column="customer_id"),
    Shape("SELECT * FROM `customers` WHERE (`id` = :key) LIMIT 1", (KEY, 1), keys=ORDERS, systems=("sqlite",), rewritten="join",
          parent="SELECT * FROM `orders`", column="customer_id"),
    Shape('SELECT * FROM "customers" WHERE ("id" = :key) LIMIT 1', (KEY, 1), keys=ORDERS, systems=("postgresql",), rewritten="join",
          parent='SELECT * FROM "orders" WHERE ("amount" > 5000)', parent_slots=(5000,), column="customer_id"),
    # JOINs
    Shape("SELECT name FROM customers WHERE id = :key", keys=ORDERS, rewritten="join",
          parent="SELECT customer_id, amount FROM orders WHERE amount > 100 AND id < 50 ORDER BY id", parent_slots=(100, 50),
          column="customer_id"),
    Shape("SELECT name FROM nodes WHERE id = :key", keys="SELECT parent_id FROM nodes", rewritten="join",
          parent="SELECT id, parent_id FROM nodes ORDER BY id DESC", column="parent_id"),
    Shape("SELECT c.name, c.id FROM nodes AS c WHERE c.id = :key AND c.name <> 'root'", (KEY, "root"),
          keys="SELECT parent_id FROM nodes", rewritten="join",
          parent="SELECT n.* FROM nodes n WHERE n.name IS NOT NULL AND n.id BETWEEN 1 AND 4", parent_slots=(1, 4), column="parent_id"),
    Shape("SELECT email FROM accounts WHERE id = :key AND open = true AND id NOT IN (7, 8)", (KEY, True, (7, 8)), rewritten="join",
          parent="SELECT id AS number, name FROM users WHERE (id IN (1, 2, 3) OR name = 'user 5')", parent_slots=((1, 2, 3), "user 5"),
          column="number"),
]

# Statements for which no SQL is right, or none that is plainly so.
LEFT_ALONE = [
    "SELECT DISTINCT likes FROM posts WHERE user_id = 1",
    "SELECT likes, count(*) FROM posts WHERE user_id = 1 GROUP BY likes",
    "SELECT likes FROM posts WHERE user_id = 1 UNION SELECT words FROM comments WHERE post_id = 1",
    "SELECT likes FROM posts WHERE user_id = 1 LIMIT 2",
    "SELECT likes FROM posts WHERE user_id = 1 ORDER BY id LIMIT 2 OFFSET 1",
    "SELECT likes FROM posts WHERE user_id = 1 ORDER BY id LIMIT 1, 2",
    "SELECT likes FROM posts WHERE user_id = 1 ORDER BY likes + 1 LIMIT 1",
    "SELECT likes FROM posts WHERE user_id = 1 OR likes = 5",
    "SELECT likes FROM posts WHERE likes = 5 OR id = 2 AND user_id = 1",
    "SELECT likes FROM posts WHERE user_id = 1 AND likes = 5 OR id = 7",
    "SELECT likes FROM posts WHERE (user_id = 1 OR likes = 5)",
    "SELECT likes FROM posts WHERE NOT user_id = 1",
    "SELECT likes FROM posts WHERE NOT (user_id = 1)",
    "SELECT likes FROM posts WHERE user_id > 1",
    "SELECT likes FROM posts WHERE lower(name) = 'x'",
    "SELECT likes FROM posts WHERE user_id + 1 = 5",
    "SELECT likes FROM posts WHERE user_id = 1 + likes",
    "SELECT likes FROM posts WHERE id IN (SELECT post_id FROM comments WHERE words = 5)",
    "SELECT likes, row_number() OVER (ORDER BY id) FROM posts WHERE user_id = 1",
    "SELECT likes, max(id) FROM posts WHERE user_id = 1",
    "SELECT max(id) + 1 FROM posts WHERE user_id = 1",
    "SELECT own_agg(id) FROM posts WHERE user_id = 1",
    "SELECT my_function(id) FROM posts WHERE user_id = 1",
    "SELECT id, (SELECT count(*) FROM comments) FROM posts WHERE user_id = 1",
    "SELECT * FROM posts WHERE user_id = 1 FOR UPDATE",
    "SELECT * FROM posts WHERE user_id = 1 ORDER BY 2",
    "SELECT likes AS user_id FROM posts WHERE user_id = 1",
    "SELECT count(*) FROM posts WHERE user_id = 1 HAVING count(*) > 2",
    "WITH p AS (SELECT * FROM posts) SELECT * FROM p WHERE user_id = 1",
    "SELECT count(*) FROM posts WHERE user_id = 1 LIMIT 1",
    "SELECT EXISTS(SELECT 1 FROM posts WHERE user_id = 1)",
    "SELECT * FROM posts WHERE CASE WHEN likes = 1 THEN user_id = 5 AND likes = 6 END",
    "SELECT * FROM posts WHERE likes BETWEEN 1 AND user_id = 1",
    "SELECT * FROM posts WHERE user_id IS 1",
    "SELECT * FROM posts; SELECT * FROM posts WHERE user_id = 1",
    "UPDATE posts SET likes = 1 WHERE user_id = 1",
    "SELECT 1",
    "SELECT",
    "",
]


class Sqlite:
    system = "sqlite"

    def __init__(self):
        self.connection = sqlite3.connect(":memory:")

    def run(self, *texts):
        for text in texts:
            self.connection.execute(text)

    def rows_of_each(self, texts):
        return [[tuple("NULL" if value is None else str(value) for value in row) for row in self.connection.execute(text)]
                for text in texts]

    def rows(self, text, values):
        """Runs a rewriting, whose lists are as long as the values that they are given."""
        flat = []
        for value in values:
            flat += value if isinstance(value, (list, tuple)) else [value]
        lists = iter([value for value in values if isinstance(value, (list, tuple))])
        text = re.sub(r"\(\?, (\?, )?\.\.\.\)", lambda _: f"({', '.join('?' * len(next(lists)))})", text)
        return [tuple("NULL" if value is None else str(value) for value in row) for row in self.connection.execute(text, flat)]


class Postgresql:
    system = "postgresql"

    def __init__(self, server):
        self.server, self.database = server, server.new_database()

    def run(self, *texts):
        self.server.sql(";".join(texts), self.database)

    def ask(self, text):
        result = subprocess.run([self.server.bin / "psql", "-XAtq", "-F", "\t", "-P", "null=NULL", "-v", "ON_ERROR_STOP=1", "-d", self.database,
                                 "-c", text], env=dict(os.environ, **self.server.variables), stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, (text, result.stderr)
        return [tuple(line.split("\t")) for line in result.stdout.split("\n")[:-1]]

    def rows_of_each(self, texts):
        result = []
        for row in self.ask("".join(f"SELECT '<next>'; {text};" for text in texts)):
            if row == ("<next>",):
                result.append([])
            else:
                result[-1].append(row)
        return result

    def rows(self, text, values):
        arguments = ["{" + ", ".join(map(str, value)) + "}" if isinstance(value, (list, tuple)) else value for value in values]
        execute = "EXECUTE it" + (f"({', '.join(map(literal, arguments))})" if arguments else "")
        return self.ask(f"PREPARE it AS {text}; {execute}; DEALLOCATE it")


def literal(value):
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def inserts(tables):
    for name, rows in tables.items():
        values = ", ".join("(" + ", ".join(literal(value) for value in row.values()) + ")" for row in rows)
        yield f"INSERT INTO {name} ({', '.join(rows[0])}) VALUES {values}"


@pytest.fixture(scope="module")
def databases(server):
    found = {"sqlite": Sqlite(), "postgresql": Postgresql(server)}
    for database in found.values():
        database.run(*shop.CREATE, *inserts(shop.rows()), *MORE)
    return found


def advise(build, findings):
    """(strategy, text, sql or None) for each (kind, is_postgresql, statement, parameter, executions, rows, values, parent, column)."""
    text = "".join(str(field) + "\0" for finding in findings for field in finding)
    result = subprocess.run([build.program("tools", "advise")], input=text.encode(), capture_output=True, timeout=60, check=True)
    fields = result.stdout.decode().split("\0")[:-1]
    assert len(fields) == 3 * len(findings)
    return [(fields[i], fields[i + 1], fields[i + 2] or None) for i in range(0, len(fields), 3)]


def compare_children(database, statement_of, keys, sql, values, form):
    loop = dict(zip(keys, database.rows_of_each([statement_of(key) for key in keys])))
    found = database.rows(sql, values)
    if form == "keys":
        assert found and sorted(found) == sorted((str(key),) for key, rows in loop.items() if rows)
        return
    if form == "top":
        found = [row[:-1] for row in found]
    if form == "aggregate":
        nothing, = database.rows_of_each([statement_of(-77)])
        loop = {key: [row for row in rows if row not in nothing] for key, rows in loop.items()}
    width = len(next(row for rows in loop.values() for row in rows))
    adds_key = len(found[0]) == width + 1
    expected = Counter(((str(key),) if adds_key else ()) + row for key, rows in loop.items() for row in rows)
    assert found and (adds_key or len(found[0]) == width)
    assert adds_key or form != "aggregate"
    assert Counter(found) == expected


def compare_joined(database, statement_of, parents, at, found):
    children = dict(zip({row[at] for row in parents}, database.rows_of_each(
        [statement_of(key) if key != "NULL" else "SELECT 1 WHERE 1 = 0" for key in {row[at] for row in parents}])))
    width = len(found[0]) - len(parents[0])
    expected = Counter(parent + child for parent in parents for child in children[parent[at]] or [("NULL",) * width])
    assert found and Counter(found) == expected


def normalised(build, text):
    return (postgresql.normalised(build, [text]) or [""])[0]


@pytest.mark.parametrize("system, shape", [(system, shape) for shape in SHAPES for system in shape.systems], ids=str)
def test_the_rewritten_statement_gives_the_rows_of_the_loop(build, databases, system, shape):
    database = databases[system]
    keys = sorted({row[0] for row in database.rows_of_each([shape.keys])[0] if row[0] != "NULL"})

    def statement_of(key):
        return shape.sql.replace(":key", literal(key) if database.system == "postgresql" or not str(key).isdigit() else str(key))

    text = normalised(build, statement_of(keys[0]))
    rows = sum(map(len, database.rows_of_each([statement_of(key) for key in keys])))
    parent = normalised(build, shape.parent) if shape.parent else ""
    number = 1 + shape.slots.index(KEY)
    (strategy, words, sql), = advise(build, [(1, int(database.system == "postgresql"), text, number, len(keys), rows, len(keys),
                                              parent, shape.column)])
    assert "\n" not in words and len(words) < 600
    if not shape.rewritten:
        assert sql is None
        return
    assert sql is not None, words
    assert (" left join " in sql and shape.rewritten == "join") or shape.rewritten != "join"
    assert (strategy == "aggregate") == (shape.rewritten in ("aggregate", "keys"))
    assert ("nth" in sql) == (shape.rewritten == "top")
    if shape.rewritten == "join":
        limit = shape.sql.lower().count("limit") + shape.sql.lower().count("offset")
        values = [slot for slot in shape.slots[:len(shape.slots) - limit] if slot is not KEY] + list(shape.parent_slots)
        parents, = database.rows_of_each([shape.parent])
        columns = sqlite_columns(shape.parent)
        compare_joined(database, statement_of, parents, columns.index(shape.column), database.rows(sql, values))
    else:
        slots = shape.slots if "nth" in sql or "limit" not in text else shape.slots[:shape.slots.index(KEY) + 1]
        slots = slots[shape.rewritten == "keys":]  # without the constant that is selected
        compare_children(database, statement_of, keys, sql, [keys if slot is KEY else slot for slot in slots], shape.rewritten)


def sqlite_columns(text):
    database = Sqlite()
    database.run(*shop.CREATE, *MORE)
    return [column[0] for column in database.connection.execute(text).description]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_is_not_plainly_understood_gets_words_only(build, text):
    text = normalised(build, text)
    for is_postgresql in (0, 1):
        for number in range(text.count("?") + 2):
            (_, words, sql), = advise(build, [(1, is_postgresql, text, number, 100, 300, 100, "", "")])
            assert words and sql is None, (number, sql)


LAZY_C = ["orders_customer_lazy", "orders_customer_identity_map", "users_posts_lazy", "users_posts_comments_lazy", "customers_orders_items_lazy",
          "authors_books_lazy"]


def bound(text, values):
    """A normalised text with a value for each of its placeholders."""
    values = iter(values)
    return re.sub(r"\?", lambda _: literal(next(values)), text)


def check_report(report, database, found_in):
    """Every finding of a report: its SQL against its own statement, run for each value that there is."""
    groups = {group["id"]: group for group in report["groups"]}
    assert report["findings"]
    for finding in report["findings"]:
        statement = groups[finding["group"]]["statement"]["text"]
        parent = groups[finding["parent"]]["statement"]["text"] if finding["parent"] else ""
        sql, strategy = finding["advice"]["sql"], finding["advice"]["strategy"]
        assert sql, (found_in, statement)
        keys = [str(key) for key in range(1, 130)]
        rest = {1: [], 2: ["21"], 3: ["1", "0"]}[statement.count("?")]  # LIMIT, OFFSET

        def statement_of(key):
            return bound(statement, [key, *rest])

        if " left join " in sql:
            parents, = database.rows_of_each([bound(parent, ["3"] * parent.count("?"))])
            rows = database.rows(sql, ["3"] * parent.count("?"))
            at, = (at for at in range(len(parents[0])) if [row[at] for row in parents] == of_column(database, parent, finding["parent_column"]))
            compare_joined(database, statement_of, parents, at, rows)
        else:
            compare_children(database, statement_of, keys, sql, [keys], strategy)


def of_column(database, text, column):
    return [row[0] for row in database.rows_of_each([bound(f"SELECT \"{column}\" FROM ({text}) AS it", ["3"] * text.count("?"))])[0]]


@pytest.mark.parametrize("client, scene", LAZY, ids=str)
def test_the_advice_for_a_python_sample_gives_the_rows_of_its_loop(build, databases, tmp_path, client, scene):
    run = build.run_watched(["/usr/bin/python3", "-B", SOURCES / f"{client}_shop.py", scene], tmp_path / "recording.pb")
    assert run.returncode == 0, run.stderr.decode()
    report = build.report(tmp_path / "recording.pb")
    check_report(report, databases["sqlite"], scene)
    orm = {"sqlalchemy": "with SQLAlchemy: ", "django": "with Django", "peewee": "with peewee: "}.get(client)
    for finding in report["findings"]:
        assert (orm or "; with ") in finding["advice"]["text"] if orm else "; with " not in finding["advice"]["text"]


@pytest.mark.parametrize("program", LAZY_C)
def test_the_advice_for_a_c_sample_gives_the_rows_of_its_loop(build, tmp_path, program):
    shop_file = tmp_path / "shop.db"
    run = build.run_watched([build.sample(program), "--db", shop_file, "20"], tmp_path / "recording.pb")
    assert run.returncode == 0, run.stderr.decode()
    database = Sqlite()
    database.connection = sqlite3.connect(shop_file)
    check_report(build.report(tmp_path / "recording.pb"), database, program)
    database.connection.close()


@pytest.mark.parametrize("program", LAZY_C)
def test_the_advice_for_a_c_sample_on_postgresql_gives_the_rows_of_its_loop(build, server, tmp_path, program):
    """Its tables are temporary: the ones of the same sample on SQLite take their place."""
    shop_file = tmp_path / "shop.db"
    assert build.run([build.sample(program), "--db", shop_file, "20"]).returncode == 0
    run = build.run_watched([build.sample(program, "postgresql"), "20"], tmp_path / "recording.pb", **server.variables)
    assert run.returncode == 0, run.stderr.decode()
    database = Postgresql(server)
    with sqlite3.connect(shop_file) as tables:
        for name, create in tables.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall():
            cursor = tables.execute(f"SELECT * FROM {name}")
            names = [column[0] for column in cursor.description]
            database.run(create, *inserts({name: [dict(zip(names, row)) for row in cursor]}))
    check_report(build.report(tmp_path / "recording.pb"), database, program)


# kind, statement for one value (as %s), how the rewriting starts, systems
WRITES = [
    (3, "INSERT INTO written (id, name) VALUES (%s, 'n')", BOTH),
    (3, "INSERT INTO written (id) VALUES (%s) ON CONFLICT (id) DO NOTHING", BOTH),
    (3, 'INSERT INTO "written" ("name", "id") VALUES (\'x\', %s) RETURNING "id"', BOTH),
    (3, "INSERT OR IGNORE INTO written (id) VALUES (%s)", ("sqlite",)),
    (3, "REPLACE INTO written (id) VALUES (%s)", ("sqlite",)),
    (3, "DELETE FROM written WHERE id = %s", BOTH),
    (3, 'DELETE FROM "written" WHERE ("written"."id" = %s) RETURNING name', BOTH),
    (3, "DELETE FROM written AS w WHERE w.id = %s AND w.name IS NOT NULL", BOTH),
]


@pytest.mark.parametrize("system, write", [(system, write) for write in WRITES for system in write[2]], ids=str)
def test_one_write_leaves_what_the_loop_leaves(build, databases, system, write):
    kind, statement, _ = write
    database, keys = databases[system], [3, 5, 7, 2]
    text = normalised(build, statement % 3)
    (strategy, _, sql), = advise(build, [(kind, int(system == "postgresql"), text, 0, 4, 0, 4, "", "")])
    assert strategy == "batch" and sql

    def written_by(write):
        database.run("DROP TABLE IF EXISTS written", "CREATE TABLE written (id integer PRIMARY KEY, name text)",
                     "INSERT INTO written VALUES (2, 'two'), (4, 'four'), (5, NULL)" if "INTO" not in statement or
                     re.search("CONFLICT|REPLACE|IGNORE", statement) else "INSERT INTO written VALUES (4, 'four')")
        write()
        return sorted(database.rows_of_each(["SELECT * FROM written"])[0])

    def loop():
        for key in keys:
            database.run(statement % key)

    def at_once():
        if text.startswith("delete"):
            database.rows(sql, [keys])
            return
        row = re.search(r"\(([^()]*)\), \(", sql).group(1)
        names = [name.strip('" ') for name in re.search(r"written\"?\(([^)]*)\)", sql).group(1).split(",")]
        values = [key if name == "id" else re.search("'(.)'", statement).group(1) for key in keys for name in names]
        width = row.count(",") + 1
        assert width == len(names)
        mark = (lambda i: f"${i + 1}") if system == "postgresql" else (lambda _: "?")
        rows = ", ".join("(" + ", ".join(mark(i) for i in range(at, at + width)) + ")" for at in range(0, len(values), width))
        database.rows(sql[:sql.index("values") + 7] + rows + sql[sql.index("...") + 3:], values)

    assert written_by(at_once) == written_by(loop)


@pytest.mark.parametrize("statement, lists", [
    ("SELECT id FROM posts WHERE user_id IN (1, 2, 3) AND likes > 1001", [[1, 2, 3], 1001]),
    ("SELECT id FROM posts WHERE user_id NOT IN (1, 2, 3)", [[1, 2, 3]]),
    ("SELECT what FROM log WHERE account IN ('a@x', 'b@x') ORDER BY id", [["a@x", "b@x"]]),
    ('SELECT "t1"."id" FROM "posts" AS "t1" WHERE ("t1"."user_id" IN (1, 2) AND NOT ("t1"."id" IN (3, 4)))', [[1, 2], [3, 4]]),
    ("UPDATE posts SET likes = likes WHERE id IN (1, 2) RETURNING id", [[1, 2]]),
])
def test_a_list_as_one_array_gives_the_same_rows(build, databases, statement, lists):
    (strategy, _, sql), = advise(build, [(6, 1, normalised(build, statement), 0, 1, 9, 1, "", "")])
    assert strategy == "array"
    database = databases["postgresql"]
    assert database.rows(sql, lists) == database.rows_of_each([statement])[0] != []
