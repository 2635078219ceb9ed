"""Lists of keys, as object-relational mappers and programs cut them."""
import os

import harness
from more import numbers

cases = harness.Cases()
good, bad = cases.good, cases.bad


# ---- chunked lists of object-relational mappers

def engine_of(db):
    import sqlalchemy
    if db.remote:
        return sqlalchemy.create_engine("postgresql+psycopg2://", creator=lambda: type(db)().connection)
    return sqlalchemy.create_engine("sqlite:///" + os.environ["CORPUS_FILE"])


@good()
def sqlalchemy_selectin_in_chunks(db):
    from sqlalchemy import Column, ForeignKey, Integer, Text
    from sqlalchemy.orm import Session, declarative_base, relationship, selectinload
    numbers(db, "people", "id INTEGER PRIMARY KEY, name TEXT", 2200, "i, 'n' || i")
    numbers(db, "pets", "id INTEGER PRIMARY KEY, owner INTEGER", 4400, "i + 100000, 1 + i % 2200")
    base = declarative_base()

    class Person(base):
        __tablename__ = "people"
        id = Column(Integer, primary_key=True)
        name = Column(Text)
        pets = relationship("Pet")

    class Pet(base):
        __tablename__ = "pets"
        id = Column(Integer, primary_key=True)
        owner = Column(ForeignKey("people.id"))

    with Session(engine_of(db)) as session:
        assert sum(len(person.pets) for person in session.query(Person).options(selectinload(Person.pets))) == 4400


def django_people(db, people):
    """Two models with so many rows, and twice as many."""
    import django
    from django.conf import settings
    engine = "postgresql" if db.remote else "sqlite3"
    name = os.environ["PGDATABASE"] if db.remote else os.environ["CORPUS_FILE"]
    settings.configure(DATABASES={"default": {"ENGINE": f"django.db.backends.{engine}", "NAME": name}},
                       DEFAULT_AUTO_FIELD="django.db.models.AutoField")
    django.setup()
    from django.db import models
    numbers(db, "people", "id INTEGER PRIMARY KEY, name TEXT", people, "i, 'n' || i")
    numbers(db, "pets", "id INTEGER PRIMARY KEY, owner_id INTEGER, name TEXT", people * 2, f"i + 100000, 1 + i % {people}, 'p' || i")

    class Person(models.Model):
        name = models.TextField()

        class Meta:
            app_label, db_table = "corpus", "people"

    class Pet(models.Model):
        owner = models.ForeignKey(Person, models.CASCADE, related_name="pets")
        name = models.TextField()

        class Meta:
            app_label, db_table = "corpus", "pets"

    return Person, Pet


@good()
def django_prefetch_related_of_a_thousand(db):
    person, _ = django_people(db, 1000)
    assert sum(len(someone.pets.all()) for someone in person.objects.prefetch_related("pets")) == 2000


@bad("large_in_list", sure="proven")
def django_prefetch_related_of_1200(db):
    person, _ = django_people(db, 1200)
    assert sum(len(someone.pets.all()) for someone in person.objects.prefetch_related("pets")) == 2400


@bad("large_in_list", sure="proven")
def django_prefetch_related_of_2200(db):
    person, _ = django_people(db, 2200)
    assert sum(len(someone.pets.all()) for someone in person.objects.prefetch_related("pets")) == 4400


@bad("large_in_list", sure="proven")
def django_prefetch_related_to_one(db):
    _, pet = django_people(db, 1200)
    assert len({one.owner.name for one in pet.objects.prefetch_related("owner")}) == 1200


@good()
def django_prefetch_related_page_by_page(db):
    person, _ = django_people(db, 2200)
    for start in range(0, 2200, 500):
        page = person.objects.order_by("id").prefetch_related("pets")[start:start + 500]
        assert sum(len(someone.pets.all()) for someone in page) == 2 * len(page)


@good(systems=("sqlite",))
def django_in_bulk_in_chunks_of_999(db):
    person, _ = django_people(db, 6000)
    assert len(person.objects.in_bulk(range(1, 6001))) == 6000


@bad("large_in_list", sure="proven", systems=("postgresql",))
def django_in_bulk_of_2200(db):
    person, _ = django_people(db, 2200)
    assert len(person.objects.in_bulk(range(1, 2201))) == 2200


@good()
def django_deletes_in_chunks(db):
    person, _ = django_people(db, 2200)
    person.objects.all().delete()


@good()
def django_bulk_create(db):
    person, _ = django_people(db, 10)
    person.objects.bulk_create(person(id=1000 + i, name=f"another {i}") for i in range(2200))


@bad("n_plus_one", sure="proven")
def django_without_prefetch(db):
    person, _ = django_people(db, 200)
    assert sum(len(someone.pets.all()) for someone in person.objects.all()) == 400


@bad("n_plus_one", sure="proven")
def django_filters_what_was_prefetched(db):
    person, _ = django_people(db, 200)
    for someone in person.objects.prefetch_related("pets"):
        list(someone.pets.filter(name="p7"))


# ---- chunks of other sizes, as mappers make them

def chunks(db, parents, size, text="SELECT id FROM items WHERE order_id IN ({})"):
    keys = [key for (key,) in db.rows("SELECT id FROM parents ORDER BY id")]
    for start in range(0, parents, size):
        part = keys[start:start + size]
        db.rows(text.format(",".join("?" * len(part))), *part)


@good()
def chunks_of_500_of_2500(db):
    numbers(db, "parents", "id INTEGER", 2500, "20000 + i")
    chunks(db, 2500, 500)


@good()
def chunks_of_999_with_a_rest_of_two(db):
    numbers(db, "parents", "id INTEGER", 2000, "20000 + i")
    chunks(db, 2000, 999)


@good()
def chunks_of_1000(db):
    numbers(db, "parents", "id INTEGER", 5000, "20000 + i")
    chunks(db, 5000, 1000)


@bad("large_in_list", sure="proven")
def chunks_of_1001(db):
    numbers(db, "parents", "id INTEGER", 5005, "20000 + i")
    chunks(db, 5005, 1001)


@good()
def chunks_padded_with_their_last_value(db):
    for start in range(20000, 20300, 30):  # Hibernate's and others' way to have fewer different statements
        keys = [*range(start, start + 30), *[start + 29] * 2]
        db.rows(f"SELECT id FROM items WHERE order_id IN ({','.join('?' * 32)})", *keys)


@good()
def batches_found_by_key_with_a_list_each(db):
    numbers(db, "parents", "id INTEGER PRIMARY KEY", 3000, "20000 + i")
    last, batch = 0, True
    while batch:  # find_each of ActiveRecord, with includes
        batch = [key for (key,) in db.rows("SELECT id FROM parents WHERE id > ? ORDER BY id LIMIT 500", last)]
        if batch:
            db.rows(f"SELECT id FROM items WHERE order_id IN ({','.join('?' * len(batch))})", *batch)
            last = batch[-1]


# ---- lists that are the same each time: constants, not batches

@bad("n_plus_one", sure="proven")
def a_list_of_constants_behind_the_key(db):
    for (key,) in db.rows("SELECT id FROM customers"):
        db.rows("SELECT total FROM orders WHERE customer_id = ? AND status IN ('s0', 's1')", key)


@bad("n_plus_one", sure="proven")
def a_list_of_parameters_behind_the_key(db):
    for (key,) in db.rows("SELECT id FROM customers"):
        db.rows("SELECT total FROM orders WHERE customer_id = ? AND status IN (?, ?)", key, "s0", "s1")


@bad("n_plus_one", sure="proven")
def a_list_of_parameters_before_the_key(db):
    for (key,) in db.rows("SELECT id FROM customers"):
        db.rows("SELECT total FROM orders WHERE status IN (?, ?, ?) AND customer_id = ?", "s0", "s1", "s2", key)


@bad("n_plus_one", sure="proven")
def a_list_that_excludes(db):
    for (key,) in db.rows("SELECT id FROM customers"):
        db.rows("SELECT total FROM orders WHERE customer_id = ? AND status NOT IN (?, ?)", key, "s0", "gone")


@bad("n_plus_one", sure="proven")
def two_lists_of_constants(db):
    for (key,) in db.rows("SELECT id FROM customers"):
        db.rows("SELECT total FROM orders WHERE customer_id = ? AND status IN (?, ?) AND total NOT IN (1, 2, 3)", key, "s0", "s1")


@bad("n_plus_one", sure="proven")
def a_key_in_a_list_of_one_and_a_list_of_constants(db):
    for (key,) in db.rows("SELECT id FROM customers"):
        db.rows("SELECT total FROM orders WHERE customer_id IN (?) AND status IN (?, ?)", key, "s0", "s1")


@bad("n_plus_one", sure="proven")
def a_list_of_constants_in_two_executions(db):
    for (key,) in db.rows("SELECT id FROM customers WHERE id < 1003"):
        db.rows("SELECT total FROM orders WHERE customer_id = ? AND status IN ('s0', 's1')", key)


@bad("n_plus_one", sure="proven")
def a_long_list_of_constants_behind_the_key(db):
    wanted = [f"s{i}" for i in range(30)]
    for (key,) in db.rows("SELECT id FROM customers"):
        db.rows(f"SELECT total FROM orders WHERE customer_id = ? AND status IN ({','.join('?' * 30)})", key, *wanted)


@bad("n_plus_one", sure="proven")
def a_list_of_a_dozen_constants_before_the_key(db):
    wanted = [f"s{i}" for i in range(12)]
    for (key,) in db.rows("SELECT id FROM customers"):
        db.rows(f"SELECT total FROM orders WHERE status IN ({','.join('?' * 12)}) AND customer_id = ?", *wanted, key)


@bad("n_plus_one", systems=("postgresql", "psycopg"), sure="proven")
def an_array_of_constants_behind_the_key(db):
    for (key,) in db.rows("SELECT id FROM customers"):
        db.rows("SELECT total FROM orders WHERE customer_id = ? AND status = ANY(?)", key, ["s0", "s1"])


def halves(db, text, *others):
    for start in range(1001, 1041, 8):
        db.rows(text, *range(start, start + 8), *others)


EIGHT = ",".join("?" * 8)


@good()
def chunks_and_a_list_of_constants(db):
    halves(db, f"SELECT total FROM orders WHERE customer_id IN ({EIGHT}) AND status IN ('s0', 's1')")


@good()
def chunks_and_a_list_of_parameters(db):
    halves(db, f"SELECT total FROM orders WHERE customer_id IN ({EIGHT}) AND status IN (?, ?)", "s0", "s1")


@good()
def a_list_of_constants_and_chunks(db):
    for start in range(1001, 1041, 4):
        db.rows("SELECT total FROM orders WHERE status IN (?, ?) AND customer_id IN (?, ?, ?, ?)", "s0", "s1",
                *range(start, start + 4))


@good()
def chunks_of_which_the_last_is_of_one(db):
    keys = [key for (key,) in db.rows("SELECT id FROM customers WHERE id < 1010")]
    for start in (0, 8):
        part = keys[start:start + 8]
        db.rows(f"SELECT total FROM orders WHERE customer_id IN ({','.join('?' * len(part))})", *part)


@good()
def two_chunks(db):
    keys = [key for (key,) in db.rows("SELECT id FROM customers WHERE id < 1011")]
    for start in (0, 5):
        db.rows("SELECT total FROM orders WHERE customer_id IN (?, ?, ?, ?, ?)", *keys[start:start + 5])


@good()
def a_list_of_constants_alone(db):
    for _ in range(2):
        db.rows("SELECT total FROM orders WHERE status IN (?, ?)", "s0", "s1")


@good()
def a_list_of_constants_once_for_a_customer(db):
    key, = db.rows("SELECT id FROM customers WHERE code = ?", "code-7")[0]
    db.rows("SELECT total FROM orders WHERE customer_id = ? AND status IN ('s0', 's1')", key)


@good()
def pages_with_a_list_of_constants(db):
    last, page = 0, True
    while page:
        page = db.rows("SELECT id, total FROM orders WHERE id > ? AND status IN ('s0', 's1') ORDER BY id LIMIT 20", last)
        last = page[-1][0] if page else last


@good()
def pages_of_a_long_list(db):
    keys = [key for (key,) in db.rows("SELECT id FROM customers WHERE id < 1030")]
    last, page = 0, True
    while page:  # which of its values changes is behind all that are followed
        page = db.rows(f"SELECT id, total FROM orders WHERE customer_id IN ({','.join('?' * len(keys))}) AND id > ? ORDER BY id LIMIT 7",
                       *keys, last)
        last = page[-1][0] if page else last


@good(systems=("postgresql", "psycopg"))
def arrays_of_keys_and_an_array_of_constants(db):
    for start in range(1001, 1041, 8):
        db.rows("SELECT total FROM orders WHERE customer_id = ANY(?) AND status = ANY(?)", list(range(start, start + 8)), ["s0", "s1"])


@good(tolerated=("duplicate_query",))
def chunks_of_two_that_have_the_same_keys_now_and_then(db):
    for text in ("SELECT id FROM items WHERE product_id IN (?, ?)", "SELECT id FROM items WHERE product_id = ? OR product_id = ?",
                 "SELECT id FROM items WHERE product_id = ? UNION ALL SELECT id FROM items WHERE product_id = ?"):
        products = [product for (product,) in db.rows("SELECT product_id / 6 * 6 AS product_id FROM items WHERE id <= 300036 ORDER BY id")]
        for i in range(0, len(products), 2):
            db.rows(text, *products[i:i + 2])
