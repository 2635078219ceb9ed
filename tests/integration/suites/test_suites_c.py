"""A suite of cmocka: which tests fail, where, and that they pass when the advice was followed."""
import re

import pytest
from conftest import ROOT
from suites import Suite, marked_line

SOURCE = "tests/programs/suites/cmocka/test_shop.c"
LINE = marked_line("cmocka/test_shop.c")
STALE = "nplus1: this allowance is needed by nothing:"


def line_of(text):
    return marked_line("cmocka/test_shop.c", text)


@pytest.fixture
def cmocka(build, tmp_path):
    suite = Suite(build, ROOT, tmp_path)
    suite.program = build.program("suites/cmocka", "test_shop")
    return suite


def failed(output):
    return re.findall(r"^\[  FAILED  \] (\w+)$", output.partition("listed below")[0], re.MULTILINE)


def failed_at(output):
    return re.findall(r"\[   LINE   \] --- (?:\S*\.\./)?(\S+: )error: Failure!", output)


def test_cmocka_fails_the_tests_that_have_a_loop_at_its_line(cmocka):
    output, status = cmocka.run(cmocka.program)
    assert status == 4
    assert failed(output) == ["test_counts", "test_fails_as_ever", "test_three_statements", "test_counts_again"]
    assert failed_at(output) == [f"{SOURCE}:{line}: " for line in (LINE, line_of("? 12 : 13"), line_of("? 3 : 2"), LINE)]
    assert output.count(f"\n{SOURCE}:{LINE}: N+1, proven: 6 executions of\n    select id from orders where customer_id = ?\n") == 2
    assert f"executed at {SOURCE}:{line_of('sqlite3_step(stmt)')}\n" in output
    assert "3 statements were executed, 2 are allowed" in output
    assert re.search(r"in      test_counts(_again)?: 6 executions in 1 scope", output)  # the report names the test
    assert STALE not in output


def test_cmocka_passes_when_the_advice_was_followed(cmocka):
    output, status = cmocka.run(cmocka.program, SHOP_FIXED="1")
    assert status == 0 and "[  PASSED  ] 6 test(s)." in output, output
    assert re.findall(rf"{STALE} \S*{SOURCE}:(\d+): (.*)", output) == [
        (str(line_of('NPLUS1_ALLOWED("there are six")')), "there are six"), (str(line_of('NPLUS1_ALLOWED("it fails")')), "it fails")]


def test_cmocka_without_the_agent_runs_as_ever_and_says_how(cmocka):
    output, status = cmocka.run(cmocka.program, watched=False)
    assert status == 1 and failed(output) == ["test_fails_as_ever"]
    assert "nplus1: run `nplus1 run -- ...` with this program to watch for N+1 queries" in output and STALE not in output


@pytest.mark.parametrize("words, fails", [("write_loop:proven", False), ("n_plus_one:proven", True), ("likely", True), ("write_loop, proven", True)])
def test_cmocka_is_told_what_fails(cmocka, words, fails):
    output, _ = cmocka.run(cmocka.program, NPLUS1_FAIL_ON=words)
    assert ("test_counts" in failed(output)) == fails


def test_a_wrong_list_of_kinds_is_said(cmocka):
    output, status = cmocka.run(cmocka.program, NPLUS1_FAIL_ON="n_plus_one:sure")
    assert status > 0 and "'n_plus_one:sure' is not a kind, a confidence or KIND:CONFIDENCE" in output


def test_without_addr2line_the_address_is_said(cmocka):
    output, status = cmocka.run(cmocka.program, PATH="/nowhere")
    assert status == 4
    assert re.search(rf"{cmocka.program.name}\+0x[0-9a-f]+:0: N\+1, proven: 6 executions of", output)
