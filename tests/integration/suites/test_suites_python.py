"""Suites of Python under the real runners: which tests fail, where, and that they pass when the advice was followed."""
import re

import pytest
from suites import INTEGRATIONS, SUITES, Suite, marked_line

LINE_SQLALCHEMY = marked_line("sqlalchemy/shop.py")
LINE_DJANGO = marked_line("django/shop/views.py")


class PythonSuite(Suite):
    def __init__(self, build, folder, tmp_path):
        super().__init__(build, folder, tmp_path, PYTHONPATH=str(INTEGRATIONS / "python"))

    def run(self, *words, **more):
        return super().run("/usr/bin/python3", "-B", *words, **more)


@pytest.fixture
def sqlalchemy(build, tmp_path):
    return PythonSuite(build, SUITES / "sqlalchemy", tmp_path)


@pytest.fixture
def django(build, tmp_path):
    return PythonSuite(build, SUITES / "django", tmp_path)


PYTEST = ["-m", "pytest", "-p", "no:cacheprovider", "-p", "nplus1", "--color=no"]


def failed(output):
    return sorted(set(re.findall(r"^FAILED (\S+)", output, re.MULTILINE)))


def test_pytest_fails_the_tests_that_have_a_loop_at_its_line(sqlalchemy):
    output, status = sqlalchemy.run(*PYTEST)
    assert status == 1
    assert failed(output) == ["test_shop.py::TestClass::test_counts_again", "test_shop.py::test_counts"]
    assert output.count(f"\nshop.py:{LINE_SQLALCHEMY}: NPlusOne\n") == 2
    assert f"shop.py:{LINE_SQLALCHEMY}: N+1, proven: 6 executions of" in output
    assert re.search(r"^>\s+return \[len\(customer.orders\)", output, re.MULTILINE)
    assert "in      test_shop.py::" in output  # the report names the test


def test_pytest_passes_when_the_advice_was_followed(sqlalchemy):
    output, status = sqlalchemy.run(*PYTEST, SHOP_FIXED="1")
    assert status == 0 and not failed(output), output
    assert "allowances that nothing needs" in output and output.count(": there are six") == 3


def test_pytest_without_the_agent_runs_as_ever_and_says_how(sqlalchemy):
    output, status = sqlalchemy.run(*PYTEST, watched=False)
    assert status == 0
    assert "nplus1: run `nplus1 run -- pytest` to watch for N+1 queries" in output


def test_limits_marks_and_stale_allowances(sqlalchemy):
    output, status = sqlalchemy.run(*PYTEST, "more_shop.py")
    assert status == 1
    assert failed(output) == ["more_shop.py::test_fails_on_more", "more_shop.py::test_three_statements"]
    assert re.search(r"NPlusOne: \d+ statements were executed, 2 are allowed", output)
    assert re.search(r"more_shop.py:\d+: it had a loop once$", output, re.MULTILINE)


def test_a_wrong_list_of_kinds_is_said(sqlalchemy):
    output, status = sqlalchemy.run(*PYTEST, "--nplus1-fail-on=n_plus_two")
    assert status == 4 and "'n_plus_two' is not a kind" in output


def test_unittest_fails_the_same(sqlalchemy, tmp_path):
    (tmp_path / "test_it.py").write_text("""
import sys, unittest
sys.path.insert(0, sys.argv[0] and %r)
import shop
class Shop(unittest.TestCase):
    def setUp(self):
        self.session = shop.new_session()
    def tearDown(self):
        self.session.close()
    def test_counts(self):
        shop.counts(self.session)
    def test_names(self):
        shop.names(self.session)
""" % str(SUITES / "sqlalchemy"))
    output, status = sqlalchemy.run("-m", "nplus1.unittest", "discover", "-s", tmp_path)
    assert status == 1 and re.findall(r"^FAIL: (\w+)", output, re.MULTILINE) == ["test_counts"], output
    assert f'shop.py", line {LINE_SQLALCHEMY}, in' in output
    assert "^^^" not in output  # under the line: nothing says at which column it is
    output, status = sqlalchemy.run("-m", "nplus1.unittest", "discover", "-s", tmp_path, SHOP_FIXED="1")
    assert status == 0, output


@pytest.mark.parametrize("parallel", [[], ["--parallel=2"]], ids=["", "parallel"])
def test_djangos_runner_fails_the_same(django, parallel):
    output, status = django.run("manage.py", "test", *parallel)
    assert status == 1
    assert re.findall(r"^FAIL: (\w+)", output, re.MULTILINE) == ["test_index"], output
    assert f"shop/views.py:{LINE_DJANGO}: N+1, proven: 6 executions of" in output
    output, status = django.run("manage.py", "test", *parallel, SHOP_FIXED="1")
    assert status == 0, output
    assert parallel or "this allowance is needed by nothing: shop.tests.Shop.test_allowed: six orders" in output


def test_djangos_runner_without_the_agent(django):
    output, status = django.run("manage.py", "test", watched=False)
    assert status == 0 and "nplus1: run `nplus1 run -- python manage.py test`" in output
