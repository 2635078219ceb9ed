"""Suites of RSpec and minitest under the real runners: which tests fail, where, and that they pass when the advice was followed."""
import re

import pytest
from suites import INTEGRATIONS, SUITES, Suite, marked_line

LINE = marked_line("rspec/shop.rb")
RSPEC = ["rspec", "--no-color"]
MINITEST = ["ruby", "test_shop.rb", "--seed", "1"]
STALE = "nplus1: this allowance is needed by nothing:"


@pytest.fixture
def rspec(build, tmp_path):
    return Suite(build, SUITES / "rspec", tmp_path, RUBYLIB=INTEGRATIONS / "ruby/lib")


@pytest.fixture
def minitest(build, tmp_path):
    return Suite(build, SUITES / "minitest", tmp_path, RUBYLIB=INTEGRATIONS / "ruby/lib")


def failed_examples(output):
    return sorted(re.findall(r"^rspec \S+ # (.*)$", output, re.MULTILINE))


def failed_tests(output):
    return sorted(re.findall(r"^Failure:\n(\S.*?) \[", output, re.MULTILINE))


def test_rspec_fails_the_examples_that_have_a_loop_at_its_line(rspec):
    output, status = rspec.run(*RSPEC)
    assert status == 1
    assert failed_examples(output) == ["Shop counts", "Shop fails as ever"]
    assert "Failure/Error: customers.map { |customer| customer.orders" in output  # RSpec shows the loop's source
    assert f"\n     # shop.rb:{LINE}:in `counts'\n" in output
    assert output.count(f"shop.rb:{LINE}: N+1, proven: 6 executions of") == 1  # what failed already says so alone
    assert "in      spec/shop_spec.rb:4 Shop counts: 6 executions" in output  # the report names the example
    assert STALE not in output and "/lib/nplus1/" not in output.partition("Failed examples")[0]


def test_rspec_passes_when_the_advice_was_followed(rspec):
    output, status = rspec.run(*RSPEC, SHOP_FIXED="1")
    assert status == 0 and "7 examples, 0 failures" in output, output
    assert re.findall(rf"{STALE} (\S+): there are six", output) == [f"spec/shop_spec.rb:{line}" for line in (17, 20, 29)]


def test_rspec_without_the_agent_runs_as_ever_and_says_how(rspec):
    output, status = rspec.run(*RSPEC, "-e", "counts", watched=False)
    assert status == 0
    assert "nplus1: run `nplus1 run -- rspec` to watch for N+1 queries" in output


def test_rspecs_limits_and_marks(rspec):
    output, status = rspec.run(*RSPEC, "spec/more.rb")
    assert status == 1
    assert failed_examples(output) == ["Shop executes three statements", "Shop fails on more"]
    assert re.search(r"NPlus1::NPlusOne:\n\s+\d+ statements were executed, 2 are allowed", output)
    assert re.findall(rf"{STALE} (.*)", output) == ["spec/more.rb:12: it had a loop once"]
    assert "5 examples, 2 failures, 1 pending" in output


def test_rspec_is_told_what_fails(rspec):
    output, status = rspec.run(*RSPEC, "-e", "counts", NPLUS1_FAIL_ON="write_loop:proven")
    assert status == 0, output
    output, status = rspec.run(*RSPEC, "-e", "counts", NPLUS1_FAIL_ON="n_plus_two")
    assert status == 1 and "'n_plus_two' is not a kind" in output and "Shop counts" not in output


def test_minitest_fails_the_tests_that_have_a_loop_at_its_line(minitest):
    output, status = minitest.run(*MINITEST)
    assert status == 1
    assert failed_tests(output) == ["TestShop#test_counts", "TestShop#test_three_statements", "a shop#test_0001_counts"]
    assert output.count(f"rspec/shop.rb:{LINE}]:\n") == 2  # where minitest says that it failed
    assert output.count(f"rspec/shop.rb:{LINE}: N+1, proven: 6 executions of") == 2
    assert "3 statements were executed, 2 are allowed" in output
    assert "7 runs, 3 assertions, 3 failures, 0 errors, 1 skips" in output
    assert "in      a shop#test_0001_counts: 6 executions" in output
    assert STALE not in output


def test_minitest_passes_when_the_advice_was_followed(minitest):
    output, status = minitest.run(*MINITEST, SHOP_FIXED="1")
    assert status == 0, output
    assert re.findall(rf"{STALE} (\S+): there are six", output) == ["test_shop.rb:19", "test_shop.rb:22"]


def test_minitest_without_the_agent_runs_as_ever_and_says_how(minitest):
    output, status = minitest.run(*MINITEST, watched=False)
    assert status == 0 and "7 runs, 3 assertions, 0 failures" in output
    assert "nplus1: run `nplus1 run -- ruby ...`" in output


def test_minitest_is_told_what_fails(minitest):
    output, status = minitest.run(*MINITEST, NPLUS1_FAIL_ON="write_loop:proven")
    assert failed_tests(output) == ["TestShop#test_three_statements"]
    output, status = minitest.run(*MINITEST, NPLUS1_FAIL_ON="n_plus_one:sure")
    assert status == 1 and "'n_plus_one:sure' is not a kind" in output and " runs," not in output


def test_minitest_in_threads(build, tmp_path):
    (tmp_path / "test_threads.rb").write_text("""
require "minitest/autorun"
require "nplus1/minitest"
require "sqlite3"
class Threads < Minitest::Test
  parallelize_me!
  def database
    SQLite3::Database.new(":memory:").tap do |database|
      database.execute("create table a(id integer primary key)")
      6.times { |i| database.execute("insert into a values (?)", [7 * i + 3]) }
    end
  end
  4.times do |i|
    define_method("test_loop_#{i}") do
      opened = database
      opened.execute("select id from a").each { |(id)| sleep 0.01; opened.execute("select * from a where id = ?", [id]) } # N+1 here
    end
    define_method("test_fine_#{i}") { 3.times { database.execute("select id from a"); sleep 0.01 } }
  end
end
""")
    suite = Suite(build, tmp_path, tmp_path, RUBYLIB=INTEGRATIONS / "ruby/lib", MT_CPU="4", N="4")
    output, status = suite.run("ruby", "test_threads.rb")
    assert status == 1
    assert failed_tests(output) == [f"Threads#test_loop_{i}" for i in range(4)]
    assert len(re.findall(r"^test_threads.rb:16: N\+1, ", output, re.MULTILINE)) == 4
