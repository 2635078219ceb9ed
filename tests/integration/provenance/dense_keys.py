"""Loops on keys that are 1, 2, 3 and so on, where a program's own numbers look the same: dense_keys.py SYSTEM LOOP AUTHORS

SYSTEM: sqlite or psycopg2. Each author has three books.
"""
import random
import sys

system, loop, authors = sys.argv[1], sys.argv[2], int(sys.argv[3])
random.seed(7)
if system == "sqlite":
    import sqlite3
    db = sqlite3.connect(":memory:", isolation_level=None)
    SERIES = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT {} FROM n"
else:
    import psycopg2
    db = psycopg2.connect("").cursor()
    db.connection.autocommit = True
    SERIES = "SELECT {1} FROM generate_series(1, {0}) AS n(i)"


def execute(text, *values):
    if system == "sqlite":
        return db.execute(text, values)
    db.execute(text.replace("?", "%s"), values or None)
    return db


def rows(text, *values):
    return execute(text, *values).fetchall()


for table, columns, count, values in (("author", "id INTEGER PRIMARY KEY, name TEXT, rank INTEGER", authors, "i, 'author ' || i, i % 7"),
                                      ("book", "id INTEGER PRIMARY KEY, author_id INTEGER, title TEXT", authors * 3,
                                       "i, (i - 1) / 3 + 1, 'book ' || i")):
    execute(f"CREATE TABLE {table}({columns})")
    execute(f"INSERT INTO {table} " + SERIES.format(count, values))


def author(key):
    rows("SELECT name FROM author WHERE id = ?", key)


def books(key):
    rows("SELECT title FROM book WHERE author_id = ?", key)


def all_authors():
    return rows("SELECT id, name, rank FROM author")


# ---- the program's own numbers

def counts_from_the_second():
    all_authors()
    for number in range(2, authors + 1):
        books(number)


def counts_through_the_keys_of_its_own_rows():
    for number in range(2, authors + 1):
        rows("SELECT id, title FROM book WHERE author_id = ? ORDER BY id", number)


def counts_through_the_keys_of_its_own_pairs():
    for number in range(2, authors + 1):
        rows("SELECT id, title FROM book WHERE author_id = ? ORDER BY id LIMIT 2", number)


def counts_short_of_the_last():
    all_authors()
    for number in range(1, authors):
        books(number)


def counts_after_each_list():
    for _ in range(5):
        all_authors()
        for number in range(1, authors // 2):
            books(number)


def counts_from_the_second_after_each_list():
    for _ in range(5):
        all_authors()
        for number in range(2, authors // 2):
            books(number)


def draws():
    all_authors()
    for _ in range(authors):
        books(random.randint(1, authors))


def draws_after_pages_of_two():
    for last in range(0, 40, 2):
        rows("SELECT id, name, rank FROM author WHERE id > ? ORDER BY id LIMIT 2", last)
    for number in random.sample(range(1, 41), 30):
        books(number)


def counts_from_one_list_into_another():
    rows("SELECT id, name FROM author WHERE id <= 8")
    rows("SELECT id, rank FROM author WHERE id > 8 AND id <= 16 ORDER BY id DESC")
    for number in range(1, 25):
        books(number)


def counts_beyond_a_list_that_others_hold():
    rows("SELECT id, name FROM author WHERE id <= 8")
    rows("SELECT id, title FROM book WHERE id <= 20 AND id <> 5 ORDER BY id DESC")
    for number in range(1, 25):
        books(number)


# ---- keys of rows

def all_of_them():
    for key, _, _ in all_authors():
        books(key)


def all_of_them_after_each_list():
    for _ in range(3):
        all_of_them()


def the_last_one_first():
    for key, _, _ in reversed(all_authors()):
        books(key)


def some_of_them():
    for key, _, rank in all_authors():
        if rank in (2, 3, 5):
            books(key)


def read_by_pages():
    for page in range(5):
        rows("SELECT id, name, rank FROM author ORDER BY id LIMIT 10 OFFSET ?", page * 10)


def counts_through_the_pages():
    read_by_pages()
    for key in range(1, 38):
        books(key)


def counts_from_nought_to_the_end_of_the_last_page():
    read_by_pages()
    for key in range(51):
        books(key)


def pages():
    for page in range(5):
        for key, _, _ in rows("SELECT id, name, rank FROM author ORDER BY id LIMIT 10 OFFSET ?", page * 10):
            books(key)


def while_they_are_read_till_half():
    for key, _, _ in db.execute("SELECT id, name, rank FROM author"):
        rows("SELECT title FROM book WHERE author_id = ?", key)
        if key > authors // 2:
            break


def while_they_are_read_but_the_first_ones():
    for _, key, _ in db.execute("SELECT id, author_id, title FROM book"):
        if key > 4:
            rows("SELECT name FROM author WHERE id = ?", key)


def while_they_are_read_every_third_one():
    for key, _, rank in db.execute("SELECT id, name, rank FROM author"):
        if rank in (2, 5):
            rows("SELECT title FROM book WHERE author_id = ?", key)


def a_foreign_key():
    for _, key, _ in rows("SELECT id, author_id, title FROM book"):
        author(key)


def a_foreign_key_through_an_identity_map():
    known = set()
    for _, key, _ in rows("SELECT id, author_id, title FROM book"):
        if key not in known:
            known.add(key)
            author(key)


def a_foreign_key_that_a_mapper_has_named():
    known = set()
    for _, key, _ in rows("SELECT b0_.id AS id_0, b0_.author_id AS author_id_1, b0_.title AS title_2 FROM book b0_"):
        if key not in known:
            known.add(key)
            author(key)


def a_key_that_a_mapper_names_behind_its_value():
    execute("CREATE TABLE shelf(place INTEGER, id INTEGER)")
    execute("INSERT INTO shelf SELECT id, id FROM author ORDER BY id")
    for _, key in rows("SELECT place, id FROM shelf ORDER BY place"):
        rows("SELECT title FROM book WHERE ? = book.author_id", key)


def a_list_behind_a_shorter_one():
    all_authors()
    for (key,) in rows("SELECT id FROM book ORDER BY id"):
        books(key)


def many_loops_over_two_rows():
    for number in range(authors):
        for (key,) in rows(f"SELECT id * 7919 AS k{number} FROM author WHERE id > ? ORDER BY id LIMIT 2", number % 50):
            rows(f"SELECT title AS t{number} FROM book WHERE author_id = ?", key)


globals()[loop]()
