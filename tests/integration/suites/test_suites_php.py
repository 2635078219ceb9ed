"""A suite of PHPUnit under the real runner: which tests fail, where, and that they pass when the advice was followed."""
import re

import pytest
from suites import SUITES, Suite, marked_line

LINE = marked_line("phpunit/Shop.php")
STALE = "nplus1: this allowance is needed by nothing:"
TRAIT = ["phpunit", "--no-configuration", "--do-not-cache-result", "--bootstrap", "bootstrap.php", "tests/WatchedTest.php"]


@pytest.fixture
def phpunit(build, tmp_path):
    return Suite(build, SUITES / "phpunit", tmp_path)


def failed(output):
    return re.findall(r"^\d+\) (\S+)$", output, re.MULTILINE)


def places(output):
    """Where PHPUnit says that tests failed: a line alone, after an empty one."""
    return re.findall(r"\n\n/\S+/phpunit/(\S+)$", output, re.MULTILINE)


def test_phpunit_fails_the_tests_that_have_a_loop_at_its_line(phpunit):
    output, status = phpunit.run("phpunit")
    assert status == 1
    assert failed(output) == ["ShopTest::testCounts", "ShopTest::testThreeStatements", "ShopTest::testFailsAsEver"]
    assert places(output) == [f"Shop.php:{LINE}", "tests/ShopTest.php:46", "tests/ShopTest.php:56"]
    assert output.count(f"\nShop.php:{LINE}: N+1, proven: 6 executions of\n") == 1  # what failed already says so alone
    assert "\nF.....FFS " in output  # one letter for each test
    assert "\n3 statements were executed, 2 are allowed\n" in output
    assert "in      ShopTest::testCounts: 6 executions" in output  # the report names the test
    assert STALE not in output


def test_phpunit_passes_when_the_advice_was_followed(phpunit):
    output, status = phpunit.run("phpunit", SHOP_FIXED="1")
    assert status == 0 and not failed(output), output
    assert re.findall(rf"{STALE} (\S+): there are six", output) == ["tests/ShopTest.php:37", "tests/ShopTest.php:40"]


def test_phpunit_without_the_agent_runs_as_ever_and_says_how(phpunit):
    output, status = phpunit.run("phpunit", watched=False)
    assert status == 1 and failed(output) == ["ShopTest::testFailsAsEver"]
    assert "nplus1: run `nplus1 run -- phpunit` to watch for N+1 queries" in output


def test_phpunit_without_ffi_runs_as_ever_and_says_why(phpunit):
    output, status = phpunit.run("php", "-d", "ffi.enable=false", "/usr/bin/phpunit", "--filter", "testCounts")
    assert status == 0, output
    assert "PHP's extension FFI is needed" in output


def test_phpunit_is_told_what_fails(phpunit):
    output, status = phpunit.run("phpunit", "--filter", "testCounts", NPLUS1_FAIL_ON="write_loop:proven")
    assert status == 0, output
    output, status = phpunit.run("phpunit", "--filter", "testCounts", NPLUS1_FAIL_ON="n_plus_two")
    assert status != 0 and "'n_plus_two' is not a kind" in output


def test_the_trait_fails_the_same(phpunit):
    output, status = phpunit.run(*TRAIT)
    assert status == 1
    assert failed(output) == ["WatchedTest::testCounts"] and places(output) == [f"Shop.php:{LINE}"]
    output, status = phpunit.run(*TRAIT, SHOP_FIXED="1")
    assert status == 0 and re.findall(rf"{STALE} \S+:(\d+): there are six", output) == ["20"], output


def test_the_trait_watches_tests_in_processes_of_their_own(phpunit):
    output, status = phpunit.run(*TRAIT, "--process-isolation")
    assert status == 1
    assert failed(output) == ["WatchedTest::testCounts"] and f"Shop.php:{LINE}: N+1, proven" in output
