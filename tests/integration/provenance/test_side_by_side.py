"""Days, years and wide keys that stand side by side in a result: a program counts through some of them by itself."""
import pytest
from shop_script import only, report_of  # noqa: F401

HEAD = """\
import datetime
import random
import sqlite3
random.seed(5)
db = sqlite3.connect(":memory:")
db.execute("create table days(day text, n int)")
db.execute("create table visits(day text, account int)")
db.execute("create table accounts(id integer primary key, name text, year int)")
FIRST = datetime.date(2024, 1, 1)

def day(n):
    return (FIRST + datetime.timedelta(days=n)).isoformat()
for i in range(90):
    db.execute("insert into days values (?, ?)", (day(i), i))
    db.execute("insert into accounts values (?, ?, ?)", (100000 + i, f"name {i * 77 % 90}", 1990 + i // 3))

def query(sql, *parameters):
    return db.execute(sql, parameters).fetchall()
"""
OWN = {
    "a week": ("select day, n from days order by day", "visits where day = ?", "[day(40 + i) for i in range(7)]"),
    "a week back": ("select day, n from days order by day", "visits where day = ?", "[day(40 - i) for i in range(7)]"),
    "years": ("select id, year from accounts order by id", "accounts where year = ?", "range(2000, 2010)"),
    "a range of keys": ("select id, name from accounts order by id", "visits where account = ?", "range(100020, 100040)"),
    "some keys": ("select id, name from accounts order by id", "visits where account = ?", "random.sample(range(100000, 100090), 20)"),
}
ROWS = {
    "days": ("select day from days order by day", "visits where day = ?", "rows", "day"),
    "by name": ("select id from accounts order by name", "visits where account = ?", "rows[:10]", "id"),
    "every fifth": ("select id from accounts order by id", "visits where account = ?", "rows[3::5]", "id"),
    "backwards": ("select id from accounts order by id", "visits where account = ?", "rows[::-1]", "id"),
}


@pytest.mark.parametrize("name", OWN)
def test_who_counts_through_what_was_read_is_no_loop_over_it(report_of, name):  # noqa: F811
    parent, child, values = OWN[name]
    finding = only(report_of(f"""
query("{parent}")
for value in {values}:
    query("select count(*) from {child}", value)
""", HEAD))
    assert finding["confidence"] == "likely" and finding["parent"] is None


@pytest.mark.parametrize("name", ROWS)
def test_who_goes_through_the_rows_is_one(report_of, name):  # noqa: F811
    parent, child, values, column = ROWS[name]
    finding = only(report_of(f"""
rows = [row[0] for row in query("{parent}")]
for value in {values}:
    query("select count(*) from {child}", value)
""", HEAD))
    assert (finding["confidence"], finding["parent_column"]) == ("proven", column)
