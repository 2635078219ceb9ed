"""The rest of a composite key: parameters that come from the same row as the one that is told."""
import sqlite3

import pytest
from shop_script import only, report_of  # noqa: F401

HEAD = """\
import sqlite3
db = sqlite3.connect("keys.db")
db.executescript("create table carts(id integer primary key, sku text, region text, size int, note text);"
                 "create table prices(sku text, region text, size int, price int)")
REGIONS = ["eu", "us", "as"]
for i in range(20):
    db.execute("insert into carts values (?, ?, ?, ?, 'n')", (i + 1, f"sku{i * 7 % 11:02}", REGIONS[i * i % 3], i % 4))
for sku in range(11):
    for region in REGIONS:
        for size in range(4):
            db.execute("insert into prices values (?, ?, ?, ?)", (f"sku{sku:02}", region, size, sku * 100 + size))
db.commit()

def query(sql, *parameters):
    return db.execute(sql, parameters).fetchall()
"""
LOOPS = {  # what is asked in it, and the columns beside the one that is told, with their parameters
    "two": ("select price from prices where sku = ? and region = ? and size = 1", "sku, region", {1: "sku", 2: "region"}),
    "turned": ("select price from prices where region = ? and size = 1 and sku = ?", "region, sku", {1: "region", 3: "sku"}),
    "three": ("select price from prices where sku = ? and (region = ? and size = ?)", "sku, region, size",
              {1: "sku", 2: "region", 3: "size"}),
    "constant": ("select price from prices where sku = ? and region = ? and size = 1", "sku, 'eu'", {1: "sku"}),
    "another's": ("select price from prices where sku = ? and region = ? and size = 1", "sku, REGIONS[(number // 2 + 1) % 3]", {1: "sku"}),
}


def loop(text, values):
    return f"""
for number, (sku, region, size) in enumerate(query("select sku, region, size from carts order by id")):
    query("{text}", {values})
"""


def told(finding):
    return {finding["parameter"]: finding["parent_column"],
            **{other["parameter"]: other["column"] for other in finding["evidence"].get("beside", [])}}


@pytest.mark.parametrize("name", LOOPS)
def test_parameters_of_the_same_rows_are_told_together(report_of, name):  # noqa: F811
    text, values, columns = LOOPS[name]
    finding = only(report_of(loop(text, values), HEAD))
    assert finding["confidence"] == "proven" and told(finding) == columns
    words = " ".join(report_of.text.split())
    for parameter, column in columns.items():
        assert f"{column} -> parameter {parameter}" in words or f"column {column} of the parent -> parameter {parameter}" in words


@pytest.mark.parametrize("name", ["two", "turned", "three"])
def test_the_join_is_one_over_all_of_them(report_of, tmp_path, name):  # noqa: F811
    text, values, columns = LOOPS[name]
    advice = only(report_of(loop(text, values), HEAD))["advice"]
    assert all(f"prices.{column} = carts.{column}" in advice["sql"] for column in columns.values()), advice["sql"]
    assert ("other parameters are the same" in advice["text"]) == ("size = 1" in text)
    database = sqlite3.connect(tmp_path / "keys.db")
    joined = database.execute(advice["sql"], [1] * advice["sql"].count("?")).fetchall()
    carts = database.execute("select sku, region, size from carts order by id").fetchall()
    asked = [(*cart, *row) for cart in carts
             for row in database.execute(text, [cart[("sku", "region", "size").index(columns[number])] for number in sorted(columns)])]
    assert joined == asked and len(asked) == 20


def test_many_rows_for_each_pair_are_compared_by_pairs(report_of):  # noqa: F811
    advice = only(report_of(loop("select size, price from prices where sku = ? and region = ?", "sku, region"), HEAD))["advice"]
    assert advice["strategy"] == "selectin" and advice["sql"] is None
    assert "compare (sku, region) in (values (?, ?), ...)" in advice["text"]


@pytest.mark.parametrize("run", range(6))
def test_the_ends_of_a_range_are_no_pair(report_of, run):  # noqa: F811
    # Both columns explain the values alike: which bits the values share, another thing in each run, is not to change what is told.
    finding = only(report_of("""
for first, last in query("select printf('2024-%03d', id) as first, printf('2025-%03d', id) as last from carts"):
    query("select sum(size) from carts where note between ? and ?", first, last)
""", HEAD))
    assert told(finding) == {1: "first", 2: "last"} and finding["parameter"] == 1
    assert "JOIN on all of them" in finding["advice"]["text"] and "compare" not in finding["advice"]["text"]


@pytest.mark.parametrize("rows", [2, 3, 4])
def test_few_rows_tell_the_rest_of_a_key_where_each_proves_its_own(report_of, rows):  # noqa: F811
    finding = only(report_of(f"""
for sku, region in query("select sku || 'x' || id, region || id from carts order by id limit {rows}"):
    query("select price from prices where sku = ? and region = ?", sku, region)
""", HEAD))
    assert finding["confidence"] == "proven" and set(told(finding)) == {1, 2}


def test_what_a_write_takes_from_the_same_rows_is_not_looked_for(report_of):  # noqa: F811
    finding = only(report_of("""
for sku, region, size in query("select sku, region, size from carts order by id"):
    query("update prices set price = 2 where sku = ? and region = ? and size = ?", sku, region, size)
    db.commit()
""", HEAD), "write_loop")
    assert told(finding) == {2: "sku", 3: "region", 4: "size"}
    assert "compare" not in finding["advice"]["text"]


@pytest.mark.parametrize("text, columns, key, beside", [
    ("update carts set region = ?, note = 'm' where id = ?", "region, id", 3, {1: "region"}),
    ("update carts set note = 'm', sku = ?, region = ? where id = ?", "sku, region, id", 4, {2: "sku", 3: "region"}),
])
def test_a_write_is_told_by_what_picks_its_row(report_of, text, columns, key, beside):  # noqa: F811
    # Texts say more than small numbers do, but by the number it is found.
    finding = only(report_of(f"""
for row in query("select {columns} from carts order by id"):
    query("{text}", *row)
    db.commit()
""", HEAD), "write_loop")
    assert (finding["parameter"], finding["parent_column"]) == (key, "id")
    assert told(finding) == {key: "id", **beside}
    assert finding["evidence"]["matched"] == finding["evidence"]["searched"] == finding["executions"]
    others = ", ".join(f"{column} -> parameter {parameter}" for parameter, column in beside.items())
    assert (f"column id of the rows of select {columns} from carts order by id -> parameter {key} (20 of 20 executions), "
            f"in the same rows {others}") in " ".join(report_of.text.split())
