"""Threads look up what two columns of one result refer to, 1 to 8 each: thread_columns.py COLUMN SEED

COLUMN: the one whose values they take. SEED: of the order in which they come, which is no order at all; 0: row after row."""
import random
import sqlite3
import sys
import threading

COLUMNS = ("id", "author_id", "editor_id")
column, seed = COLUMNS.index(sys.argv[1]), int(sys.argv[2])
path = sys.argv[3]
db = sqlite3.connect(path, isolation_level=None)
db.execute("CREATE TABLE authors(id INTEGER PRIMARY KEY, name TEXT)")
db.execute("CREATE TABLE books(id INTEGER PRIMARY KEY, author_id INTEGER, editor_id INTEGER)")
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})"
db.execute("INSERT INTO authors " + NUMBERS.format(8) + " SELECT i, 'author ' || i FROM n")
db.execute("INSERT INTO books " + NUMBERS.format(24) + " SELECT i, 1 + (i - 1) % 8, 1 + i * 3 % 8 FROM n")


def look_up(key):
    own = sqlite3.connect(path)
    own.execute("SELECT name FROM authors WHERE id = ?", (key,)).fetchall()
    own.close()


keys = [row[column] for row in db.execute("SELECT id, author_id, editor_id FROM books ORDER BY id")]
if seed:
    random.Random(seed).shuffle(keys)
for key in keys:
    thread = threading.Thread(target=look_up, args=(key,))
    thread.start()
    thread.join()
