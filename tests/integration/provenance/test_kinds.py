"""Columns of few values that come again and again: a program has lists of flags, kinds and states of its own."""
import pytest
from shop_script import only, report_of  # noqa: F401

HEAD = """\
import random
import sqlite3
random.seed(3)
db = sqlite3.connect(":memory:")
db.execute("create table users(id integer primary key, active int, role text, code int, shop text)")
db.execute("create table audit(active int, role text, code int, shop text)")
ROLES, CODES, SHOPS = ["admin", "user", "guest"], [200, 404, 500], ["berlin", "paris", "lyon", "rome", "turin", "vienna", "bern", "prague"]
random.shuffle(SHOPS)
for i in range(60):
    db.execute("insert into users values (?, ?, ?, ?, ?)",
               (i * 37 + 1000, i % 2, ROLES[i % 3], CODES[i % 3] if i < 9 else random.choice(CODES), SHOPS[min(i % 13, i % 8)]))

def query(sql, *parameters):
    return db.execute(sql, parameters).fetchall()
"""


@pytest.mark.parametrize("column, values", [("active", "[0, 1, 0, 1, 1, 0]"), ("role", "ROLES"), ("code", "CODES"), ("role", "sorted(ROLES)")])
def test_a_list_of_kinds_is_the_programs_own(report_of, column, values):  # noqa: F811
    report = report_of(f"""
query("select id, {column} from users")
for value in {values}:
    query("select count(*) from audit where {column} = ?", value)
""", HEAD)
    assert all(finding["confidence"] != "proven" for finding in report["findings"]), report["findings"]


@pytest.mark.parametrize("loop", [
    "for id, value in rows:",
    "for value in dict.fromkeys(value for id, value in rows):",  # as an identity map asks
    "for value in reversed([value for id, value in rows]):",
])
def test_kinds_that_come_as_the_rows_do_are_proven(report_of, loop):  # noqa: F811
    finding = only(report_of(f"""
rows = query("select id, shop from users order by id")
{loop}
    query("select count(*) from audit where shop = ?", value)
""", HEAD))
    assert (finding["confidence"], finding["parent_column"]) == ("proven", "shop")


def test_kinds_are_proven_while_their_rows_are_stepped(report_of):  # noqa: F811
    finding = only(report_of("""
for id, value in db.execute("select id, role from users order by id limit 9"):
    query("select count(*) from audit where role = ?", value)
""", HEAD))
    assert (finding["confidence"], finding["parent_column"]) == ("proven", "role")
