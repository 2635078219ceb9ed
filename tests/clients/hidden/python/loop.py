"""A loop, or its eager twin, through a module that brings SQLite along. Arguments: module, lazy or eager. SQLite's own trace counts."""
import importlib
import sys

module, how = sys.argv[1:]
MAKE = """CREATE TABLE customer (id INTEGER PRIMARY KEY, code TEXT);
CREATE TABLE purchase (id INTEGER PRIMARY KEY, code TEXT, price REAL);
INSERT INTO customer WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i, 'c-' || (i * 7919 % 100003) FROM n;
INSERT INTO purchase SELECT id, code, id * 1.5 FROM customer;
CREATE INDEX by_code ON purchase (code);"""
traced = []


def connect():
    """A connection, and how it runs several statements."""
    driver = importlib.import_module(module)
    if module == "apsw":
        database = driver.Connection(":memory:")
        database.trace_v2(driver.SQLITE_TRACE_STMT, lambda event: traced.append(event["sql"]))
        return database, database.execute
    database = driver.connect(":memory:", isolation_level=None)
    database.set_trace_callback(traced.append)
    return database, database.executescript


def price_of(database, code):
    return next(database.execute("SELECT price FROM purchase WHERE code = ?", (code,)))[0]  # N+1 here


def lazy(database):
    return sum(price_of(database, code) for _, code in database.execute("SELECT id, code FROM customer ORDER BY id"))


def eager(database):
    return sum(price for price, in database.execute("SELECT price FROM customer JOIN purchase USING (code)"))


opened, run = connect()
run(MAKE)
result = {"lazy": lazy, "eager": eager}[how](opened)
print(how, result, "in", len(traced), "executions")
opened.close()
