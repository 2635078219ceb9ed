"""Units of work that have little in common, and loads that are as they should be."""
import ctypes
import os
import socket
import threading
import time
import uuid

import harness

cases = harness.Cases()
good, bad = cases.good, cases.bad
agent = ctypes.CDLL(None)


def orders_of(db, customer):
    return db.rows("SELECT id, total FROM orders WHERE customer_id = ?", customer)


def requests(count):
    """A visitor's requests, one after the other, over a socket."""
    here, there = socket.socketpair()

    def ask():
        for i in range(count):
            there.sendall(bytes([i]))
            there.recv(1)
        there.close()

    visitor = threading.Thread(target=ask)
    visitor.start()
    while data := here.recv(1):
        yield data[0]
        here.sendall(b".")
    visitor.join()


# ---- one statement for each piece of work

@good()
def one_lookup_for_each_request(db):
    for i in requests(30):
        orders_of(db, 1001 + i)


@good()
def the_same_three_lookups_for_each_request(db):
    for i in requests(30):
        orders_of(db, 1001 + i)
        db.rows("SELECT name FROM customers WHERE id = ?", 1001 + i)
        db.rows("SELECT name FROM products WHERE id = ?", 4000001 + i % 17)


@good()
def one_transaction_for_each_request(db):
    for i in requests(20):
        db.run("BEGIN")
        orders_of(db, 1001 + i)
        db.run("COMMIT")


@good()
def one_insert_for_each_request(db):
    for i in requests(20):
        db.run("INSERT INTO log(id, message) VALUES (?, 'x')", i)


@good()
def a_list_then_requests_for_what_it_showed(db):
    shown = []
    for i in requests(20):
        if i == 0:
            shown = [key for (key,) in db.rows("SELECT id FROM customers")]
        else:
            orders_of(db, shown[i])


@good()
def a_session_for_each_request(db):
    for i in requests(20):
        for (customer,) in db.rows("SELECT id FROM customers WHERE mail = ?", f"m{i + 1}@example.org"):
            orders_of(db, customer)


@good()
def a_scope_for_each_job(db):
    for i in range(20):
        agent.nplus1_scope_begin(b"job")
        orders_of(db, 1001 + i)
        agent.nplus1_scope_end()


@good()
def a_tag_for_each_request(db):
    for i in range(20):
        db.rows(f"SELECT id FROM orders WHERE customer_id = {1001 + i} /*route='/orders',traceparent='00-{i:032x}-{i:016x}-01'*/")


@good()
def a_thread_for_each_request(db):
    for i in range(20):
        thread = threading.Thread(target=orders_of, args=(db, 1001 + i))
        thread.start()
        thread.join()


@good()
def a_pipe_of_commands(db):
    reading, writing = os.pipe()
    for i in range(20):
        os.write(writing, b"x")
        os.read(reading, 1)
        orders_of(db, 1001 + i)


@bad("n_plus_one", sure="proven")
def a_loop_in_each_request(db):
    for i in requests(10):
        for (customer,) in db.rows("SELECT id FROM customers WHERE id % 10 = ?", i):
            orders_of(db, customer)


@bad("n_plus_one", sure="proven")
def a_loop_in_a_scope(db):
    agent.nplus1_scope_begin(b"report")
    for (customer,) in db.rows("SELECT id FROM customers"):
        orders_of(db, customer)
    agent.nplus1_scope_end()


@bad("n_plus_one", sure="proven")
def a_scope_for_each_row(db):
    agent.nplus1_scope_begin(b"report")
    for (customer,) in db.rows("SELECT id FROM customers"):
        agent.nplus1_scope_begin(b"customer")
        orders_of(db, customer)
        agent.nplus1_scope_end()
    agent.nplus1_scope_end()


@bad("n_plus_one", sure="proven")
def a_loop_that_sleeps(db):
    for (customer,) in db.rows("SELECT id FROM customers LIMIT 10"):
        orders_of(db, customer)
        time.sleep(0.001)


@bad("n_plus_one")
def a_range_in_a_scope(db):
    agent.nplus1_scope_begin(b"report")
    for i in range(10):
        orders_of(db, 1001 + i)
    agent.nplus1_scope_end()


# ---- loads as they should be

@good()
def batches_by_text(db):
    mails = [mail for (mail,) in db.rows("SELECT mail FROM customers")]
    for i in range(0, 40, 8):
        db.rows(f"SELECT id FROM customers WHERE mail IN ({','.join('?' * 8)})", *mails[i:i + 8])


@good()
def batches_by_uuid(db):
    for j in range(8):
        db.rows(f"SELECT id FROM customers WHERE code IN ({','.join('?' * 5)})", *(str(uuid.UUID(int=j * 5 + i)) for i in range(5)))


@good()
def batches_of_pairs(db):
    keys = db.rows("SELECT id, customer_id FROM orders")
    for i in range(0, 40, 8):
        db.rows(f"SELECT total FROM orders WHERE (id, customer_id) IN (VALUES {','.join(['(?, ?)'] * 8)})",
                *(value for pair in keys[i:i + 8] for value in pair))


@good()
def a_temporary_table(db):
    db.run("CREATE TEMPORARY TABLE wanted(id INTEGER)")
    db.run("INSERT INTO wanted SELECT id FROM customers WHERE id < 1020")
    db.rows("SELECT total FROM orders JOIN wanted ON wanted.id = customer_id")


@good()
def common_table_expressions(db):
    db.rows("WITH rich AS (SELECT customer_id FROM orders GROUP BY customer_id) SELECT name FROM customers JOIN rich ON rich.customer_id = customers.id")


@good()
def a_window(db):
    db.rows("SELECT * FROM (SELECT id, row_number() OVER (PARTITION BY customer_id ORDER BY total) AS n FROM orders) AS o WHERE n <= 2")


@good()
def exists_in_one_statement(db):
    db.rows("SELECT id FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)")


@good()
def a_count_and_a_page(db):
    db.rows("SELECT count(*) FROM orders WHERE total > ?", 5)
    db.rows("SELECT id FROM orders WHERE total > ? ORDER BY id LIMIT 10", 5)


@good()
def three_levels_of_selectin(db):
    keys = [key for (key,) in db.rows("SELECT id FROM customers WHERE id < 1010")]
    orders = [key for (key,) in db.rows(f"SELECT id FROM orders WHERE customer_id IN ({','.join('?' * len(keys))})", *keys)]
    db.rows(f"SELECT quantity FROM items WHERE order_id IN ({','.join('?' * len(orders))})", *orders)


@good()
def a_form_with_four_lists(db):
    for kind in ("s0", "s1", "s2"):
        db.rows("SELECT id, total FROM orders WHERE status = ?", kind)


@good()
def one_statement_in_each_of_three_threads(db):
    threads = [threading.Thread(target=orders_of, args=(db, 1001 + i)) for i in range(3)]
    for thread in threads:
        thread.start()
        thread.join()


@good(systems=("postgresql",))
def a_cursor_of_the_server(db):
    db.run("BEGIN")
    db.run("DECLARE c CURSOR FOR SELECT id FROM items")
    while db.rows("FETCH 20 FROM c"):
        pass
    db.run("COMMIT")


@good(systems=("postgresql",))
def a_lateral_join(db):
    db.rows("SELECT c.id, o.id FROM customers c CROSS JOIN LATERAL (SELECT id FROM orders WHERE customer_id = c.id ORDER BY total LIMIT 2) o")


@good(systems=("postgresql",))
def notifications(db):
    db.run("LISTEN news")
    for i in range(10):
        db.run(f"NOTIFY news, '{i}'")


@good(systems=("sqlite",))
def another_database_of_the_same_shape(db):
    for i in range(4):
        shard = harness.Sqlite(":memory:")
        shard.run("CREATE TABLE orders(id INTEGER, customer_id INTEGER)")
        shard.rows("SELECT id FROM orders WHERE customer_id = ?", 1001)
        shard.close()


@good(systems=("sqlite",))
def attached(db):
    db.run("ATTACH ':memory:' AS other")
    db.run("CREATE TABLE other.copy AS SELECT id FROM orders")
    db.rows("SELECT count(*) FROM other.copy")


@good()
def a_migration(db):
    for i in range(10):
        db.run(f"CREATE TABLE t{i}(id INTEGER PRIMARY KEY, v TEXT)")
        db.run(f"CREATE INDEX t{i}_v ON t{i}(v)")


@good()
def a_rolling_total(db):
    for year in (1, 2, 3):
        db.rows("SELECT sum(total) FROM orders WHERE id % 3 = ? AND total > ?", year % 3, year)


@good()
def errors_now_and_then(db):
    for table in ("missing_a", "missing_b", "missing_c"):
        try:
            db.rows(f"SELECT id FROM {table}")
        except Exception:
            pass
