"""Two suites of others, the quick ones of `make transparency`: each test has the same result with the agent and without it."""
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parent))
import results  # noqa: E402
import suite_table as suites  # noqa: E402
import table  # noqa: E402
from sources import Debian, Unavailable  # noqa: E402
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
