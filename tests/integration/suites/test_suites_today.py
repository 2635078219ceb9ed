"""The newest pytest, under Python 3.13: the test that has a loop fails at its line."""
import re

from suites import INTEGRATIONS

SUITE = """
import sqlite3

import pytest


@pytest.fixture
def shop():
    shop = sqlite3.connect(":memory:")
    shop.executescript("create table customers(id integer primary key); create table orders(id integer primary key, customer_id);")
    shop.executemany("insert into customers values(?)", [(number * 77,) for number in range(1, 7)])
    shop.executemany("insert into orders values(?, ?)", [(number, number * 77) for number in range(1, 7)])
    return shop


def test_counts(shop):
    for customer, in shop.execute("select id from customers").fetchall():
        shop.execute("select id from orders where customer_id = ?", (customer,)).fetchall()  # N+1 here


def test_joins(shop):
    assert len(shop.execute("select c.id, o.id from customers as c join orders as o on o.customer_id = c.id").fetchall()) == 6
"""


def test_the_newest_pytest_fails_the_test_at_the_loops_line(today, build, tmp_path):
    (tmp_path / "test_shop.py").write_text(SUITE)
    run = today.run("-m", "pytest", "-p", "no:cacheprovider", "-p", "nplus1", "--color=no", "--rootdir", tmp_path, tmp_path, seen=[tmp_path],
                    PYTHONPATH=f"{INTEGRATIONS}/python:{today.packages}", LD_PRELOAD=str(build.agent.absolute()),
                    NPLUS1_OUTPUT=f"{tmp_path}/recordings/")
    output, line = run.stdout.decode(), 1 + SUITE[:SUITE.index("# N+1 here")].count("\n")
    version, = re.findall(r"pytest-(\d+)\.", output)
    assert int(version) >= 9 and run.returncode == 1, output + run.stderr.decode()
    assert re.findall(r"^FAILED \S*(test_\w+)(?: -|$)", output, re.MULTILINE) == ["test_counts"]
    assert f"test_shop.py:{line}: NPlusOne\n" in output and f"test_shop.py:{line}: N+1, proven: 6 executions of" in output
    assert re.search(r"^>.*# N\+1 here\nE ", output, re.MULTILINE), output  # no word of the line is underlined
