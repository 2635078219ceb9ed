"""What loops of real applications showed, small: wide rows, many flags, parents in two texts, names in quotes, lookup tables."""
import harness
from more import numbers

cases = harness.Cases()
good, bad = cases.good, cases.bad
POSTGRESQL = ("postgresql",)
ORDERS = "SELECT id, total FROM orders WHERE customer_id = ?"


# ---- rows of which much else could be the key

@bad("n_plus_one", sure="proven")
def the_key_in_the_last_of_forty_columns(db):
    columns = ", ".join(f"c.id + {i} AS a{i}" for i in range(100, 139))
    for row in db.rows(f"SELECT {columns}, c.id FROM customers c ORDER BY c.id"):
        db.rows(ORDERS, row[39])


@bad("n_plus_one", sure="proven")
def flags_that_are_all_one(db):
    numbers(db, "products_seen", "id INTEGER PRIMARY KEY, key INTEGER", 30, "i, 1 + i * 7 % 41")
    numbers(db, "marks", "key INTEGER, text TEXT", 45, "i, 'm' || i")
    for row in db.rows("SELECT " + ", ".join(f"1 AS flag{i}" for i in range(14)) + ", key FROM products_seen ORDER BY id"):
        db.rows("SELECT text FROM marks WHERE key = ?", row[14])


@bad("n_plus_one", sure="proven")
def flags_and_counters_of_four_rows(db):
    flags = ", ".join(f"1 AS f{i}, {i % 3} AS n{i}" for i in range(6))
    numbers(db, "few", "id INTEGER PRIMARY KEY, marked INTEGER", 4, "i, (i * 3) % 5")
    numbers(db, "marks", "id INTEGER PRIMARY KEY, text TEXT", 9, "i, 'm' || i")
    for row in db.rows(f"SELECT {flags}, marked FROM few ORDER BY id"):
        db.rows("SELECT text FROM marks WHERE id = ?", row[12])


@bad("n_plus_one", sure="proven")
def two_parents_with_31_children_each(db):
    for _ in range(4):
        for parent, low, high in (("a", 1000, 1008), ("b", 1020, 1028)):
            for (customer,) in db.rows(f"SELECT id AS {parent} FROM customers WHERE id > ? AND id < ?", low, high):
                for child in range(31):
                    name = parent + chr(97 + child % 26) + chr(97 + child // 26)
                    db.rows(f"SELECT total AS {name} FROM orders WHERE customer_id = ?", customer)


# ---- a parent whose rows come in several texts, or several fetches

@bad("n_plus_one", sure="proven")
def a_child_for_each_record_of_pages_in_two_texts(db):
    text, last = "SELECT id, name FROM customers ORDER BY id LIMIT 8", ()
    while page := db.rows(text, *last):
        for customer, _ in page:
            db.rows(ORDERS, customer)
        text, last = "SELECT id, name FROM customers WHERE id > ? ORDER BY id LIMIT 8", page[-1][:1]


@bad("n_plus_one", sure="proven")
def a_child_for_each_record_of_pages_from_two_lines(db):
    page = db.rows("SELECT id, name FROM customers ORDER BY id LIMIT 8")
    while page:
        for customer, _ in page:
            db.rows(ORDERS, customer)
        page = db.rows("SELECT id, name FROM customers WHERE id > ? ORDER BY id LIMIT 8", page[-1][0])


@bad("n_plus_one", sure="proven", systems=POSTGRESQL)
def a_child_for_each_row_of_a_cursors_pages(db):
    db.run("BEGIN")
    db.run("DECLARE chosen CURSOR FOR SELECT id, name FROM customers ORDER BY id")
    while page := db.rows("FETCH 4 FROM chosen"):
        for customer, _ in page:
            db.rows(ORDERS, customer)
    db.run("COMMIT")


# ---- names and values in the other kind of quotes

@bad("n_plus_one", sure="proven", systems=("sqlite",))
def a_table_in_single_quotes(db):
    for (customer,) in db.rows("SELECT id FROM 'customers' WHERE name > ?", "name"):
        db.rows("SELECT id, total FROM 'orders' WHERE status > ? AND customer_id = ?", "s", customer)


@bad("write_loop", systems=("sqlite",))
def inserts_into_a_table_in_single_quotes(db):
    for i in range(20):
        db.run("INSERT INTO 'log'('id', 'message') VALUES (?, ?)", i, "x")


@bad("n_plus_one", sure="proven", systems=("sqlite",))
def a_value_in_double_quotes(db):
    for (mail,) in db.rows("SELECT mail FROM customers"):
        db.rows(f'SELECT id FROM customers WHERE mail = "{mail}"')


@good(systems=("sqlite",))
def two_tables_in_single_quotes(db):
    for table in ("customers", "orders", "items", "products", "log") * 2:
        db.rows(f"SELECT count(*) FROM '{table}' WHERE id > ?", len(table))


# ---- a join that only looks as if it repeated a parent

@good()
def a_join_with_complementary_flags(db):
    numbers(db, "states", "id INTEGER PRIMARY KEY, is_open INTEGER, is_closed INTEGER", 1200, "i, i % 2, 1 - i % 2")
    numbers(db, "details", "state_id INTEGER, text TEXT", 1200, "i, 'd' || i")
    db.rows("SELECT s.is_open, s.is_closed, d.text FROM states s JOIN details d ON d.state_id = s.id")


@good()
def a_join_with_a_lookup_table(db):
    numbers(db, "kinds", "id INTEGER PRIMARY KEY, name TEXT, label TEXT", 4, "i, 'k' || i, 'label ' || i")
    numbers(db, "things", "id INTEGER PRIMARY KEY, kind_id INTEGER, text TEXT", 1200, "i, 1 + i % 4, 't' || i")
    db.rows("SELECT t.id, t.text, k.name, k.label FROM things t JOIN kinds k ON k.id = t.kind_id ORDER BY t.id")


# ---- what is asked of the schema is no parent, and tables that live for a moment

@good(systems=("sqlite",))
def numbers_like_those_of_the_schema(db):
    db.rows("PRAGMA table_info(customers)")
    for number in range(4):
        db.rows("SELECT text FROM sqlite_master m JOIN (SELECT 1 AS text) WHERE m.rootpage = ?", number)


# ---- functions

@bad("n_plus_one", systems=POSTGRESQL)
def a_function_for_each_row(db):
    db.run("CREATE FUNCTION doubled(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1 * 2'")
    for (customer,) in db.rows("SELECT id FROM customers"):
        db.rows("SELECT doubled(?)", customer)


@good(systems=POSTGRESQL)
def a_number_of_a_sequence_for_each_row(db):
    db.run("CREATE SEQUENCE tickets")
    for _ in db.rows("SELECT id FROM customers"):
        db.rows("SELECT nextval('tickets')")


# ---- pages by a key that something else gave last

@good()
def key_pages_whose_key_an_insert_returned(db):
    last = 0
    while page := db.rows("SELECT id, name FROM customers WHERE id > ? ORDER BY id LIMIT 8", last):
        keys = db.rows("INSERT INTO log(id, message) VALUES " + ", ".join(f"({key}, 'seen')" for key, _ in page) + " RETURNING id")
        last = keys[-1][0]


@good()
def key_pages_whose_key_the_preload_has(db):
    last = 0
    while page := db.rows("SELECT id, name FROM customers WHERE id > ? ORDER BY id LIMIT 8", last):
        orders = db.rows(f"SELECT customer_id FROM orders WHERE customer_id IN ({','.join('?' * len(page))}) ORDER BY customer_id",
                         *(key for key, _ in page))
        last = orders[-1][0]


# ---- peewee writes LIMIT 1 OFFSET 0 where it wants one row

def peewee_products():
    import os

    import peewee

    class Product(peewee.Model):
        name = peewee.TextField()

        class Meta:
            database = peewee.SqliteDatabase(os.environ["CORPUS_FILE"])
            table_name = "products"

    return Product


@bad("n_plus_one", sure="proven", systems=("sqlite",))
def peewees_get_for_each_row(db):
    product = peewee_products()
    for (key,) in db.rows("SELECT product_id FROM items ORDER BY id LIMIT 16"):
        assert product.get(product.id == key).name


@bad("n_plus_one", systems=("sqlite",), tolerated=("write_loop",))
def peewees_get_or_create_of_an_import(db):
    product = peewee_products()
    with product._meta.database.atomic():
        for number in range(30):
            product.get_or_create(name=f"brand new {number}")


@good(systems=("sqlite",))
def peewees_pages(db):
    product = peewee_products()
    for page in range(1, 7):
        assert len(product.select().order_by(product.id).paginate(page, 3)) <= 3
