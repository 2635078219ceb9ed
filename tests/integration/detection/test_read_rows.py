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


# The children of the first execution give so many values that nobody sees which rows of it are read; of the second one none is.
TWICE = """
import ctypes
lib = ctypes.CDLL("libsqlite3.so.0")
def out(function, *arguments):
    handle = ctypes.c_void_p()
    assert function(*arguments, ctypes.byref(handle), *([None] if function == lib.sqlite3_prepare_v2 else [])) == 0
    return handle
db = out(lib.sqlite3_open, b":memory:")
series = b"with recursive n(i) as (select 1 union all select i + 1 from n where i < %d) select i, i * 37 from n"
rows, children = (out(lib.sqlite3_prepare_v2, db, series % count, -1) for count in (300, 400))
def step(statement):
    return lib.sqlite3_step(statement) == 100
for execution in range(2):
    number = 0
    while step(rows):
        number += 1
        if execution == 0:
            lib.sqlite3_column_int64(rows, 0), lib.sqlite3_column_int64(rows, 1)
            while number > 16 and step(children):
                lib.sqlite3_column_int64(children, 0)
            lib.sqlite3_reset(children)
    lib.sqlite3_reset(rows)
"""


def test_an_execution_after_one_that_was_lost_sight_of_is_watched(build, tmp_path):
    run = build.run_watched([PYTHON, "-B", "-c", TWICE], tmp_path / "recording.pb")
    assert (run.returncode, run.stderr) == (0, b""), run.stderr.decode()
    findings = [(f["kind"], f["executions"]) for f in build.report(tmp_path / "recording.pb")["findings"]]
    assert ("unused_rows", 2) in findings
