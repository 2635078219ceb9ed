"""NPLUS1_THRESHOLD with real SQLite: one value less than it says is nothing, as many are likely, and possible where no unit of work
holds them together."""
import pytest

PROGRAM = """
import sqlite3, sys
count, gap = int(sys.argv[1]), int(sys.argv[2])
db = sqlite3.connect(":memory:")
db.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v)")
for i in range(count):
    db.execute("SELECT v FROM t WHERE id = ?", (i,)).fetchall()
    for _ in range(gap):
        db.execute("SELECT 1 AS a").fetchall()
        db.execute("SELECT 2 AS b").fetchall()
"""
FAR_APART = 520  # pairs of other statements: more changes from one to another than a repeating pattern may have


def findings(build, tmp_path, count, gap=0, **variables):
    recording = tmp_path / "recording.pb"
    run = build.run_watched(["/usr/bin/python3", "-c", PROGRAM, str(count), str(gap)], recording, **variables)
    assert (run.returncode, run.stderr) == (0, b"")
    return [(finding["kind"], finding["confidence"], finding["executions"]) for finding in build.report(recording)["findings"]]


@pytest.mark.parametrize("threshold", (None, 2, 7, 40))
def test_as_many_values_as_it_says_are_likely_and_one_less_is_nothing(build, tmp_path, threshold):
    variables = {"NPLUS1_THRESHOLD": str(threshold)} if threshold else {}
    count = threshold or 5
    assert findings(build, tmp_path, count - 1, **variables) == []
    (tmp_path / "recording.pb").unlink()
    assert findings(build, tmp_path, count, **variables) == [("n_plus_one", "likely", count)]


@pytest.mark.parametrize("threshold", (2, 7))
def test_as_many_that_no_unit_of_work_holds_together_are_possible(build, tmp_path, threshold):
    variables = {"NPLUS1_THRESHOLD": str(threshold)}
    assert findings(build, tmp_path, threshold - 1, FAR_APART, **variables) == []
    (tmp_path / "recording.pb").unlink()
    assert findings(build, tmp_path, threshold, FAR_APART, **variables) == [("n_plus_one", "possible", threshold)]


FEW = """
import sqlite3
db = sqlite3.connect(":memory:")
db.executescript("CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p INTEGER); INSERT INTO p VALUES (1), (2), (3), (4), (5)")
for (i,) in db.execute("SELECT id FROM p").fetchall()[:2]:
    db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()
"""


def test_fewer_executions_than_the_threshold_are_told_as_a_hint_that_says_so(build, tmp_path):
    path = tmp_path / "recording.pb"
    assert build.run_watched(["/usr/bin/python3", "-c", FEW], path).returncode == 0
    finding, = build.report(path)["findings"]
    assert (finding["kind"], finding["confidence"], finding["executions"]) == ("n_plus_one", "likely", 2)
    text = build.view("report", path).stdout.decode()
    assert "1. N+1, likely: few executions so far, and their parameters stand in the rows of another statement\n" in text
