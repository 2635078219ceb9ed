"""What the Python programs of scenes share: a connection that counts, and a helper for those that run everything through one."""
import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import arrange as arranging

arrange, batch_text, batch_args = arranging.arrange, arranging.batch_text, arranging.batch_args


class Database:
    def __init__(self, counts=None):
        self.counts = [] if counts is None else counts  # of places: threads may append at once
        self.connect()

    def pool(self, workers, work, rows):
        local = threading.local()

        def one(row):
            if not hasattr(local, "db"):
                local.db = type(self)(self.counts)
            work(local.db, row)
        with ThreadPoolExecutor(workers) as executor:
            list(executor.map(one, rows))

    def write_counts(self):
        with open(os.environ["SCENE_COUNTS"], "w") as file:
            file.writelines(f"{place} {count}\n" for place, count in Counter(self.counts).items())


def literal(text, args):
    parts = text.split("?")
    return parts[0] + "".join((f"'{arg}'" if isinstance(arg, str) else str(arg)) + part for arg, part in zip(args, parts[1:]))


def begin_all(db):
    db.connection.cursor().execute("BEGIN")


def commit_all(db):
    db.connection.cursor().execute("COMMIT")


class Sqlite(Database):
    def connect(self):
        import sqlite3
        self.connection = sqlite3.connect(os.environ["SCENE_DB"], isolation_level=None)

    def query(self, place, text, args=()):
        self.counts.append(place)
        return self.connection.execute(text, args).fetchall()


class Postgresql(Database):
    def connect(self):
        import psycopg2
        self.connection = psycopg2.connect("")
        self.connection.autocommit = True

    def query(self, place, text, args=()):
        self.counts.append(place)
        cursor = self.connection.cursor()
        cursor.execute(text.replace("?", "%s"), args)
        return cursor.fetchall() if cursor.description else []
