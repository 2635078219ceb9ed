"""From a row to the one that it names: up a tree, along a list. A page comes behind the one before; a climb is a loop."""
import pytest
from shop_script import only, report_of  # noqa: F401

HEAD = """\
import sqlite3
db = sqlite3.connect(":memory:")
db.execute("create table nodes(id text primary key, parent text, next text, depth int)")

def key(i):
    return f"key-{i * 7919 % 100003:05}" if i else None
for i in range(1, 64):
    db.execute("insert into nodes values (?, ?, ?, ?)", (key(i), key(i // 2), key(i + 1) if i < 63 else None, i.bit_length()))

def query(sql, *parameters):
    return db.execute(sql, parameters).fetchall()
"""
CLIMBS = {
    "from each leaf": """
for node, in query("select id from nodes where depth = 6 order by id"):
    while node is not None:
        node = query("select parent from nodes where id = ?", node)[0][0]
""",
    "from each leaf, each node once": """
seen = set()
for node, in query("select id from nodes where depth = 6 order by id"):
    while node is not None and node not in seen:
        seen.add(node)
        node = query("select parent from nodes where id = ?", node)[0][0]
""",
    "along a list": """
node = key(1)
while node is not None:
    node = query("select next from nodes where id = ?", node)[0][0]
""",
    "along a list, as mappers ask": """
node = key(1)
while node is not None:
    node = query("select id, next from nodes where id = ? limit 1", node)[0][1]
""",
}
PAGES = {
    "the next key": """
last = ""
while last is not None:
    last = query("select min(id) from nodes where id > ?", last)[0][0]
""",
    "pages": """
last, rows = "", True
while rows:
    rows = query("select id from nodes where id > ? order by id limit 5", last)
    last = rows[-1][0] if rows else last
""",
    "pages by a pointer": """
last = key(1)
while last:
    rows = query("select id, next from nodes where id = ? or parent = ?", last, last)
    last = rows[0][1] if len(rows) > 1 else None
""",
}


@pytest.mark.parametrize("name", CLIMBS)
def test_a_climb_is_a_loop(report_of, name):  # noqa: F811
    report = report_of(CLIMBS[name], HEAD)
    finding = only(report)
    assert [other["kind"] for other in report["findings"]] == ["n_plus_one"]
    assert finding["confidence"] == "likely" and finding["executions"] >= 62 and "recursive" in finding["advice"]["text"].lower()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_none(report_of, name):  # noqa: F811
    assert report_of(PAGES[name], HEAD)["findings"] == []
