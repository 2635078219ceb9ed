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


@pytest.mark.parametrize("name", LOOPS)
def test_keys_that_the_program_sorts_are_those_of_their_column(report_of, name):  # noqa: F811
    report = report_of(f"""
other_lists()
rows = query("{ORDERS}")
for key in {LOOPS[name]}:
    query("select name from customers where id = ?", key)
""", HEAD)
    finding = only(report)
    parent = next(group for group in report["groups"] if group["id"] == finding["parent"])
    assert (finding["confidence"], finding["parent_column"], parent["statement"]["text"]) == ("proven", "owner", ORDERS)


def test_rows_that_go_on_are_told_before_those_that_are_met_backwards(report_of):  # noqa: F811
    report = report_of("""
rows = query("select id, name from orders order by id")
query("select id, name from tags order by id desc")
for key, _ in rows:
    query("select name from customers where owner = ?", key)
""", HEAD)
    finding = only(report)
    parent = next(group for group in report["groups"] if group["id"] == finding["parent"])
    assert (finding["confidence"], parent["statement"]["text"]) == ("proven", "select id, name from orders order by id")


def test_a_row_that_is_loaded_again_is_one_of_its_own_table(report_of):  # noqa: F811
    report = report_of("""
rows = query("select id, name from customers order by id")
query("select id, name from tags order by id")
for key, _ in rows:
    query("select owner from customers where id = ?", key)
""", HEAD)
    finding = only(report)
    parent = next(group for group in report["groups"] if group["id"] == finding["parent"])
    assert (finding["confidence"], parent["statement"]["text"]) == ("proven", "select id, name from customers order by id")


def test_a_list_outlives_what_gives_one_row_here_and_there(report_of):  # noqa: F811
    finding = only(report_of("""
rows = query("select id, name from customers order by name")
for i in range(200):
    query(f"select id as setting_{i} from tags limit 1")
for key, _ in rows:
    query("select name from orders where owner = ?", key)
""", HEAD))
    assert (finding["confidence"], finding["parent_column"]) == ("proven", "id")
