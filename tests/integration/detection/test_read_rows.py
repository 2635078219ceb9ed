"""Whether rows are read, where much else is read between two of them."""
import pytest
from python_samples import PYTHON

# Each row of the parent has so many children of three columns. Those of the first sixteen parents are watched themselves.
PROGRAM = """
import sqlite3, sys
children = int(sys.argv[1])
db = sqlite3.connect(":memory:")
db.executescript("create table p(id integer primary key, k); create table c(k, a, b, c); create index c_k on c(k)")
db.executemany("insert into p values (?, ?)", [(i, i * 37) for i in range(1, 401)])
db.executemany("insert into c values (?, ?, ?, ?)", [(i * 37, i, j, j) for i in range(1, 401) for j in range(children)])
def load():
    for _, k in db.execute("select id, k from p"):
        db.execute("select a, b, c from c where k = ?", (k,)).fetchall()
load()
"""


@pytest.mark.parametrize("children", [1, 40, 100])
def test_rows_that_are_read_are_not_called_unread(build, tmp_path, children):
    run = build.run_watched([PYTHON, "-B", "-c", PROGRAM, children], tmp_path / "recording.pb")
    assert (run.returncode, run.stderr) == (0, b""), run.stderr.decode()
    findings = [(f["kind"], f["confidence"], f["executions"]) for f in build.report(tmp_path / "recording.pb")["findings"]]
    assert findings == [("n_plus_one", "proven", 400)]
