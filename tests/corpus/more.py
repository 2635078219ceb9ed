"""More of the kinds that are rarer than loops, each with what only just is not one."""
import ctypes
import os
import time

import harness

cases = harness.Cases()
good, bad = cases.good, cases.bad


def numbers(db, table, columns, count, values):
    system = "postgresql" if db.remote else "sqlite"
    db.fill(f"CREATE TABLE {table}({columns});" + harness.NUMBERS[system].format(count, table, values))


# ---- reprepare

def prepare_each(db, text, values, count):
    for i in range(count):
        db.run(f"PREPARE one AS {text}")
        db.rows(f"EXECUTE one({values(i)})")
        db.run("DEALLOCATE one")


@bad("reprepare", systems=("postgresql",))
def a_page_prepared_for_each_execution(db):
    prepare_each(db, "SELECT id, total FROM orders ORDER BY total LIMIT 5 OFFSET $1", lambda i: i * 5, 20)


@bad("reprepare", systems=("postgresql",))
def prepared_under_another_name_each_time(db):
    for i in range(15):
        db.run(f"PREPARE page_{i} AS SELECT id FROM orders ORDER BY id LIMIT 10 OFFSET $1")
        db.rows(f"EXECUTE page_{i}({i * 10})")


@bad("reprepare", systems=("postgresql",))
def prepared_in_one_transaction(db):
    db.run("BEGIN")
    prepare_each(db, "SELECT id FROM items ORDER BY id LIMIT 3 OFFSET $1", lambda i: i * 3, 12)
    db.run("COMMIT")


@good(systems=("postgresql",))
def prepared_for_nine_executions(db):
    prepare_each(db, "SELECT id FROM orders ORDER BY id LIMIT 10 OFFSET $1", lambda i: i * 10, 9)


@good(systems=("postgresql",))
def prepared_for_every_second_execution(db):
    for i in range(0, 20, 2):
        db.run("PREPARE one AS SELECT id FROM orders ORDER BY id LIMIT 10 OFFSET $1")
        for k in (i, i + 1):
            db.rows(f"EXECUTE one({k * 10})")
        db.run("DEALLOCATE one")


@good(systems=("postgresql",))
def twelve_prepared_and_never_executed(db):
    for i in range(12):
        db.run(f"PREPARE idle_{i} AS SELECT id FROM orders LIMIT $1")


def uncached(count, text, values, each=1):
    connection = harness.sqlite3.connect(harness.os.environ["CORPUS_FILE"], cached_statements=0, isolation_level=None)
    connection.execute("BEGIN")
    for i in range(0, count, each):
        connection.executemany(text, [values(k) for k in range(i, i + each)])
    connection.execute("COMMIT")
    connection.close()


@bad("reprepare", systems=("sqlite",))
def updates_without_a_cache(db):
    uncached(1500, "UPDATE orders SET total = ? WHERE id = ?", lambda i: (i, 20001 + i % 100))


@bad("reprepare", systems=("sqlite",))
def deletes_without_a_cache(db):
    uncached(1100, "DELETE FROM items WHERE id = ?", lambda i: (300000 + i,))


@good(systems=("sqlite",))
def nine_hundred_without_a_cache(db):
    uncached(900, "INSERT INTO log(id, message) VALUES (?, 'x')", lambda i: (i,))


@good(systems=("sqlite",))
def without_a_cache_in_tens(db):
    uncached(3000, "INSERT INTO log(id, message) VALUES (?, 'x')", lambda i: (i,), each=10)


# ---- unused_rows (of PostgreSQL; SQLite's are read by its Python module as a whole)

def series(db, rows, take, columns="i"):
    cursor = db.cursor(f"SELECT {columns} FROM generate_series(1, {rows}) AS n(i)", ())
    return cursor.fetchmany(take)


@bad("unused_rows", systems=("postgresql",))
def forty_percent_of_the_rows(db):
    series(db, 1000, 400)


@bad("unused_rows", systems=("postgresql",))
def one_of_150_rows(db):
    series(db, 150, 1)


@bad("unused_rows", systems=("postgresql",))
def wide_rows_that_nobody_takes(db):
    series(db, 600, 3, "i, i + 1, i + 2, i + 3, i + 4, i + 5")


@bad("unused_rows", systems=("postgresql",))
def searched_in_the_program(db):
    for row in db.stream("SELECT i, 'n' || i FROM generate_series(1, 900) AS n(i)"):
        if row[0] == 30:
            break


@good(systems=("postgresql",))
def sixty_percent_of_the_rows(db):
    series(db, 1000, 600)


@good(systems=("postgresql",))
def one_of_99_rows(db):
    series(db, 99, 1)


@good(systems=("postgresql",))
def twenty_wide_rows(db):
    series(db, 20, 1, "i, i + 1, i + 2, i + 3, i + 4, i + 5, i + 6")


@good(systems=("postgresql",))
def read_twice(db):
    cursor = db.cursor("SELECT i, i * 2 FROM generate_series(1, 300) AS n(i)", ())
    cursor.fetchall()
    cursor.scroll(0, mode="absolute")
    cursor.fetchall()


@good(systems=("postgresql",))
def no_rows(db):
    db.rows("SELECT id FROM orders WHERE id < 0")


# ---- join_fanout

def books_of(db, parents, each, order, columns="a.id, a.name, a.text, b.id, b.title", end="ORDER BY b.id"):
    numbers(db, "authors", "id INTEGER PRIMARY KEY, name TEXT, text TEXT", parents, "i, 'a' || i, 'long text ' || i")
    numbers(db, "books", "id INTEGER PRIMARY KEY, author_id INTEGER, title TEXT", parents * each, f"i + 100000, 1 + {order}, 'title ' || i")
    return db.rows(f"SELECT {columns} FROM authors a JOIN books b ON b.author_id = a.id {end}")


@bad("join_fanout")
def sixty_four_each(db):
    books_of(db, 20, 64, "(i - 1) / 64")


@bad("join_fanout")
def two_parents(db):
    books_of(db, 2, 600, "(i - 1) / 600")


@bad("join_fanout")
def the_parents_columns_last(db):
    books_of(db, 10, 120, "(i - 1) / 120", columns="b.id, b.title, a.id, a.name, a.text")


@bad("join_fanout")
def parents_in_turn(db):
    books_of(db, 8, 150, "i % 8", columns="b.id, a.name, b.title, a.text")


@bad("join_fanout")
def a_left_join(db):
    numbers(db, "a", "id INTEGER PRIMARY KEY, name TEXT", 6, "i, 'a' || i")
    numbers(db, "b", "id INTEGER PRIMARY KEY, a_id INTEGER", 1200, "i + 5000, 1 + (i - 1) / 200")
    db.rows("SELECT a.id, a.name, b.id FROM a LEFT JOIN b ON b.a_id = a.id ORDER BY b.id")


@good()
def sixteen_each(db):
    books_of(db, 60, 16, "(i - 1) / 16")


@good()
def only_the_childs_columns(db):
    books_of(db, 10, 120, "(i - 1) / 120", columns="b.id, b.title")


@good()
def one_column_of_the_parent(db):
    books_of(db, 10, 120, "(i - 1) / 120", columns="a.id, b.id, b.title")


@good()
def four_hundred_rows_joined(db):
    books_of(db, 4, 100, "(i - 1) / 100")


@good()
def grouped(db):
    books_of(db, 10, 120, "(i - 1) / 120", columns="a.id, a.name, count(*)", end="GROUP BY a.id, a.name")


@good()
def one_parent(db):
    books_of(db, 1, 800, "0")


# ---- large_in_list

def list_of(db, count, text="SELECT id FROM items WHERE order_id IN ({})"):
    text = text.format(", ".join(map(str, range(20001, 20001 + count))))
    (db.rows if text.startswith("SELECT") else db.run)(text)


@bad("large_in_list", sure="proven")
def a_list_of_1200_in_a_delete(db):
    list_of(db, 1200, "DELETE FROM items WHERE order_id IN ({})")


@bad("large_in_list", sure="proven")
def a_list_of_1100_in_an_update(db):
    list_of(db, 1100, "UPDATE orders SET status = 'x' WHERE id IN ({})")


@bad("large_in_list", sure="proven")
def a_list_of_texts(db):
    db.rows("SELECT id FROM customers WHERE code IN (" + ",".join(f"'code-{i}'" for i in range(1500)) + ")")


@bad("large_in_list", sure="proven")
def a_long_list_that_is_excluded(db):
    list_of(db, 1300, "SELECT id FROM items WHERE order_id NOT IN ({})")


@good()
def two_lists_of_600(db):
    keys = ", ".join(map(str, range(20001, 20601)))
    db.rows(f"SELECT id FROM items WHERE order_id IN ({keys}) OR product_id IN ({keys})")


@good()
def a_list_of_999(db):
    list_of(db, 999)


@good()
def twenty_chunks_of_100(db):
    for i in range(20):
        keys = ", ".join(map(str, range(20001 + i * 100, 20101 + i * 100)))
        db.rows(f"SELECT id FROM items WHERE order_id IN ({keys})")


@good()
def a_select_in_a_list(db):
    db.rows("SELECT id FROM items WHERE order_id IN (SELECT id FROM orders)")


# ---- long_transaction

@bad("long_transaction")
def open_until_the_connection_closes(db):
    other = type(db)()
    other.run("BEGIN")
    other.run("UPDATE orders SET total = 1 WHERE id = ?", 20001)
    time.sleep(0.7)
    other.close()


@bad("long_transaction")
def a_savepoint_within(db):
    db.run("BEGIN")
    db.run("SAVEPOINT a")
    db.run("UPDATE orders SET total = 1 WHERE id = ?", 20001)
    db.run("RELEASE SAVEPOINT a")
    time.sleep(0.7)
    db.run("COMMIT")


@bad("long_transaction")
def sleeps_between_statements(db):
    db.run("BEGIN")
    for i in range(4):
        db.rows("SELECT count(*) FROM orders" if i % 2 else "SELECT max(id) FROM items")
        time.sleep(0.2)
    db.run("COMMIT")


@bad("long_transaction", systems=("postgresql",))
def begun_with_a_level(db):
    db.run("BEGIN ISOLATION LEVEL SERIALIZABLE")
    db.rows("SELECT id FROM orders WHERE id = 20001")
    time.sleep(0.7)
    db.run("END")


def leaked(db):
    """A connection that nobody ever closes."""
    other = type(db)()
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(other.connection))
    return other


@bad("long_transaction")
def open_when_the_program_exits(db):
    other = leaked(db)
    other.run("BEGIN")
    other.run("UPDATE orders SET total = 1 WHERE id = ?", 20001)
    time.sleep(0.7)


@bad("long_transaction")
def open_after_a_short_one(db):
    other = leaked(db)
    for end in ("COMMIT", "SELECT 1"):
        other.run("BEGIN")
        other.run("UPDATE orders SET total = 1 WHERE id = ?", 20001)
        other.run(end)
    time.sleep(0.7)


@bad("long_transaction")
def open_when_the_program_dies(db):
    db.run("BEGIN")
    db.run("UPDATE orders SET total = 1 WHERE id = ?", 20001)
    time.sleep(0.7)
    db.run("UPDATE orders SET status = ? WHERE id = ?", "late", 20001)
    os._exit(0)  # tells nobody


@bad("long_transaction", systems=("sqlite",))
def open_although_a_child_ended_its_copy(db):
    other = leaked(db)
    other.run("BEGIN")
    other.rows("SELECT total FROM orders WHERE id = ?", 20001)
    if os.fork() == 0:
        other.run("COMMIT")
        other.run("BEGIN")
        os._exit(0)
    os.wait()
    time.sleep(0.7)


@good()
def open_for_a_moment_when_the_program_dies(db):
    time.sleep(0.7)
    db.run("BEGIN")
    db.run("UPDATE orders SET total = 1 WHERE id = ?", 20001)
    db.run("UPDATE orders SET status = ? WHERE id = ?", "late", 20001)
    os._exit(0)


@good()
def open_for_a_moment_when_the_program_exits(db):
    other = leaked(db)
    time.sleep(0.7)
    other.run("BEGIN")
    other.run("UPDATE orders SET total = 1 WHERE id = ?", 20001)


@good()
def busy_until_the_program_exits(db):
    other = leaked(db)
    other.run("BEGIN")
    if db.remote:
        other.rows("SELECT pg_sleep(0.7)")
    else:
        other.rows("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000) SELECT max(i) FROM n")


@good()
def a_quarter_of_a_second(db):
    db.run("BEGIN")
    db.run("UPDATE orders SET total = 1 WHERE id = ?", 20001)
    time.sleep(0.25)
    db.run("COMMIT")


@good()
def two_short_ones_and_a_pause(db):
    for i in range(2):
        db.run("BEGIN")
        db.run("UPDATE orders SET total = 1 WHERE id = ?", 20001)
        db.run("COMMIT")
        time.sleep(0.6)


@good()
def a_pause_outside_of_any(db):
    db.rows("SELECT id FROM orders WHERE id = ?", 20001)
    time.sleep(0.7)
    db.rows("SELECT id FROM orders WHERE id = ?", 20002)


@good()
def closed_at_once(db):
    other = type(db)()
    other.run("BEGIN")
    other.rows("SELECT id FROM orders WHERE id = ?", 20001)
    other.close()
    time.sleep(0.7)


# ---- duplicate_query

@bad("duplicate_query")
def three_settings_in_turn(db):
    for _ in range(10):
        for table in ("products", "customers", "orders"):
            db.rows(f"SELECT id FROM {table} WHERE id = ?", 1003)


@bad("duplicate_query")
def between_other_statements(db):
    for i in range(12):
        db.rows("SELECT name FROM customers WHERE id = ?", 1003)
        db.rows("SELECT count(*) FROM orders WHERE id % 2 = 0" if i == 3 else "SELECT 1")


@bad("duplicate_query", systems=("postgresql",))
def in_a_transaction_with_savepoints(db):
    db.run("BEGIN")
    for i in range(10):
        db.run("SAVEPOINT a")
        db.rows("SELECT name FROM customers WHERE id = ?", 1003)
        db.run("RELEASE SAVEPOINT a")
    db.run("COMMIT")


@good()
def four_times(db):
    for _ in range(4):
        db.rows("SELECT name FROM customers WHERE id = ?", 1003)


@good()
def the_time_from_a_table(db):
    for _ in range(10):
        db.rows("SELECT CURRENT_TIMESTAMP")


# ---- write_loop

@bad("write_loop")
def savepoints_in_a_loop(db):
    for i in range(15):
        db.run("BEGIN")
        db.run("SAVEPOINT row")
        db.run("INSERT INTO log(id, message) VALUES (?, ?)", i, f"line {i}")
        db.run("RELEASE SAVEPOINT row")
        db.run("COMMIT")


@bad("write_loop", systems=("postgresql",))
def a_savepoint_for_each_row(db):
    db.run("BEGIN")
    for i in range(15):
        db.run("SAVEPOINT row")
        db.run("INSERT INTO log(id, message) VALUES (?, ?)", i, f"line {i}")
        db.run("RELEASE SAVEPOINT row")
    db.run("COMMIT")


@bad("write_loop")
def deletes_then_inserts(db):
    for i in range(10):
        db.run("DELETE FROM items WHERE order_id = ?", 20001 + i)
        db.run("INSERT INTO log(id, message) VALUES (?, ?)", i, "gone")


@good(systems=("sqlite",))
def a_savepoint_for_each_row_of_a_local_database(db):
    db.run("BEGIN")
    for i in range(15):
        db.run("SAVEPOINT row")
        db.run("INSERT INTO log(id, message) VALUES (?, ?)", i, f"line {i}")
        db.run("RELEASE SAVEPOINT row")
    db.run("COMMIT")


@good()
def four_updates(db):
    for i in range(4):
        db.run("UPDATE orders SET total = ? WHERE id = ?", i, 20001 + i)


@good()
def one_write_to_each_table(db):
    for table in ("customers", "orders", "items", "products", "log"):
        db.run(f"DELETE FROM {table} WHERE id = 1")
