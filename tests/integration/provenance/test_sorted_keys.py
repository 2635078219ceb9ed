"""Keys 1 to 50 in every table: a program sorts those of one column, and they stand in the others' order, too."""
import pytest
from shop_script import only, report_of  # noqa: F401

HEAD = """\
import random
import sqlite3
random.seed(3)
db = sqlite3.connect(":memory:")
for table in "customers", "orders", "tags", "shops":
    db.execute(f"create table {table}(id integer primary key, name text, owner int)")
    for i in range(1, 51):
        db.execute(f"insert into {table} values (?, ?, ?)", (i, random.random(), random.randint(1, 50)))

def query(sql, *parameters):
    return db.execute(sql, parameters).fetchall()

def other_lists():
    return [query(f"select id, name from {table} order by id") for table in ("tags", "shops")]
"""
ORDERS = "select id, owner, name from orders order by id"
LOOPS = {
    "sorted, each once": "sorted({owner for _, owner, _ in rows})",
    "backwards, each once": "sorted({owner for _, owner, _ in rows}, reverse=True)",
    "sorted": "sorted(owner for _, owner, _ in rows)",
}


def proven(report):
    """The column, and the statement whose rows the only finding goes through."""
    finding = only(report)
    assert finding["confidence"] == "proven"
    parent = next(group for group in report["groups"] if group["id"] == finding["parent"])
    return finding["parent_column"], parent["statement"]["text"]


@pytest.mark.parametrize("name", LOOPS)
def test_keys_that_the_program_sorts_are_those_of_their_column(report_of, name):  # noqa: F811
    report = report_of(f"""
other_lists()
rows = query("{ORDERS}")
for key in {LOOPS[name]}:
    query("select name from customers where id = ?", key)
""", HEAD)
    assert proven(report) == ("owner", ORDERS)


# Two lists with the same keys: which is gone through, the other one, and what is asked for each key.
TWO_LISTS = {
    "rows that go on, beside those that would be met backwards": (
        "select id, name from orders order by id", "select id, name from tags order by id desc", "select name from customers where owner = ?"),
    "a row of its own table, loaded again": (
        "select id, name from customers order by id", "select id, name from tags order by id", "select owner from customers where id = ?"),
}


@pytest.mark.parametrize("name", TWO_LISTS)
def test_of_two_lists_the_likelier_one_is_told(report_of, name):  # noqa: F811
    rows, other, child = TWO_LISTS[name]
    report = report_of(f"""
rows = query("{rows}")
query("{other}")
for key, _ in rows:
    query("{child}", key)
""", HEAD)
    assert proven(report) == ("id", rows)


def test_a_list_outlives_what_gives_one_row_here_and_there(report_of):  # noqa: F811
    finding = only(report_of("""
rows = query("select id, name from customers order by name")
for i in range(200):
    query(f"select id as setting_{i} from tags limit 1")
for key, _ in rows:
    query("select name from orders where owner = ?", key)
""", HEAD))
    assert (finding["confidence"], finding["parent_column"]) == ("proven", "id")
