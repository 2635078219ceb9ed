"""Suites of Test::More and Test2 under prove: which subtests and files fail, where, and that they pass when the advice was followed."""
import re

import pytest
from suites import INTEGRATIONS, SUITES, Suite, marked_line

LINE = marked_line("perl/lib/Shop.pm")
STALE = "nplus1: this allowance is needed by nothing:"
PROVE = ["prove", "-l", "-v"]


@pytest.fixture
def perl(build, tmp_path):
    return Suite(build, SUITES / "perl", tmp_path, PERL5LIB=INTEGRATIONS / "perl/lib")


def failed(output):
    return re.findall(r"^ *not ok \d+ - (.*)$", output, re.MULTILINE)


def failed_at(output):
    return re.findall(r"^ *# Failed test 'no N\+1 queries'\n *# at (\S+ line \d+)\.$", output, re.MULTILINE)


def test_the_subtests_that_have_a_loop_fail_at_its_line(perl):
    output, status = perl.run(*PROVE, "t/shop.t")
    assert status == 1
    assert failed(output) == ["no N+1 queries", "counts", "no N+1 queries", "inner", "outer", "no N+1 queries", "three statements"]
    assert failed_at(output) == [f"lib/Shop.pm line {LINE}"] * 2 + ["t/shop.t line 43"]
    assert output.count(f"# lib/Shop.pm:{LINE}: N+1, proven: 6 executions of\n") == 2
    assert "# 3 statements were executed, 2 are allowed" in output
    assert "in      t/shop.t > outer > inner: 6 executions" in output  # the report names the subtest
    assert STALE not in output and "Parse errors" not in output and "uninitialized" not in output


def test_a_file_is_a_scope_too(perl):
    output, status = perl.run(*PROVE, "t/file.t")
    assert status == 1
    assert failed(output) == ["no N+1 queries"] and failed_at(output) == [f"lib/Shop.pm line {LINE}"]
    assert "in      t/file.t: 6 executions" in output


def test_all_pass_when_the_advice_was_followed(perl):
    output, status = perl.run("prove", "-l", "t", SHOP_FIXED="1")
    assert status == 0, output
    assert re.findall(rf"# {STALE} (\S+): there are six", output) == ["t/shop.t:20", "t/shop.t:24"]


def test_without_the_agent_they_run_as_ever_and_say_how(perl):
    output, status = perl.run(*PROVE, "t", watched=False)
    assert status == 0
    assert output.count("# nplus1: run `nplus1 run -- prove` to watch for N+1 queries") == 2


def test_files_are_watched_as_they_are(perl):
    output, status = perl.run(*PROVE, "more/plain.t", HARNESS_PERL_SWITCHES="-MTest::NPlus1")
    assert status == 1 and failed(output) == ["no N+1 queries"] and failed_at(output) == [f"lib/Shop.pm line {LINE}"]
    assert " at /" not in output.partition("Test Summary")[0]  # nothing warns
    output, status = perl.run(*PROVE, "more/plain.t", SHOP_FIXED="1", HARNESS_PERL_SWITCHES="-MTest::NPlus1")
    assert status == 0, output


def test_a_subtest_that_dies_says_so_and_its_scope_ends(perl):
    output, status = perl.run(*PROVE, "more/plain.t", SHOP_DIES="1", HARNESS_PERL_SWITCHES="-MTest::NPlus1")
    assert status == 1 and "\nas ever\n" in output
    assert failed(output) == ['No tests run for subtest "dies"', "no N+1 queries"]
    assert output.count(f"# lib/Shop.pm:{LINE}: N+1, proven: 6 executions of\n") == 1  # the file's; that of the subtest is its own


def test_test2_alone_does(perl):
    output, status = perl.run(*PROVE, "more/test2.t")
    assert status == 1 and failed(output) == ["no N+1 queries", "counts"] and failed_at(output) == [f"lib/Shop.pm line {LINE}"]


def test_perl_is_told_what_fails(perl):
    output, status = perl.run(*PROVE, "t/file.t", NPLUS1_FAIL_ON="write_loop:proven")
    assert status == 0, output
    output, status = perl.run(*PROVE, "t/file.t", NPLUS1_FAIL_ON="n_plus_two")
    assert status == 1 and "'n_plus_two' is not a kind" in output
