"""The other kinds of findings, and what looks like them."""
import ctypes
import time

import harness

cases = harness.Cases()
good, bad = cases.good, cases.bad


# ---- duplicate_query

@bad("duplicate_query")
def a_setting_read_for_each_row(db):
    for _ in range(30):
        db.rows("SELECT name FROM products WHERE id = ?", 4000003)


@bad("duplicate_query")
def two_settings_in_turn(db):
    for _ in range(30):
        db.rows("SELECT name FROM products WHERE id = ?", 4000003)
        db.rows("SELECT name FROM customers WHERE id = ?", 1003)


@bad("duplicate_query")
def a_list_loaded_for_each_row(db):
    for _ in db.rows("SELECT id FROM customers"):
        db.rows("SELECT id, name FROM products ORDER BY id")


@bad("duplicate_query")
def the_same_count_again(db):
    db.run("BEGIN")
    for _ in range(10):
        db.rows("SELECT count(*) FROM orders WHERE status = 's1'")
    db.run("COMMIT")


@bad("duplicate_query")
def a_joined_list_again_and_again(db):
    for _ in range(8):
        db.rows("SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id < ?", 20005)


def product(db, key=4000003):
    return db.rows("SELECT name FROM products WHERE id = ?", key)


@bad("duplicate_query")
def six_lines_that_ask_the_same(db):
    title = product(db)
    price = product(db)
    stock = product(db)
    photo = product(db)
    offer = product(db)
    return title, price, stock, photo, offer, product(db)


@bad("duplicate_query")
def two_lines_in_each_scope(db):
    agent = ctypes.CDLL(None)
    for i in range(8):
        agent.nplus1_scope_begin(b"page")
        product(db, 4000001 + i)
        db.rows("SELECT count(*) FROM log")
        product(db, 4000001 + i)
        agent.nplus1_scope_end()


@bad("duplicate_query")
def some_of_a_loops_rows_asked_for_at_other_lines(db):
    keys = [1003, 1004, 1005, 1006]
    for key in keys:
        db.rows("SELECT mail FROM customers WHERE id = ?", key)
    for key in reversed(keys):
        db.rows("SELECT mail FROM customers WHERE id = ?", key)


@good()
def four_lines_that_ask_the_same(db):
    product(db)
    product(db)
    product(db)
    product(db)


@good()
def six_lines_with_other_values(db):
    product(db, 4000001)
    product(db, 4000002)
    product(db, 4000003)
    product(db, 4000004)
    product(db, 4000005)
    product(db, 4000006)


@good()
def six_lines_with_a_write_between(db):
    product(db)
    db.run("UPDATE products SET name = ? WHERE id = ?", "a", 4000003)
    product(db)
    db.run("UPDATE products SET name = ? WHERE id = ?", "b", 4000003)
    product(db)
    db.run("UPDATE products SET name = ? WHERE id = ?", "c", 4000003)
    product(db)
    db.run("UPDATE products SET name = ? WHERE id = ?", "d", 4000003)
    product(db)
    db.run("UPDATE products SET name = ? WHERE id = ?", "e", 4000003)
    product(db)


@good()
def six_lines_in_jobs_of_their_own(db):
    agent = ctypes.CDLL(None)
    agent.nplus1_scope_begin(b"one")
    product(db)
    agent.nplus1_scope_end()
    agent.nplus1_scope_begin(b"two")
    product(db)
    agent.nplus1_scope_end()
    agent.nplus1_scope_begin(b"three")
    product(db)
    agent.nplus1_scope_end()
    agent.nplus1_scope_begin(b"four")
    product(db)
    agent.nplus1_scope_end()
    agent.nplus1_scope_begin(b"five")
    product(db)
    agent.nplus1_scope_end()
    agent.nplus1_scope_begin(b"six")
    product(db)
    agent.nplus1_scope_end()


@good()
def six_lines_in_transactions_of_their_own(db):
    db.run("BEGIN")
    product(db)
    db.run("COMMIT")
    db.run("BEGIN")
    product(db)
    db.run("COMMIT")
    db.run("BEGIN")
    product(db)
    db.run("COMMIT")
    db.run("BEGIN")
    product(db)
    db.run("COMMIT")
    db.run("BEGIN")
    product(db)
    db.run("COMMIT")
    db.run("BEGIN")
    product(db)
    db.run("COMMIT")


@good()
def two_preloads_done_at_two_places(db):
    keys = [key for (key,) in db.rows("SELECT id FROM customers WHERE id < 1006")]
    lists = ["SELECT id FROM orders WHERE customer_id IN (?, ?, ?, ?, ?)", "SELECT mail FROM customers WHERE id IN (?, ?, ?, ?, ?)"]
    for text in lists:
        db.rows(text, *keys)
    for text in lists:
        db.rows(text, *keys)


@good()
def pages_from_two_places(db):
    for start in range(0, 60, 10):
        db.rows("SELECT id FROM orders ORDER BY id LIMIT 10 OFFSET ?", start)
    for start in range(60, 120, 10):
        db.rows("SELECT id FROM orders ORDER BY id LIMIT 10 OFFSET ?", start)


@good()
def the_same_twice(db):
    for _ in range(2):
        db.rows("SELECT name FROM products WHERE id = ?", 4000003)


@good()
def polling_with_a_pause(db):
    for i in range(8):
        db.rows("SELECT count(*) FROM log WHERE id > ?", 5)
        db.rows("SELECT count(*) FROM log WHERE id > ?", i)
        time.sleep(0.1)


@good()
def read_again_after_each_write(db):
    db.run("BEGIN")
    for i in range(4):
        db.rows("SELECT total FROM orders WHERE id = ?", 20001)
        db.run("UPDATE orders SET total = ? WHERE id = ?", i, 20001)
    db.run("COMMIT")


@good()
def a_health_check(db):
    for _ in range(30):
        db.rows("SELECT 1")


@good()
def random_numbers(db):
    for _ in range(30):
        db.rows("SELECT id FROM products ORDER BY random() LIMIT 1")


@good(systems=("postgresql",))
def a_job_queue(db):
    for _ in range(10):
        db.run("BEGIN")
        db.rows("SELECT id FROM log WHERE id > 0 LIMIT 1 FOR UPDATE SKIP LOCKED")
        db.run("COMMIT")


@good(systems=("postgresql",))
def numbers_of_a_sequence(db):
    db.run("CREATE SEQUENCE numbers")
    for _ in range(10):
        db.rows("SELECT nextval('numbers')")


# ---- write_loop

@bad("write_loop")
def an_insert_for_each_row(db):
    for i in range(20):
        db.run("INSERT INTO log(id, message) VALUES (?, ?)", i, f"line {i}")


@bad("write_loop")
def an_update_for_each_row(db):
    for (key,) in db.rows("SELECT id FROM orders WHERE id < 20030"):
        db.run("UPDATE orders SET status = 'paid' WHERE id = ?", key)


@bad("write_loop")
def a_delete_for_each_row(db):
    for (key,) in db.rows("SELECT id FROM orders WHERE id < 20030"):
        db.run("DELETE FROM orders WHERE id = ?", key)


@bad("write_loop")
def a_transaction_for_each_row(db):
    for i in range(20):
        db.run("BEGIN")
        db.run("INSERT INTO log(id, message) VALUES (?, ?)", i, f"line {i}")
        db.run("COMMIT")


@bad("write_loop", systems=("postgresql",))
def an_insert_for_each_number_of_a_sequence(db):
    db.run("CREATE SEQUENCE numbers")
    for i in range(20):
        ((key,),) = db.rows("SELECT nextval('numbers')")
        db.run("INSERT INTO log(id, message) VALUES (?, ?)", key, f"line {i}")


@bad("write_loop", tolerated=("duplicate_query",))
def an_insert_behind_the_highest_key(db):
    for i in range(20):
        ((key,),) = db.rows("SELECT coalesce(max(id), 0) + 1 FROM log")
        db.run("INSERT INTO log(id, message) VALUES (?, ?)", key, f"line {i}")


@bad("write_loop", systems=("postgresql",))
def inserts_in_one_transaction(db):
    db.run("BEGIN")
    for i in range(20):
        db.run("INSERT INTO log(id, message) VALUES (?, ?)", i, f"line {i}")
    db.run("COMMIT")


@bad("write_loop", systems=("postgresql",))
def executemany(db):
    db.connection.cursor().executemany("INSERT INTO log(id, message) VALUES (%s, %s)", [(i, "x") for i in range(20)])


@bad("write_loop")
def upserts(db):
    for i in range(20):
        db.run("INSERT INTO log(id, message) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET message = excluded.message", i % 7, "x")


@good(systems=("sqlite",))
def executemany_in_a_transaction(db):
    db.run("BEGIN")
    db.connection.executemany("INSERT INTO log(id, message) VALUES (?, ?)", [(i, "x") for i in range(50)])
    db.run("COMMIT")


@good(systems=("sqlite",))
def inserts_in_one_transaction_of_a_local_database(db):
    db.run("BEGIN")
    for i in range(50):
        db.run("INSERT INTO log(id, message) VALUES (?, ?)", i, "x")
    db.run("COMMIT")


@good(systems=("sqlite",))
def inserts_into_memory(db):
    memory = harness.Sqlite(":memory:")
    memory.run("CREATE TABLE t(id INTEGER)")
    for i in range(50):
        memory.run("INSERT INTO t VALUES (?)", i)


@good()
def many_rows_at_once(db):
    for i in range(10):
        db.run("INSERT INTO log(id, message) VALUES " + ", ".join(f"({i * 10 + j}, 'x')" for j in range(10)))


@good()
def insert_select(db):
    db.run("INSERT INTO log(id, message) SELECT id, name FROM customers")


@good()
def three_inserts(db):
    for i in range(3):
        db.run("INSERT INTO log(id, message) VALUES (?, ?)", i, "x")


@good()
def one_update_of_all(db):
    db.run("UPDATE orders SET status = 'paid' WHERE total > ?", 5)


# ---- join_fanout

def wide_join(db, parents, each, order):
    kind = "sqlite" if not db.remote else "postgresql"
    db.fill("CREATE TABLE authors(id INTEGER PRIMARY KEY, name TEXT, biography TEXT); CREATE TABLE books(id INTEGER PRIMARY KEY, author_id INTEGER, title TEXT, stock INTEGER);"
            + harness.NUMBERS[kind].format(parents, "authors", "i, 'a' || i, 'long text ' || i")
            + harness.NUMBERS[kind].format(parents * each, "books", f"i + 1000, 1 + {order}, 'title ' || i, i % 5"))
    db.rows("SELECT a.id, a.name, a.biography, b.id, b.title, b.stock FROM authors a JOIN books b ON b.author_id = a.id ORDER BY b.id")


@bad("join_fanout")
def few_parents_of_many(db):
    wide_join(db, 10, 200, "(i - 1) / 200")


@bad("join_fanout")
def few_parents_of_many_in_turn(db):
    wide_join(db, 10, 200, "i % 10")


@bad("join_fanout")
def two_collections_at_once(db):
    kind = "sqlite" if not db.remote else "postgresql"
    db.fill("CREATE TABLE a(id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE b(id INTEGER, a_id INTEGER); CREATE TABLE c(id INTEGER, a_id INTEGER);"
            + harness.NUMBERS[kind].format(5, "a", "i, 'a' || i") + harness.NUMBERS[kind].format(100, "b", "i + 50, 1 + i % 5")
            + harness.NUMBERS[kind].format(100, "c", "i + 500, 1 + i % 5"))
    db.rows("SELECT a.id, a.name, b.id, c.id FROM a JOIN b ON b.a_id = a.id JOIN c ON c.a_id = a.id ORDER BY a.id")


@good()
def a_join_of_a_few_each(db):
    db.rows("SELECT c.id, c.name, c.mail, o.id, o.total FROM customers c JOIN orders o ON o.customer_id = c.id")


@good()
def three_each(db):
    wide_join(db, 400, 3, "(i - 1) / 3")


@good()
def a_join_to_one(db):
    wide_join(db, 600, 1, "i - 1")


@good()
def columns_of_few_values(db):
    kind = "sqlite" if not db.remote else "postgresql"
    db.fill("CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, c INTEGER); CREATE TABLE u(id INTEGER);"
            + harness.NUMBERS[kind].format(1500, "t", "i, i % 3, i % 4, i / 7 % 3") + harness.NUMBERS[kind].format(1500, "u", "i"))
    db.rows("SELECT t.id, t.a, t.b, t.c FROM t JOIN u ON u.id = t.id ORDER BY t.id")


@good()
def repeated_columns_of_one_table(db):
    kind = "sqlite" if not db.remote else "postgresql"
    db.fill("CREATE TABLE t(id INTEGER PRIMARY KEY, city TEXT, country TEXT);"
            + harness.NUMBERS[kind].format(1500, "t", "i, 'city ' || i / 100, 'country ' || i / 100"))
    db.rows("SELECT id, city, country FROM t ORDER BY id")


# ---- large_in_list

def in_list(db, count):
    return db.rows(f"SELECT id FROM items WHERE order_id IN ({','.join(map(str, range(20001, 20001 + count)))})")


@bad("large_in_list", sure="proven")
def a_list_of_1001(db):
    in_list(db, 1001)


@bad("large_in_list", sure="proven")
def a_list_of_20000(db):
    in_list(db, 20000)


@bad("large_in_list", sure="proven", systems=("sqlite",))
def a_list_of_parameters(db):
    keys = list(range(5000))
    db.rows(f"SELECT id FROM items WHERE order_id IN ({','.join('?' * 5000)})", *keys)


@good()
def a_list_of_1000(db):
    in_list(db, 1000)


@good()
def chunks_of_500(db):
    for _ in range(4):
        in_list(db, 500)


@good(systems=("postgresql",))
def an_array_of_5000(db):
    db.rows("SELECT id FROM items WHERE order_id = ANY(?)", list(range(5000)))


@good()
def an_insert_of_2000_rows(db):
    db.run("INSERT INTO log(id, message) VALUES " + ", ".join(f"({i}, 'x')" for i in range(2000)))


# ---- unused_rows

@bad("unused_rows", systems=("postgresql",))
def the_first_row_of_all(db):
    db.cursor("SELECT i FROM generate_series(1, 5000) AS n(i)", ()).fetchone()


@bad("unused_rows", systems=("postgresql",))
def ten_rows_of_all(db):
    db.cursor("SELECT i, i * 2 FROM generate_series(1, 5000) AS n(i)", ()).fetchmany(10)


@good(systems=("postgresql",))
def all_rows_one_by_one(db):
    cursor = db.cursor("SELECT i FROM generate_series(1, 5000) AS n(i)", ())
    while cursor.fetchone():
        pass


@good(systems=("postgresql",))
def the_first_row_of_a_few(db):
    db.cursor("SELECT i FROM generate_series(1, 50) AS n(i)", ()).fetchone()


@good(systems=("sqlite",))
def the_first_row_of_a_stream(db):
    db.stream("SELECT id FROM items").fetchone()  # SQLite makes rows when they are asked for


# ---- long_transaction

@bad("long_transaction")
def work_within_a_transaction(db):
    db.run("BEGIN")
    db.rows("SELECT id FROM orders WHERE id = ?", 20001)
    time.sleep(0.7)
    db.run("UPDATE orders SET total = 1 WHERE id = ?", 20001)
    db.run("COMMIT")


@bad("long_transaction")
def rolled_back_late(db):
    db.run("BEGIN")
    db.run("UPDATE orders SET total = 1 WHERE id = ?", 20001)
    time.sleep(0.7)
    db.run("ROLLBACK")


@good()
def a_short_transaction(db):
    db.run("BEGIN")
    db.run("UPDATE orders SET total = 1 WHERE id = ?", 20001)
    db.run("COMMIT")
    time.sleep(0.7)


@good()
def a_long_statement(db):
    db.run("BEGIN")
    if db.remote:
        db.rows("SELECT pg_sleep(0.7)")
    else:
        db.rows("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000) SELECT max(i) FROM n")
    db.run("COMMIT")


@good()
def a_savepoint_released(db):
    db.run("BEGIN")
    for _ in range(3):
        db.run("SAVEPOINT a")
        db.run("RELEASE SAVEPOINT a")
    db.run("COMMIT")
    time.sleep(0.6)


# ---- reprepare

@bad("reprepare", systems=("postgresql",))
def prepared_for_each_execution(db):
    for i in range(12):
        db.run("PREPARE one AS SELECT id FROM orders ORDER BY id LIMIT 10 OFFSET $1")
        db.rows(f"EXECUTE one({i * 10})")
        db.run("DEALLOCATE one")


@good(systems=("postgresql",))
def prepared_once(db):
    db.run("PREPARE one AS SELECT id FROM orders ORDER BY id LIMIT 10 OFFSET $1")
    for i in range(12):
        db.rows(f"EXECUTE one({i * 10})")


@bad("reprepare", systems=("sqlite",))
def the_cache_is_off(db):
    uncached = harness.sqlite3.connect(harness.os.environ["CORPUS_FILE"], cached_statements=0, isolation_level=None)
    uncached.execute("BEGIN")
    for i in range(1200):
        uncached.execute("INSERT INTO log(id, message) VALUES (?, 'x')", (i,))
    uncached.execute("COMMIT")


@good(systems=("sqlite",))
def the_cache_is_on(db):
    db.run("BEGIN")
    for i in range(1200):
        db.run("INSERT INTO log(id, message) VALUES (?, 'x')", i)
    db.run("COMMIT")
