"""Two suites of others, the quick ones of `make transparency`: each test has the same result with the agent and without it."""
import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parent))
import results  # noqa: E402
import suite_table as suites  # noqa: E402
import table  # noqa: E402
from sources import Debian, Git, Unavailable  # noqa: E402
from transparency import compare, differences  # noqa: E402

QUICK = ("cpython-debian", "php-sqlite3")


@pytest.mark.parametrize("name", QUICK)
def test_a_suite_has_the_same_results_with_the_agent(build, name):
    try:
        row = compare(suites.find(name), build)
    except Unavailable as why:
        pytest.fail(str(why))
    assert row.differing == {}
    assert len(row.watched) >= suites.find(name).least
    assert row.executions > 0


def test_a_test_that_fails_otherwise_or_did_not_run_is_a_difference():
    one = {"a": "passed", "b": "failed: KeyError", "c": "passed", "d": "skipped"}
    other = {"a": "passed", "b": "failed: ValueError", "d": "passed", "e": "passed"}
    assert set(differences(one, other)) == {"b", "c", "d", "e"}
    assert differences(one, dict(one)) == {}


def test_what_tap_says_is_taken_in_by_file_and_number(tmp_path):
    path = tmp_path / "output"
    path.write_text("==== t/a.t\n1..4\nok 1 - x\nnot ok 2\nok 3 # skip no\nnot ok 4 - y # todo later\nexit status 256\n==== t/b.t\nok\nexit status 0\n")
    assert results.tap(path) == {"t/a.t 1": "passed", "t/a.t 2": "failed", "t/a.t 3": "skipped", "t/a.t 4": "passed",
                                 "t/a.t": "failed: exit status 256", "t/b.t 1": "passed", "t/b.t": "passed"}


def test_what_rspec_says_of_each_example(tmp_path):
    path = tmp_path / "output"
    examples = [("a b", "passed", None), ("a b", "pending", None), ("c", "failed", {"class": "PG::Error", "message": "no"})]
    path.write_text(json.dumps({"examples": [{"full_description": name, "status": status, **({"exception": why} if why else {})}
                                             for name, status, why in examples]}))
    assert results.rspec(path) == {"a b": "passed", "a b (2)": "skipped", "c": "failed: PG::Error"}


def test_what_tcltest_says_of_each_test(tmp_path):
    path = tmp_path / "output"
    path.write_text("++++ t-1.1 PASSED\n\n==== t-1.2 one, two FAILED\n==== Contents of test case:\n    x\n==== t-1.2 FAILED\n"
                    "++++ t-1.3 SKIPPED: win\n")
    assert results.tcltest(path) == {"t-1.1": "passed", "t-1.2": "failed", "t-1.3": "skipped"}


def test_what_sqlites_tests_say(tmp_path):
    path = tmp_path / "output"
    path.write_text("==== test/a.test\na-1.0... Ok\na-1.1...\n! a-1.1 expected: [1]\n! a-1.1 got:      [2]\na-1.2...\nError: no such table: t\n"
                    "a-1.3... Omitted\nexit status 1\n==== test/b.test\na-1.0... Ok\nexit status 0\n")
    assert results.sqlite_tests(path) == {
        "test/a.test a-1.0": "passed", "test/a.test a-1.1": "failed: another result", "test/a.test a-1.2": "failed: no such table: t",
        "test/a.test a-1.3": "skipped", "test/a.test": "failed: exit status 1", "test/b.test a-1.0": "passed", "test/b.test": "passed"}


def test_a_repository_is_taken_at_its_commit(tmp_path):
    def git(*words):
        return subprocess.run(["git", "-C", tmp_path / "made", "-c", "user.name=a", "-c", "user.email=a@b", *words], check=True, capture_output=True,
                              text=True).stdout.strip()
    (tmp_path / "made/tests").mkdir(parents=True)
    (tmp_path / "made/tests/one").write_text("old")
    (tmp_path / "made/other").write_text("")
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    commit = git("rev-parse", "HEAD")
    (tmp_path / "made/tests/one").write_text("new")
    git("commit", "-q", "-a", "-m", "two")
    tree = Git("made", "1", tmp_path / "made", commit, "tests").fetch(tmp_path / "folder")
    assert {path.relative_to(tree).as_posix(): path.is_dir() or path.read_text() for path in tree.rglob("*")} == {"tests": True, "tests/one": "old"}
    with pytest.raises(Unavailable):
        Git("made", "2", tmp_path / "nowhere", commit, "tests").fetch(tmp_path / "folder")


def test_a_run_writes_its_own_row_and_keeps_the_others(tmp_path, monkeypatch):
    document = tmp_path / "transparency.md"
    document.write_text(f"# Head\n\n{table.HEAD}\n{table.RULE}\n| A | 1 | 1 | 1 | 1 | 0 | 5 | `make transparency SUITE=a` |\n\nEnd\n")
    monkeypatch.setattr(table, "DOCUMENT", document)
    table.write(table.Row("b", "B", "2", {"t": "passed"}, {"t": "passed"}, {}, set(), 1234, 1.0), ["b", "a"])
    lines = document.read_text().splitlines()
    assert lines[4:6] == ["| B | 2 | 1 | 1, 0, 0 | 1, 0, 0 | 0 | 1,234 | `make transparency SUITE=b` |",
                          "| A | 1 | 1 | 1 | 1 | 0 | 5 | `make transparency SUITE=a` |"]
    assert lines[-1] == "End"


def test_a_source_that_is_nowhere_is_no_row(tmp_path, monkeypatch):
    monkeypatch.setattr("sources.apt", lambda *words, **more: type("Run", (), {"stdout": "", "stderr": ""}))
    monkeypatch.setattr(Debian, "candidates", lambda self, archives: ["1-1"])
    with pytest.raises(Unavailable):
        Debian("nothing", "1").fetch(tmp_path)
