"""Lists in every form in which SQL can be given one, pages whose children are loaded by a list, ranges; and what only looks like a list."""
import datetime

import harness

cases = harness.Cases()
good, bad = cases.good, cases.bad
POSTGRESQL = ("postgresql",)
SIZE = 8


def keys_of(db, text="SELECT id FROM customers ORDER BY id"):
    return [key for (key,) in db.rows(text)]


def chunks_of(keys, size=SIZE):
    return [keys[start:start + size] for start in range(0, len(keys), size)]


def numbers(keys):
    return ",".join(map(str, keys))


# ---- a list each, in five chunks of eight

@good()
def a_chain_of_ors(db):
    for chunk in chunks_of(keys_of(db)):
        db.rows("SELECT id FROM orders WHERE " + " OR ".join(["customer_id = ?"] * len(chunk)), *chunk)


@good()
def pairs_in_a_chain_of_ors(db):
    for chunk in chunks_of(db.rows("SELECT id, customer_id FROM orders ORDER BY id")):
        text = " OR ".join(["(id = ? AND customer_id = ?)"] * len(chunk))
        db.rows(f"SELECT total FROM orders WHERE {text}", *(value for pair in chunk for value in pair))


@good()
def pairs_in_a_row_value_list(db):
    for chunk in chunks_of(db.rows("SELECT id, customer_id FROM orders ORDER BY id")):
        head = "" if db.remote else "VALUES "
        db.rows(f"SELECT total FROM orders WHERE (id, customer_id) IN ({head}{','.join(['(?, ?)'] * len(chunk))})",
                *(value for pair in chunk for value in pair))


@good()
def keys_as_values(db):
    for chunk in chunks_of(keys_of(db)):
        db.rows(f"WITH wanted(k) AS (VALUES {','.join(['(?)'] * len(chunk))}) SELECT o.id FROM wanted JOIN orders o ON o.customer_id = wanted.k"
                if not db.remote else
                f"SELECT o.id FROM (VALUES {','.join(['(?::int)'] * len(chunk))}) AS wanted(k) JOIN orders o ON o.customer_id = wanted.k", *chunk)


@good()
def one_select_for_each_key_in_a_union(db):
    for chunk in chunks_of(keys_of(db)):
        db.rows(" UNION ALL ".join(["SELECT id FROM orders WHERE customer_id = ?"] * len(chunk)), *chunk)


@good()
def a_case_for_each_key(db):
    for chunk in chunks_of(keys_of(db)):
        text = " ".join(["WHEN ? THEN ?"] * len(chunk))
        db.rows(f"SELECT id, CASE customer_id {text} END FROM orders WHERE customer_id IN ({','.join('?' * len(chunk))})",
                *(value for place, key in enumerate(chunk) for value in (key, place)), *chunk)


@good()
def updates_by_a_case_for_each_key(db):
    for chunk in chunks_of(keys_of(db)):
        text = " ".join(["WHEN id = ? THEN ?"] * len(chunk))
        db.run(f"UPDATE customers SET code = CASE {text} ELSE code END WHERE id IN ({','.join('?' * len(chunk))})",
               *(value for key in chunk for value in (key, f"new {key}")), *chunk)


@good(systems=POSTGRESQL)
def an_array_in_words(db):
    for chunk in chunks_of(keys_of(db)):
        db.rows("SELECT id FROM orders WHERE customer_id = ANY('{" + numbers(chunk) + "}'::int[])")


@good(systems=POSTGRESQL)
def an_array_of_values(db):
    for chunk in chunks_of(keys_of(db)):
        db.rows(f"SELECT id FROM orders WHERE customer_id = ANY(ARRAY[{','.join(['?'] * len(chunk))}])", *chunk)


@good(systems=POSTGRESQL)
def an_array_that_contains(db):
    for chunk in chunks_of(keys_of(db)):
        db.rows("SELECT id FROM orders WHERE ARRAY[customer_id] <@ ?::int[]", chunk)


@good(systems=POSTGRESQL)
def an_array_unnested(db):
    for chunk in chunks_of(keys_of(db)):
        db.rows("SELECT o.id FROM unnest(?::int[]) AS k JOIN orders o ON o.customer_id = k", chunk)


@good(systems=POSTGRESQL)
def two_arrays_unnested_together(db):
    for chunk in chunks_of(db.rows("SELECT id, customer_id FROM orders ORDER BY id")):
        db.rows("SELECT o.total FROM unnest(?::int[], ?::int[]) AS k(id, customer) JOIN orders o ON o.id = k.id AND o.customer_id = k.customer",
                [key for key, _ in chunk], [customer for _, customer in chunk])


@good(systems=POSTGRESQL)
def a_text_cut_into_an_array(db):
    for chunk in chunks_of(keys_of(db)):
        db.rows("SELECT id FROM orders WHERE customer_id = ANY(string_to_array(?, ',')::int[])", numbers(chunk))


@good()
def a_list_as_json(db):
    for chunk in chunks_of(keys_of(db)):
        db.rows("SELECT id FROM orders WHERE customer_id IN (SELECT value::int FROM json_array_elements_text(?::json))" if db.remote else
                "SELECT o.id FROM json_each(?) AS k JOIN orders o ON o.customer_id = k.value", f"[{numbers(chunk)}]")


@good()
def lists_of_thousands_as_json(db):
    for first in range(0, 6000, 1000):
        db.rows("SELECT id FROM orders WHERE customer_id IN (SELECT value::int FROM json_array_elements_text(?::json))" if db.remote else
                "SELECT o.id FROM json_each(?) AS k JOIN orders o ON o.customer_id = k.value", f"[{numbers(range(first, first + 1000))}]")


@good()
def rows_as_json(db):
    for chunk in chunks_of(keys_of(db)):
        text = "[" + ",".join(f'[{key}, "s1"]' for key in chunk) + "]"
        db.rows("SELECT o.id FROM json_array_elements(?::json) AS k JOIN orders o ON o.customer_id = (k->>0)::int AND o.status = k->>1"
                if db.remote else "SELECT o.id FROM json_each(?) AS k JOIN orders o ON o.customer_id = json_extract(k.value, '$[0]')"
                " AND o.status = json_extract(k.value, '$[1]')", text)


@good()
def objects_as_json(db):
    for chunk in chunks_of(keys_of(db)):
        text = "[" + ",".join(f'{{"k":{key}}}' for key in chunk) + "]"
        db.rows("SELECT o.id FROM json_to_recordset(?::json) AS k(k int) JOIN orders o ON o.customer_id = k.k" if db.remote else
                "SELECT o.id FROM json_each(?) AS k JOIN orders o ON o.customer_id = json_extract(k.value, '$.k')", text)


@good()
def chunks_of_many_lengths(db):
    keys = keys_of(db)
    for start, size in ((0, 2), (2, 3), (5, 7), (12, 11), (23, 17)):
        db.rows(f"SELECT id FROM orders WHERE customer_id IN ({','.join('?' * size)})", *keys[start:start + size])


@good()
def ranges_of_keys(db):
    keys = keys_of(db, "SELECT id FROM orders ORDER BY id")
    for chunk in chunks_of(keys):
        db.rows("SELECT quantity FROM items WHERE order_id BETWEEN ? AND ?", chunk[0], chunk[-1])


@good()
def half_open_ranges(db):
    for start in range(20001, 20121, 10):
        db.rows("SELECT quantity FROM items WHERE order_id >= ? AND order_id < ?", start, start + 10)


# ---- pages, each with its children by one list; every key is small and met in other columns as well

def dense(db):
    system = "postgresql" if db.remote else "sqlite"
    db.fill("CREATE TABLE owners(id INTEGER PRIMARY KEY, rank INTEGER); CREATE TABLE pets(id INTEGER PRIMARY KEY, owner_id INTEGER, age INTEGER);"
            + harness.NUMBERS[system].format(56, "owners", "i, 57 - i") + harness.NUMBERS[system].format(112, "pets", "i, 1 + (i - 1) / 2, i % 9"))


def pets_of(db, page):
    return db.rows(f"SELECT id, owner_id, age FROM pets WHERE owner_id IN ({','.join('?' * len(page))}) ORDER BY id", *(row[0] for row in page))


@good()
def key_pages_with_a_list_each(db):
    dense(db)
    last = 0
    while page := db.rows("SELECT id, rank FROM owners WHERE id > ? ORDER BY id LIMIT 8", last):
        pets_of(db, page)
        last = page[-1][0]


@good()
def offset_pages_with_a_list_each(db):
    dense(db)
    for start in range(0, 56, 8):
        pets_of(db, db.rows("SELECT id, rank FROM owners ORDER BY id LIMIT ? OFFSET ?", 8, start))


@good()
def key_pages_of_two_texts_with_a_list_each(db):
    dense(db)
    page = db.rows("SELECT id, rank FROM owners ORDER BY id LIMIT 8")
    while page:
        pets_of(db, page)
        page = db.rows("SELECT id, rank FROM owners WHERE id > ? ORDER BY id LIMIT 8", page[-1][0])


@good(systems=POSTGRESQL)
def a_cursors_pages_with_a_list_each(db):
    dense(db)
    db.run("BEGIN")
    db.run("DECLARE owners_page CURSOR FOR SELECT id, rank FROM owners ORDER BY id")
    while page := db.rows("FETCH 8 FROM owners_page"):
        pets_of(db, page)
    db.run("COMMIT")


@good()
def key_pages_by_a_date(db):
    db.fill("CREATE TABLE events(id INTEGER PRIMARY KEY, at TEXT)")
    first = datetime.date(2024, 1, 1)
    db.run("INSERT INTO events VALUES " + ",".join(f"({i}, '{first + datetime.timedelta(days=i)}')" for i in range(60)))
    last = ""
    while page := db.rows("SELECT id, at FROM events WHERE at > ? ORDER BY at LIMIT 7", last):
        last = page[-1][1]


@good()
def key_pages_whose_last_key_a_lookup_table_holds(db):
    dense(db)
    db.rows("SELECT id, age FROM pets")
    db.rows("SELECT rank FROM owners")
    last = 0
    while page := db.rows("SELECT id, rank FROM owners WHERE id > ? ORDER BY id LIMIT 8", last):
        last = page[-1][0]


@bad("n_plus_one", sure="proven")
def a_range_from_each_row(db):
    for low, high in db.rows("SELECT id, id + 3 AS last FROM orders WHERE id % 9 = 0 ORDER BY id"):
        db.rows("SELECT quantity FROM items WHERE order_id BETWEEN ? AND ?", low, high)


@bad("n_plus_one", sure="proven")
def a_range_of_one_key(db):
    for order in reversed(keys_of(db, "SELECT id FROM orders ORDER BY id")):
        db.rows("SELECT quantity FROM items WHERE order_id BETWEEN ? AND ?", order, order)


# ---- a range of texts with few rows: the branch of a tree whose nodes have their paths as keys (django-treebeard)

def paths(db):
    db.fill("CREATE TABLE nodes(path TEXT PRIMARY KEY, depth INTEGER, title TEXT)")
    parents = [f"0001{i:04}" for i in range(1, 13)]
    rows = [(path, 2) for path in parents] + [(f"{path}{i:04}", 3) for path in parents for i in range(1, 5)]
    db.run("INSERT INTO nodes VALUES " + ",".join(f"('{path}', {depth}, 'node {i}')" for i, (path, depth) in enumerate(rows)))
    return parents


@bad("n_plus_one", sure="likely")
def the_branch_of_each_node(db):
    paths(db)
    for path, _ in db.rows("SELECT path, title FROM nodes WHERE depth = 2 ORDER BY path"):
        db.rows("SELECT title FROM nodes WHERE depth = ? AND path BETWEEN ? AND ? ORDER BY path", 3, path + "0001", path + "zzzz")


@good()
def chunks_of_texts(db):
    paths(db)
    keys = keys_of(db, "SELECT path FROM nodes ORDER BY path")
    for chunk in chunks_of(keys, 12):
        db.rows("SELECT title FROM nodes WHERE path BETWEEN ? AND ?", chunk[0], chunk[-1])


@good()
def a_window_for_each_day(db):
    db.fill("CREATE TABLE events(id INTEGER PRIMARY KEY, at TEXT)")
    days = [str(datetime.date(2024, 1, 1) + datetime.timedelta(days=i)) for i in range(31)]
    db.run("INSERT INTO events VALUES " + ",".join(f"({i}, '{day} 12:30:00')" for i, day in enumerate(days)))
    for day, next_day in zip(days, days[1:]):
        db.rows("SELECT id FROM events WHERE at >= ? AND at < ?", day, next_day)


# ---- a LIMIT is no page

@bad("n_plus_one", sure="proven")
def the_first_of_each_with_an_offset_of_none(db):
    for key in keys_of(db):
        db.rows("SELECT id, total FROM orders WHERE customer_id = ? LIMIT ? OFFSET ?", key, 1, 0)


@bad("n_plus_one")
def a_lookup_by_name_with_an_offset_of_none(db):
    for i in range(30):
        db.rows("SELECT id FROM products WHERE name = ? LIMIT ? OFFSET ?", f"brand new {i}", 1, 0)


@bad("n_plus_one", sure="proven")
def the_second_of_each(db):
    for key in keys_of(db):
        db.rows("SELECT id, total FROM orders WHERE customer_id = ? ORDER BY id LIMIT 1 OFFSET 1", key)
