"""What an UPDATE for each row is told by: the key of its WHERE, which says whose row it is, not what it sets."""
import pytest
from shop_script import line_of, only, report_of  # noqa: F401
from test_composite_keys import told

HEAD = """\
import sqlite3
db = sqlite3.connect("keys.db", isolation_level=None)
db.executescript("create table p(id integer primary key, name text, price int, a text, region text, sku text);"
                 "create table lines(p int, amount int); create table stock(region text, sku text, n int); begin")
for i in range(20):
    db.execute("insert into p values (?, ?, ?, ?, ?, ?)",
               (i + 1, f"name of {i * 7919 % 1000}", i * 7919 % 5000 + 1000, f"a{i}", ["eu", "us", "as"][i * i % 3], f"sku{i * 7 % 11:03}"))
    for amount in range(3):
        db.execute("insert into lines values (?, ?)", (i + 1, i * 977 + amount * 31 + 5000))
db.execute("commit")

def query(sql, *parameters):
    return db.execute(sql, parameters).fetchall()
"""
LOOPS = {  # the loop, its parent, and which column goes into which parameter; the first one is that which names the finding
    "same": ("""
for id, price in query("select id, price from p"):
    query("update p set price = ? where id = ?", price, id)
""", "select id, price from p", {2: "id", 1: "price"}),
    "all columns, as mappers do": ("""
for row in query("select id, name, price, a from p"):
    query("update p set name = ?, price = ?, a = ? where id = ?", *row[1:], row[0])
""", "select id, name, price, a from p", {4: "id", 1: "name", 2: "price", 3: "a"}),
    "added": ("""
for id, price in query("select id, price from p"):
    query("update p set price = price + ? where id = ?", price, id)
""", "select id, price from p", {2: "id", 1: "price"}),
    "computed": ("""
for id, price in query("select id, price from p"):
    query("update p set price = ? where id = ?", price * 2 + 1, id)
""", "select id, price from p", {2: "id"}),
    "a sum that was asked for": ("""
for id, in query("select id from p"):
    total, = query("select sum(amount) from lines where p = ?", id)[0]
    query("update p set price = ? where id = ?", total, id)
""", "select id from p", {2: "id"}),
    # The ids 1 to 6 prove nothing by themselves, and stand in the rows whose names do.
    "left early": ("""
for id, name in query("select id, name from p order by id"):
    if id > 6:
        break
    query("update p set name = ? where id = ?", name, id)
""", "select id, name from p order by id", {2: "id", 1: "name"}),
    "left early, as an expression": ("""
for id, name in query("select id, name from p order by id"):
    if id > 6:
        break
    query("update p set name = a || ? where (id = ?) returning id", name, id)
""", "select id, name from p order by id", {2: "id", 1: "name"}),
    "set by a subquery": ("""
for id, name in query("select id, name from p order by id"):
    if id > 6:
        break
    query("update p set name = (select max(a) from p where name = ?) where id = ?", name, id)
""", "select id, name from p order by id", {2: "id", 1: "name"}),
    "key of two": ("""
for price, region, sku in query("select price, region, sku from p order by id"):
    query("update stock set n = ? where region = ? and sku = ?", price, region, sku)
""", "select price, region, sku from p order by id", {3: "sku", 1: "price", 2: "region"}),
    # Whose key is nobody's row: then what is set says where the loop is.
    "a key from elsewhere": ("""
import random
random.seed(7)
for name, in query("select name from p"):
    query("update p set name = ? where id = ?", name, random.randrange(10**9, 10**10))
""", "select name from p", {1: "name"}),
    "deleted": ("""
for region, sku in query("select region, sku from p order by id"):
    query("delete from stock where region = ? and sku = ?", region, sku)
""", "select region, sku from p order by id", {2: "sku", 1: "region"}),
}


@pytest.mark.parametrize("name", LOOPS)
def test_an_update_is_told_by_its_key(report_of, tmp_path, name):  # noqa: F811
    text, parent, columns = LOOPS[name]
    report = report_of(text, HEAD)
    finding = only(report, "write_loop")
    groups = {group["id"]: group for group in report["groups"]}
    assert finding["confidence"] == "proven" and groups[finding["parent"]]["statement"]["text"].startswith(parent.split(" where")[0])
    assert told(finding) == columns
    assert (finding["parameter"], finding["parent_column"]) == next(iter(columns.items()))


def test_rows_that_have_the_same_keys_and_other_values_are_not_taken_for_the_parent(report_of):  # noqa: F811
    # A list of the same ids was read before, and gone through: what is set says whose ids these are.
    report = report_of("""
for id, in query("select id from p where id > 0 order by id"):
    query("select amount from lines where p = ?", id)
for id, price in query("select id, price from p order by id"):
    query("update p set price = ? where id = ?", price, id)
""", HEAD)
    finding = only(report, "write_loop")
    parent = next(group for group in report["groups"] if group["id"] == finding["parent"])
    assert parent["statement"]["text"] == "select id, price from p order by id"
    assert told(finding) == {1: "price", 2: "id"} and finding["parameter"] == 2 and finding["evidence"]["second"] is None
    assert finding["loop"]["line"] == line_of(report_of.lines, "for id, price") + 1
