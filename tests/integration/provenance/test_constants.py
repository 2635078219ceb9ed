"""Values that are the same in many executions before they change."""
import pytest
from python_samples import PYTHON

TABLES = """
import sqlite3
db = sqlite3.connect(":memory:")
db.executescript("create table p(id integer primary key, k, same); create table c(k, kind, v);")
db.executemany("insert into p values (?, ?, 7)", [(i, 500 + i * 37 % 101) for i in range(1, 41)])
db.executemany("insert into c values (?, 7, 'v')", [(i,) for i in range(500, 601)])
def child(k):
    return db.execute("select v from c where k = ? and kind = ?", (k, 7)).fetchall()
"""
SCENES = {  # name: (program, executions, of which the parent's column has the value, of how many that it could have had)
    # What is looked for twenty times explains nothing, so it says nothing against the rows that come then.
    "a_key_of_its_own_first": ("""
for i in range(60):
    if i == 20:
        rows = db.execute("select k from p").fetchall()
    child(99 if i < 20 else rows[i - 20][0])
""", 60, 40, 42),
    "a_key_of_the_rows_first": ("""
rows = db.execute("select k, same from p").fetchall()
for row in [rows[0]] * 20 + rows:
    child(row[0])
""", 60, 60, 60),
    "a_constant_beside_the_key": ("""
for k, _ in db.execute("select k, same from p").fetchall():
    child(k)
""", 40, 40, 40),
}


@pytest.mark.parametrize("scene", SCENES)
def test_what_never_changes_says_nothing(build, tmp_path, scene):
    program, executions, matched, searched = SCENES[scene]
    run = build.run_watched([PYTHON, "-B", "-c", TABLES + program], tmp_path / "recording.pb")
    assert (run.returncode, run.stderr) == (0, b""), run.stderr.decode()
    [finding] = [f for f in build.report(tmp_path / "recording.pb")["findings"] if f["kind"] == "n_plus_one"]
    assert (finding["confidence"], finding["parent_column"], finding["executions"]) == ("proven", "k", executions)
    assert (finding["evidence"]["matched"], finding["evidence"]["searched"]) == (matched, searched)
