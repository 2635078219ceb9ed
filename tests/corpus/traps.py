"""Where a guess goes wrong: several databases and tables at once, prepared names, keys of other types, pages, polls, preloads."""
import os
import threading
import time
import uuid

import harness

cases = harness.Cases()
good, bad = cases.good, cases.bad
CUSTOMERS = "SELECT id FROM customers"
ORDERS = "SELECT id, total FROM orders WHERE customer_id = ?"


def another(db, system=None):
    """A database of the same shape and with the same rows."""
    if not db.remote:
        other = harness.Sqlite(os.environ["CORPUS_FILE"] + ".other")
        harness.fill(other, "sqlite")
        return other
    return type(db)()


# ---- several databases at once

@bad("n_plus_one", sure="proven")
def a_loop_in_each_of_two_databases(db):
    for one in (db, another(db)):
        for (customer,) in one.rows(CUSTOMERS):
            one.rows(ORDERS, customer)


@bad("n_plus_one", sure="proven")
def two_databases_in_turn(db):
    other = another(db)
    for (customer,) in db.rows(CUSTOMERS):
        db.rows(ORDERS, customer)
        other.rows(ORDERS, customer)


@bad("n_plus_one", sure="proven", systems=("postgresql",))
def a_list_of_one_system_for_a_loop_in_another(db):
    local = harness.Sqlite(":memory:")
    local.fill("CREATE TABLE wanted(id INTEGER); INSERT INTO wanted VALUES (1001), (1002), (1003)")
    for (customer,) in local.rows("SELECT id FROM wanted"):
        db.rows(ORDERS, customer)


@good()
def the_same_list_of_two_databases(db):
    other = another(db)
    for (customer,) in db.rows(CUSTOMERS + " WHERE id = 1001"):
        db.rows(ORDERS, customer)
        other.rows(ORDERS, customer)


# ---- sharded tables

def shards(db, count):
    for i in range(count):
        db.fill(f"CREATE TABLE orders_{i}(id INTEGER PRIMARY KEY, customer_id INTEGER, total INTEGER);"
                f"INSERT INTO orders_{i} SELECT id, customer_id, total FROM orders WHERE customer_id % {count} = {i};")


@bad("n_plus_one", sure="proven")
def children_in_four_tables(db):
    shards(db, 4)
    for (customer,) in db.rows(CUSTOMERS):
        db.rows(f"SELECT id, total FROM orders_{customer % 4} WHERE customer_id = ?", customer)


@good()
def one_question_to_each_of_twelve_tables(db):
    shards(db, 12)
    for i in range(12):
        db.rows(f"SELECT count(*), sum(total) FROM orders_{i} WHERE total > ?", 500)


# ---- prepared names

@bad("n_plus_one", sure="proven", systems=("postgresql",))
def executed_by_a_name(db):
    customers = db.rows(CUSTOMERS)
    db.run("PREPARE orders_of(integer) AS SELECT id, total FROM orders WHERE customer_id = $1")
    for (customer,) in customers:
        db.rows(f"EXECUTE orders_of({customer})")


@bad("n_plus_one", sure="proven", systems=("postgresql",), tolerated=("reprepare",))
def executed_by_another_name_each_time(db):
    for i, (customer,) in enumerate(db.rows(CUSTOMERS)):
        db.run(f"PREPARE orders_of_{i}(integer) AS SELECT id, total FROM orders WHERE customer_id = $1")
        db.rows(f"EXECUTE orders_of_{i}({customer})")
        db.run(f"DEALLOCATE orders_of_{i}")


@good(systems=("postgresql",))
def two_names_executed_once_each(db):
    db.run("PREPARE one(integer) AS SELECT id, total FROM orders WHERE customer_id = $1")
    db.run("PREPARE two(integer) AS SELECT name FROM customers WHERE id = $1")
    db.rows("EXECUTE one(1001)")
    db.rows("EXECUTE two(1001)")


# ---- keys of other types

def keyed(db, make, column):
    """Owners and things with keys that `make` gives, in a column of a type."""
    db.fill(f"CREATE TABLE owners(key {column}, name TEXT); CREATE TABLE things(id INTEGER, owner {column});")
    keys = [make(i) for i in range(12)]
    for i in range(0, 12, 6):
        marks = ", ".join(["(?, ?)"] * 6)
        db.run(f"INSERT INTO owners VALUES {marks}", *(value for key in keys[i:i + 6] for value in (key, "owner")))
        db.run(f"INSERT INTO things VALUES {marks}", *(value for n, key in enumerate(keys[i:i + 6]) for value in (n, key)))


@bad("n_plus_one", sure="proven")
def by_a_uuid_in_text(db):
    keyed(db, lambda i: str(uuid.uuid5(uuid.NAMESPACE_DNS, str(i))), "TEXT")
    for (key,) in db.rows("SELECT key FROM owners"):
        db.rows("SELECT id FROM things WHERE owner = ?", key)


@bad("n_plus_one", sure="proven", systems=("postgresql",))
def by_a_uuid(db):
    keyed(db, lambda i: str(uuid.uuid5(uuid.NAMESPACE_DNS, str(i))), "UUID")
    for (key,) in db.rows("SELECT key FROM owners"):
        db.rows("SELECT id FROM things WHERE owner = ?", str(key))


@bad("n_plus_one", sure="proven", systems=("sqlite",))
def by_a_uuid_in_bytes(db):
    keyed(db, lambda i: uuid.uuid5(uuid.NAMESPACE_DNS, str(i)).bytes, "BLOB")
    for (key,) in db.rows("SELECT key FROM owners"):
        db.rows("SELECT id FROM things WHERE owner = ?", key)


@bad("n_plus_one", sure="proven")
def by_a_negative_number(db):
    keyed(db, lambda i: -5 - i * 1000003, "INTEGER")
    for (key,) in db.rows("SELECT key FROM owners"):
        db.rows("SELECT id FROM things WHERE owner = ?", key)


@bad("n_plus_one", sure="proven")
def by_a_large_number(db):
    keyed(db, lambda i: (1 << 60) + i, "BIGINT")
    for (key,) in db.rows("SELECT key FROM owners"):
        db.rows("SELECT id FROM things WHERE owner = ?", key)


# ---- several columns that it can have come from

@bad("n_plus_one", sure="proven")
def the_key_stands_in_two_results(db):
    db.rows("SELECT customer_id, total FROM orders")
    for (customer,) in db.rows(CUSTOMERS):
        db.rows(ORDERS, customer)


@bad("n_plus_one", sure="proven")
def the_parent_is_long_gone(db):
    keys = [key for (key,) in db.rows(CUSTOMERS)]
    for table in ("products", "items", "orders", "log"):
        db.rows(f"SELECT count(*) FROM {table}")
    for key in keys:
        db.rows(ORDERS, key)


@bad("n_plus_one", sure="proven")
def a_loop_in_each_of_three_threads(db):
    def work():
        own = another_connection(db)
        for (customer,) in own.rows(CUSTOMERS):
            own.rows(ORDERS, customer)
        own.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def another_connection(db):
    return type(db)()


@bad("n_plus_one", sure="proven")
def a_list_of_a_constant_and_a_loop(db):
    for (customer,) in db.rows(CUSTOMERS):
        db.rows("SELECT id FROM orders WHERE status IN ('s1') AND customer_id = ?", customer)


# ---- never an N+1

@good()
def polls_with_a_moving_mark(db):
    mark = 0
    for _ in range(8):
        db.rows("SELECT id FROM log WHERE id > ?", mark)
        mark += 1
        time.sleep(0.1)


@good()
def the_same_preload_thrice(db):
    for _ in range(3):
        keys = [key for (key,) in db.rows("SELECT id FROM customers WHERE id < 1011")]
        db.rows(f"SELECT id FROM orders WHERE customer_id IN ({','.join('?' * len(keys))})", *keys)


@good()
def two_preloads_of_different_parents(db):
    for low in (1001, 1021):
        keys = [key for (key,) in db.rows("SELECT id FROM customers WHERE id BETWEEN ? AND ?", low, low + 9)]
        db.rows(f"SELECT id FROM orders WHERE customer_id IN ({','.join('?' * len(keys))})", *keys)


@good()
def pages_of_a_search(db):
    for page in range(12):
        db.rows("SELECT id, name FROM customers WHERE name LIKE ? ORDER BY id LIMIT ? OFFSET ?", "name%", 3, page * 3)


@good()
def pages_backwards(db):
    last = 30000
    while rows := db.rows("SELECT id FROM orders WHERE id < ? ORDER BY id DESC LIMIT 10", last):
        last = rows[-1][0]


@good()
def once_at_the_start(db):
    for text in ("SELECT count(*) FROM customers WHERE id > ?", "SELECT count(*) FROM orders WHERE id > ?",
                 "SELECT count(*) FROM items WHERE id > ?", "SELECT count(*) FROM products WHERE id > ?"):
        db.rows(text, 5)


@good()
def two_selectins_in_each_of_five_scopes(db):
    import ctypes
    agent = ctypes.CDLL(None)
    for low in range(1001, 1041, 8):
        agent.nplus1_scope_begin(b"page")
        keys = [key for (key,) in db.rows("SELECT id FROM customers WHERE id BETWEEN ? AND ?", low, low + 7)]
        orders = db.rows(f"SELECT id FROM orders WHERE customer_id IN ({','.join('?' * len(keys))})", *keys)
        db.rows(f"SELECT quantity FROM items WHERE order_id IN ({','.join('?' * len(orders))})", *(key for (key,) in orders))
        agent.nplus1_scope_end()


@good(systems=("postgresql",))
def executemany_by_pages(db):
    from psycopg2.extras import execute_values
    if "psycopg2" in type(db.connection).__module__:
        execute_values(db.connection.cursor(), "INSERT INTO log(id, message) VALUES %s", [(i, "x") for i in range(400)], page_size=100)


@bad("n_plus_one", sure="proven", systems=("postgresql",))
def a_cursor_for_each(db):
    db.run("BEGIN")
    for (customer,) in db.rows("SELECT id FROM customers"):
        db.run(f"DECLARE c{customer} CURSOR FOR SELECT id, total FROM orders WHERE customer_id = ?", customer)
        db.rows(f"FETCH ALL FROM c{customer}")
        db.run(f"CLOSE c{customer}")
    db.run("COMMIT")


@good(systems=("postgresql",))
def one_cursor_in_chunks(db):
    db.run("BEGIN")
    db.run("DECLARE all_orders CURSOR FOR SELECT id, total FROM orders WHERE customer_id > ?", 1000)
    while db.rows("FETCH FORWARD 10 FROM all_orders"):
        pass
    db.run("CLOSE all_orders")
    db.run("COMMIT")


@good(systems=("postgresql",))
def a_commit_that_is_refused(db):
    db.run("CREATE TABLE once(id INTEGER UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    db.run("BEGIN")
    db.run("INSERT INTO once VALUES (?), (?)", 5, 5)
    try:
        db.run("COMMIT")
    except Exception:
        time.sleep(0.7)
    else:
        raise AssertionError("two rows with one key")


@good()
def a_savepoint_for_each_of_a_few(db):
    for turn in range(3):
        db.run("BEGIN")
        db.run(f"SAVEPOINT s{turn}")
        db.run("INSERT INTO log(id, message) VALUES (?, ?)", 1 + turn, "x")
        db.run(f"RELEASE SAVEPOINT s{turn}")
        db.run("COMMIT")
