"""N+1 loops, and what looks like them."""
import threading

import harness

cases = harness.Cases()
good, bad = cases.good, cases.bad
N = "n_plus_one"


def orders_of(db, customer):
    return db.rows("SELECT id, total FROM orders WHERE customer_id = ?", customer)


def order(db, key):
    return db.rows("SELECT total FROM orders WHERE id = ?", key)


def name_of(db, customer):
    return db.rows("SELECT name FROM customers WHERE id = ?", customer)


# ---- loops over what was loaded

@bad(N, sure="proven")
def two_children(db):
    for (customer,) in db.rows("SELECT id FROM customers ORDER BY id LIMIT 2"):
        orders_of(db, customer)


@bad(N, sure="proven")
def forty_children(db):
    for (customer,) in db.rows("SELECT id FROM customers"):
        orders_of(db, customer)


@bad(N, sure="proven")
def a_key_into_the_same_table_that_the_first_row_does_not_have(db):
    for _, parent in db.rows("SELECT id, parent_id FROM products ORDER BY id"):
        if parent is not None:
            db.rows("SELECT name FROM products WHERE id = ?", parent)


@bad(N, sure="proven")
def while_the_parent_is_read(db):
    for (customer,) in db.stream("SELECT id FROM customers"):
        orders_of(db, customer)


@bad(N, sure="proven")
def through_a_helper(db):
    def load(customer):
        return orders_of(db, customer)
    for customer in [row[0] for row in db.rows("SELECT id, name FROM customers")]:
        load(customer)


@bad(N, sure="proven")
def two_loops_share_a_helper(db):
    for (customer,) in db.rows("SELECT id FROM customers WHERE id < 1010"):
        orders_of(db, customer)
    for (customer,) in db.rows("SELECT id FROM customers WHERE id > 1020"):
        orders_of(db, customer)


@bad(N, sure="proven")
def a_comprehension(db):
    [orders_of(db, customer) for (customer,) in db.rows("SELECT id FROM customers")]


@bad(N, sure="proven")
def a_generator(db):
    def every():
        for (customer,) in db.rows("SELECT id FROM customers"):
            yield orders_of(db, customer)
    list(every())


@bad(N, sure="proven")
def recursion_over_a_list(db):
    def walk(customers):
        if customers:
            orders_of(db, customers[0][0])
            walk(customers[1:])
    walk(db.rows("SELECT id FROM customers LIMIT 20"))


@bad(N, sure="proven")
def a_tree_walked_node_by_node(db):
    def walk(parent):
        for (key,) in db.rows("SELECT id FROM products WHERE parent_id = ?", parent):
            walk(key)
    walk(4000001)


@bad(N, sure="proven")
def nested(db):
    for (customer,) in db.rows("SELECT id FROM customers"):
        for key, _ in orders_of(db, customer):
            db.rows("SELECT product_id FROM items WHERE order_id = ?", key)


@bad(N, sure="proven")
def three_levels(db):
    for (customer,) in db.rows("SELECT id FROM customers WHERE id < 1006"):
        for key, _ in orders_of(db, customer):
            for (product,) in db.rows("SELECT product_id FROM items WHERE order_id = ?", key):
                db.rows("SELECT name FROM products WHERE id = ?", product)


@bad(N, sure="proven")
def to_one(db):
    for (customer,) in db.rows("SELECT customer_id FROM orders WHERE id <= 20030"):
        name_of(db, customer)


@bad(N, sure="proven")
def to_one_with_an_identity_map(db):
    known = {}
    for (customer,) in db.rows("SELECT customer_id FROM orders"):
        if customer not in known:
            known[customer] = name_of(db, customer)


@bad(N, sure="proven")
def an_aggregate_each(db):
    for (customer,) in db.rows("SELECT id FROM customers"):
        db.rows("SELECT count(*), sum(total) FROM orders WHERE customer_id = ?", customer)


@bad(N, sure="proven")
def by_a_text(db):
    for (mail,) in db.rows("SELECT mail FROM customers"):
        db.rows("SELECT id FROM customers WHERE mail = ?", mail)


@bad(N, sure="proven")
def by_a_code_with_another_parameter_before(db):
    for (code,) in db.rows("SELECT code FROM customers"):
        db.rows("SELECT id FROM customers WHERE id > ? AND code = ?", 0, code)


@bad(N, sure="proven")
def by_two_keys(db):
    for key, customer in db.rows("SELECT id, customer_id FROM orders WHERE id < 20020"):
        db.rows("SELECT total FROM orders WHERE id = ? AND customer_id = ?", key, customer)


@bad(N, sure="proven")
def literals_in_the_text(db):
    for (customer,) in db.rows("SELECT id FROM customers"):
        db.rows(f"SELECT id FROM orders WHERE customer_id = {customer}")


@bad(N, sure="proven")
def literals_of_text(db):
    for (mail,) in db.rows("SELECT mail FROM customers"):
        db.rows(f"SELECT id FROM customers WHERE mail = '{mail}'")


@bad(N, sure="proven")
def keys_as_text(db):
    for (customer,) in db.rows("SELECT CAST(id AS TEXT) FROM customers"):
        db.rows(f"SELECT id FROM orders WHERE customer_id = {customer}")


@bad(N, sure="proven")
def some_rows_only(db):
    for customer, name in db.rows("SELECT id, name FROM customers"):
        if name.endswith(("1", "5")):
            orders_of(db, customer)


@bad(N, sure="proven")
def in_another_order(db):
    for (customer,) in sorted(db.rows("SELECT id FROM customers"), reverse=True):
        orders_of(db, customer)


@bad(N, sure="proven")
def long_after_the_parent(db):
    customers = db.rows("SELECT id FROM customers")
    for table in ("orders", "items", "products", "log", "customers"):
        db.rows(f"SELECT count(*) FROM {table}")
    for (customer,) in customers:
        orders_of(db, customer)


@bad(N, sure="proven")
def several_children_each(db):
    for (customer,) in db.rows("SELECT id FROM customers"):
        orders_of(db, customer)
        name_of(db, customer)
        db.rows("SELECT count(*) FROM orders WHERE customer_id = ? AND total > 10", customer)


@bad(N, sure="proven")
def with_a_commit_each(db):
    for (customer,) in db.rows("SELECT id FROM customers"):
        db.run("BEGIN")
        orders_of(db, customer)
        db.run("COMMIT")


@bad(N, sure="proven")
def with_a_savepoint_each(db):
    db.run("BEGIN")
    for (customer,) in db.rows("SELECT id FROM customers"):
        db.run("SAVEPOINT one")
        orders_of(db, customer)
        db.run("RELEASE SAVEPOINT one")
    db.run("COMMIT")


@bad(N, sure="proven", tolerated=("write_loop",))
def find_and_update(db):
    for (key,) in db.rows("SELECT id FROM orders WHERE id < 20030"):
        ((total,),) = order(db, key)
        db.run("UPDATE orders SET total = ? WHERE id = ?", total + 1, key)


@bad(N, sure="proven")
def in_a_thread_each(db):
    def work():
        for (customer,) in db.rows("SELECT id FROM customers WHERE id < 1010"):
            orders_of(db, customer)
    for _ in range(3):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()


@bad(N, sure="proven")
def a_view_of_a_join(db):
    for key, name in db.rows("SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id < 20020"):
        db.rows("SELECT quantity FROM items WHERE order_id = ?", key)


@bad(N, sure="proven")
def the_first_row_of_each(db):
    for (customer,) in db.rows("SELECT id FROM customers"):
        db.rows("SELECT id, total FROM orders WHERE customer_id = ? ORDER BY total DESC LIMIT 1", customer)


@bad(N, sure="proven")
def an_existence_check_each(db):
    for (customer,) in db.rows("SELECT id FROM customers"):
        db.rows("SELECT 1 FROM orders WHERE customer_id = ? LIMIT 1", customer)


@bad(N, sure="proven")
def nulls_among_the_keys(db):
    for (parent,) in db.rows("SELECT parent_id FROM products"):
        if parent is not None:
            db.rows("SELECT name FROM products WHERE id = ?", parent)


@bad(N, sure="proven", tolerated=("duplicate_query",))  # a NULL as a literal is a text of its own
def nulls_among_the_keys_that_are_asked_for(db):
    for key, customer in db.rows("SELECT id, CASE WHEN id % 3 = 0 THEN customer_id END FROM orders WHERE id < 20040"):
        name_of(db, customer)


@bad(N, sure="proven", tolerated=("duplicate_query",))
def nulls_before_the_keys(db):
    for key, customer in db.rows("SELECT id, CASE WHEN id > 20008 THEN customer_id END FROM orders WHERE id < 20020"):
        name_of(db, customer)


@bad(N, sure="proven")
def parents_from_a_batch(db):
    keys = [key for (key,) in db.rows("SELECT id FROM customers WHERE id < 1009")]
    for key, _ in db.rows(f"SELECT id, total FROM orders WHERE customer_id IN ({','.join(map(str, keys))})"):
        db.rows("SELECT quantity FROM items WHERE order_id = ?", key)


# ---- loops whose values nobody knows the source of

@bad(N)
def numbers_of_a_range(db):
    for i in range(1001, 1040):
        orders_of(db, i)


@bad(N)
def keys_of_a_file(db):
    for line in "1003 1010 1022 1030 1005 1017".split():
        orders_of(db, int(line))


@bad(N)
def a_uniqueness_check_for_each_line(db):
    for i in range(30):
        db.rows("SELECT id FROM customers WHERE mail = ?", f"new{i}@example.org")


@bad(N, tolerated=("write_loop",))
def find_or_create(db):
    for i in range(30):
        if not db.rows("SELECT id FROM products WHERE name = ?", f"brand new {i}"):
            db.run("INSERT INTO products(id, name) VALUES (?, ?)", i, f"brand new {i}")


@bad(N)
def three_statements_in_turn(db):
    for i in range(1001, 1020):
        orders_of(db, i)
        name_of(db, i)
        order(db, 20000 + i)


@bad(N)
def within_a_transaction(db):
    db.run("BEGIN")
    for i in range(1001, 1010):
        orders_of(db, i)
    db.run("COMMIT")


@bad(N)
def computed_keys(db):
    for (key,) in db.rows("SELECT id FROM customers"):
        orders_of(db, 1001 + key * 7 % 40)


# ---- how it should be

@good()
def one_join(db):
    db.rows("SELECT c.id, o.total FROM customers c JOIN orders o ON o.customer_id = c.id")


@good()
def selectin(db):
    keys = [key for (key,) in db.rows("SELECT id FROM customers")]
    db.rows(f"SELECT id, total FROM orders WHERE customer_id IN ({','.join('?' * len(keys))})", *keys)


@good()
def chunks_of_ten(db):
    keys = [key for (key,) in db.rows("SELECT id FROM orders")]
    for i in range(0, len(keys), 10):
        db.rows(f"SELECT quantity FROM items WHERE order_id IN ({','.join('?' * 10)})", *keys[i:i + 10])


@good()
def chunks_with_a_rest_of_one(db):
    keys = [key for (key,) in db.rows("SELECT id FROM orders LIMIT 31")]
    for i in range(0, len(keys), 5):
        chunk = keys[i:i + 5]
        db.rows(f"SELECT quantity FROM items WHERE order_id IN ({','.join('?' * len(chunk))})", *chunk)


@good()
def arrays(db):
    keys = [key for (key,) in db.rows("SELECT id FROM orders")]
    for i in range(0, len(keys), 10):
        if db.remote:
            db.rows("SELECT quantity FROM items WHERE order_id = ANY(?)", keys[i:i + 10])
        else:
            db.rows("SELECT quantity FROM items WHERE order_id IN (SELECT value FROM json_each(?))", str(keys[i:i + 10]))


@good()
def group_by(db):
    db.rows("SELECT customer_id, count(*), sum(total) FROM orders GROUP BY customer_id")


@good()
def a_subquery(db):
    db.rows("SELECT id FROM customers WHERE id > 5")
    db.rows("SELECT total FROM orders WHERE customer_id IN (SELECT id FROM customers WHERE id > 5)")


@good()
def the_same_preload_twice(db):
    for _ in range(2):
        keys = [key for (key,) in db.rows("SELECT id FROM customers")]
        db.rows(f"SELECT id, total FROM orders WHERE customer_id IN ({','.join('?' * len(keys))})", *keys)


@good()
def one_lookup(db):
    orders_of(db, 1005)


@good()
def four_lookups_of_the_users(db):
    for customer in (1007, 1002, 1033, 1011):
        orders_of(db, customer)


@good()
def keyset_pages(db):
    last = 0
    while rows := db.rows("SELECT id, total FROM orders WHERE id > ? ORDER BY id LIMIT 10", last):
        last = rows[-1][0]


@good()
def keyset_pages_by_two_columns(db):
    last = (-1, 0)
    while rows := db.rows("SELECT total, id FROM orders WHERE (total, id) > (?, ?) ORDER BY total, id LIMIT 10", *last):
        last = rows[-1]


@good()
def offset_pages(db):
    for i in range(12):
        db.rows("SELECT id, total FROM orders ORDER BY id LIMIT 10 OFFSET ?", i * 10)


@good()
def offset_pages_over_numbers_that_were_read(db):
    db.rows("SELECT (id - 20000) / 10 * 10 AS ten FROM orders WHERE id % 10 = 0 ORDER BY id")
    for i in range(1, 13):
        db.rows("SELECT id, total FROM orders ORDER BY id LIMIT 10 OFFSET ?", i * 10)


@good()
def different_statements(db):
    for table in ("customers", "orders", "items", "products", "log"):
        for condition in ("id = 1", "id > 2", "id < 3"):
            db.rows(f"SELECT id FROM {table} WHERE {condition}")


@good()
def one_child_for_each_parent(db):
    for page in ("a", "b"):
        for (customer,) in db.rows("SELECT id FROM customers WHERE name < ? ORDER BY id LIMIT 1", page + "zzz"):
            orders_of(db, customer)


@good()
def a_chain(db):
    ((key,),) = db.rows("SELECT id FROM customers WHERE mail = ?", "m5@example.org")
    ((key, _), *_) = orders_of(db, key)
    db.rows("SELECT product_id FROM items WHERE order_id = ?", key)


@good()
def a_linked_list_of_three(db):
    key = 4000009
    for _ in range(3):
        ((key,),) = db.rows("SELECT parent_id FROM products WHERE id = ?", key)


@good()
def a_schema_that_is_looked_at(db):
    for _ in range(3):
        for table in ("customers", "orders", "items"):
            if db.remote:  # a library's own business
                db.rows("SELECT column_name FROM information_schema.columns WHERE table_name = ?", table)
            else:
                db.rows(f"PRAGMA table_info({table})")


@good()
def settings_of_a_connection(db):
    for i in range(20):
        db.run("SET work_mem = '4MB'" if db.remote else f"PRAGMA cache_size = {1000 + i}")


@good()
def two_shards_with_the_same_question(db):
    for shard in ("orders", "items"):
        db.rows(f"SELECT count(*) FROM {shard} WHERE id > ?", 5)
