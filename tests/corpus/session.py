"""The same question that is another one, jobs taken off a queue, cursors in small steps, a batch inside a loop, keys in other forms."""
import os
import threading

import harness

cases = harness.Cases()
good, bad = cases.good, cases.bad
POSTGRESQL = ("postgresql",)


# ---- what depends on the session: the same text and values, other rows

@good(systems=POSTGRESQL)
def each_tenants_schema_is_asked(db):
    for tenant in range(12):
        db.run(f"CREATE SCHEMA IF NOT EXISTS session_tenant_{tenant}; CREATE TABLE IF NOT EXISTS session_tenant_{tenant}.visits(id INTEGER)")
    for tenant in range(12):
        db.run(f"SET search_path TO session_tenant_{tenant}")
        db.rows("SELECT count(*) FROM visits")


@good(systems=POSTGRESQL)
def each_tenants_rows_by_a_setting(db):
    for tenant in range(12):
        db.rows("SELECT set_config('app.tenant', ?, false)", str(tenant))
        db.rows("SELECT count(*) FROM orders WHERE status = 's' || current_setting('app.tenant')")


@good(systems=POSTGRESQL)
def a_lock_for_each_key(db):
    for key in range(1001, 1013):
        db.rows("SELECT pg_advisory_lock(?)", key)
    for key in range(1001, 1013):
        db.rows("SELECT pg_advisory_unlock(?)", key)


@bad("n_plus_one", sure="proven", systems=POSTGRESQL)
def a_lock_for_each_row_and_a_lookup(db):
    for (key,) in db.rows("SELECT id FROM customers WHERE id < 1013"):
        db.rows("SELECT pg_try_advisory_lock(?)", key)
        db.rows("SELECT id FROM orders WHERE customer_id = ?", key)


@good(systems=POSTGRESQL)
def each_role_is_asked(db):
    for role in ("pg_monitor", "pg_read_all_settings", "pg_read_all_stats") * 4:
        db.run(f"SET ROLE {role}")
        db.rows("SELECT count(*) FROM (VALUES (1), (2)) AS t(a) WHERE a > ?", 1)
        db.run("RESET ROLE")


@good(systems=("sqlite",))
def each_attached_file_is_asked(db):
    for year in range(8):
        db.run(f"ATTACH '{os.environ['CORPUS_FILE']}.{year}' AS archive")
        db.run("CREATE TABLE archive.entries(id INTEGER)")
        db.rows("SELECT count(*) FROM archive.entries")
        db.run("DETACH archive")


@good(tolerated=("write_loop",))
def a_temporary_table_of_one_name_each_time(db):
    for low in range(1001, 1009):
        db.run("CREATE TEMPORARY TABLE wanted(id INTEGER)")
        db.run("INSERT INTO wanted SELECT id FROM customers WHERE id > ?", low)
        db.rows("SELECT count(*) FROM wanted")
        db.run("DROP TABLE wanted")


@good(systems=("sqlite",))
def each_shard_is_asked(db):
    shards = [harness.Sqlite(f"{os.environ['CORPUS_FILE']}.{i}") for i in range(8)]
    for shard in shards:
        shard.run("CREATE TABLE entries(id INTEGER)")
    for shard in shards:
        shard.rows("SELECT count(*) FROM entries WHERE id > ?", 5)


# ---- a worker takes one job after the other

def jobs(db):
    db.run("CREATE TABLE jobs(id INTEGER PRIMARY KEY, customer INTEGER, taken INTEGER)")
    db.run("INSERT INTO jobs VALUES " + ",".join(f"({i}, {1001 + i * 7 % 40}, 0)" for i in range(1, 31)))


def work_on(db, take):
    jobs(db)
    while job := db.rows(take):
        db.rows("SELECT name, mail FROM customers WHERE id = ?", job[0][1])
        db.run("UPDATE jobs SET taken = 2 WHERE id = ?", job[0][0])


@good()
def jobs_marked_as_taken(db):
    work_on(db, "UPDATE jobs SET taken = 1 WHERE id = (SELECT id FROM jobs WHERE taken = 0 ORDER BY id LIMIT 1) RETURNING id, customer")


@good(systems=POSTGRESQL)
def jobs_marked_as_taken_while_others_wait(db):
    work_on(db, "UPDATE jobs SET taken = 1 WHERE id = (SELECT id FROM jobs WHERE taken = 0 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)"
                " RETURNING id, customer")


@good(systems=POSTGRESQL)
def jobs_that_are_locked(db):
    work_on(db, "SELECT id, customer FROM jobs WHERE taken = 0 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED")


@good()
def jobs_that_are_deleted(db):
    jobs(db)
    while job := db.rows("DELETE FROM jobs WHERE id = (SELECT id FROM jobs ORDER BY id LIMIT 1) RETURNING id, customer"):
        db.rows("SELECT name, mail FROM customers WHERE id = ?", job[0][1])


@good()
def jobs_that_are_only_looked_for(db):
    work_on(db, "SELECT id, customer FROM jobs WHERE taken = 0 ORDER BY id LIMIT 1")


@good()
def jobs_with_a_lookup_behind_the_lookup(db):
    jobs(db)
    while job := db.rows("SELECT id, customer FROM jobs WHERE taken = 0 ORDER BY id LIMIT 1"):
        ((mail,),) = db.rows("SELECT mail FROM customers WHERE id = ?", job[0][1])
        db.rows("SELECT name FROM customers WHERE mail = ?", mail)
        db.run("UPDATE jobs SET taken = 2 WHERE id = ?", job[0][0])


@bad("n_plus_one", sure="proven")
def a_loop_within_each_job(db):
    jobs(db)
    while job := db.rows("DELETE FROM jobs WHERE id = (SELECT id FROM jobs ORDER BY id LIMIT 1) RETURNING id, customer"):
        for (key,) in db.rows("SELECT id FROM orders WHERE customer_id = ?", job[0][1]):
            db.rows("SELECT quantity FROM items WHERE order_id = ?", key)


@bad("n_plus_one", sure="proven")
def a_loop_within_each_job_that_is_looked_for(db):
    jobs(db)
    while job := db.rows("SELECT id, customer FROM jobs WHERE taken = 0 ORDER BY id LIMIT 1"):
        for (key,) in db.rows("SELECT id FROM orders WHERE customer_id = ?", job[0][1]):
            db.rows("SELECT quantity FROM items WHERE order_id = ?", key)
        db.run("UPDATE jobs SET taken = 2 WHERE id = ?", job[0][0])


# ---- a cursor that is drained

def drain(db, fetch, rows=120):
    db.run("BEGIN")
    db.run(f"DECLARE all_orders CURSOR FOR SELECT id, total FROM orders LIMIT {rows}")
    while db.rows(fetch):
        pass
    db.run("COMMIT")


@bad("chatty_fetch", systems=POSTGRESQL)
def one_row_at_a_time(db):
    drain(db, "FETCH 1 FROM all_orders")


@bad("chatty_fetch", systems=POSTGRESQL)
def the_next_row_each_time(db):
    drain(db, "FETCH NEXT FROM all_orders")


@bad("chatty_fetch", systems=POSTGRESQL)
def two_rows_at_a_time(db):
    drain(db, "FETCH FORWARD 2 FROM all_orders")


@bad("chatty_fetch", systems=POSTGRESQL)
def a_named_cursor_with_a_small_itersize(db):
    if "psycopg2" not in type(db.connection).__module__:
        drain(db, "FETCH FORWARD 1 FROM all_orders")
        return
    db.connection.autocommit = False
    cursor = db.connection.cursor("all_orders")
    cursor.itersize = 1
    cursor.execute("SELECT id, total FROM orders")
    assert len(list(cursor)) == 120


@good(systems=POSTGRESQL)
def a_named_cursor_as_it_comes(db):
    if "psycopg2" not in type(db.connection).__module__:
        drain(db, "FETCH FORWARD 100 FROM all_orders")
        return
    db.connection.autocommit = False
    cursor = db.connection.cursor("all_orders")
    cursor.execute("SELECT id, total FROM orders")
    assert len(list(cursor)) == 120


@good(systems=POSTGRESQL)
def ten_rows_at_a_time(db):
    drain(db, "FETCH 10 FROM all_orders")


@good(systems=POSTGRESQL)
def forty_rows_one_at_a_time(db):
    drain(db, "FETCH 1 FROM all_orders", rows=40)


# ---- a batch inside a loop

@bad("n_plus_one", "batched_n_plus_one", sure="proven")
def one_list_for_each_parent(db):
    for (customer,) in db.rows("SELECT id FROM customers"):
        keys = [key for (key,) in db.rows("SELECT id FROM orders WHERE customer_id = ?", customer)]
        db.rows(f"SELECT quantity FROM items WHERE order_id IN ({','.join('?' * len(keys))})", *keys)


@bad("n_plus_one", "batched_n_plus_one", sure="proven", systems=POSTGRESQL)
def one_array_for_each_parent(db):
    for (customer,) in db.rows("SELECT id FROM customers"):
        keys = [key for (key,) in db.rows("SELECT id FROM orders WHERE customer_id = ?", customer)]
        db.rows(f"SELECT quantity FROM items WHERE order_id = ANY(ARRAY[{','.join('?' * len(keys))}])", *keys)


@bad("n_plus_one", sure="proven")
def one_list_for_all_parents(db):
    keys = []
    for (customer,) in db.rows("SELECT id FROM customers"):
        keys += [key for (key,) in db.rows("SELECT id FROM orders WHERE customer_id = ?", customer)]
    db.rows(f"SELECT quantity FROM items WHERE order_id IN ({','.join('?' * len(keys))})", *keys)


# ---- keys in another form than the rows had

@bad("n_plus_one", sure="proven", systems=POSTGRESQL)
def an_array_of_one(db):
    for (customer,) in db.rows("SELECT id FROM customers"):
        db.rows("SELECT id FROM orders WHERE customer_id = ANY(?)", [customer])


@bad("n_plus_one", sure="proven")
def an_integer_as_text(db):
    for (customer,) in db.rows("SELECT id FROM customers"):
        db.rows("SELECT id FROM orders WHERE customer_id = CAST(? AS INTEGER)", str(customer))


@bad("n_plus_one", sure="proven")
def a_text_as_integer(db):
    for (customer,) in db.rows("SELECT CAST(id AS TEXT) FROM customers"):
        db.rows("SELECT id FROM orders WHERE customer_id = ?", int(customer))


@bad("n_plus_one", sure="proven", systems=POSTGRESQL)
def a_binary_array_of_one(db):
    if "psycopg2" in type(db.connection).__module__:
        an_array_of_one_in_text(db)
        return
    for (customer,) in db.rows("SELECT id FROM customers"):
        db.connection.execute("SELECT id FROM orders WHERE customer_id = ANY(%b)", [[customer]], binary=True).fetchall()


def an_array_of_one_in_text(db):
    for (customer,) in db.rows("SELECT id FROM customers"):
        db.rows("SELECT id FROM orders WHERE customer_id = ANY(?::int[])", f"{{{customer}}}")


@bad("n_plus_one", sure="proven")
def lists_that_mostly_have_one_key(db):
    rows = db.rows("SELECT id, customer_id FROM orders ORDER BY id LIMIT 30")
    for number, (key, _) in enumerate(rows):
        keys = [key] if number % 4 else [key, 900000 + number]
        db.rows(f"SELECT quantity FROM items WHERE order_id IN ({','.join('?' * len(keys))})", *keys)


# ---- a loop over rows whose children run elsewhere or much later

@bad("n_plus_one", sure="proven")
def a_thread_for_each_row(db):
    for (customer,) in db.rows("SELECT id FROM customers LIMIT 12"):
        thread = threading.Thread(target=db.rows, args=("SELECT id FROM orders WHERE customer_id = ?", customer))
        thread.start()
        thread.join()
