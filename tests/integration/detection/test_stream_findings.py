"""What the agent says at the end of a recording is what the report says of it: they judge by one rule, and by the same evidence."""
import sqlite3

import pytest
from golden.outputs import SYSTEMS, samples, sizes_of
from stream import Stream, differences

SAMPLES = [(name, system) for system in SYSTEMS for name in samples(system)]


@pytest.mark.parametrize("name, system", SAMPLES, ids=[f"{name}-{system}" for name, system in SAMPLES])
def test_of_each_sample(build, request, tmp_path, name, system):
    variables = request.getfixturevalue("server").variables if system == "postgresql" else {}
    recording = tmp_path / "recording.pb"
    run = build.run_watched([build.sample(name, system), *sizes_of(name)], recording, **variables)
    assert (run.returncode, run.stderr) == (0, b"")
    report = build.report(recording)
    assert list(differences(recording, report)) == []
    assert report["findings"] or not name.endswith("_lazy")


THREADS = """
import sqlite3, sys, threading
barrier = threading.Barrier(8)
def ask(key):
    db = sqlite3.connect(sys.argv[1])
    db.execute("SELECT v FROM t WHERE id = ?", (key,)).fetchall()
    barrier.wait()
threads = [threading.Thread(target=ask, args=(key,)) for key in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
TAKEN_BACK = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
def ask(text, values):
    db.execute(text, values).fetchall()
for i in range(int(sys.argv[2])):
    ask("SELECT v FROM t WHERE id IN (?, ?)" if i >= 5 else "SELECT v FROM t WHERE id IN (?)", (i, 99)[:2 if i >= 5 else 1])
"""


def run(build, tmp_path, program, *words):
    database, recording = tmp_path / "t.db", tmp_path / "recording.pb"
    with sqlite3.connect(database) as db:
        db.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v)")
    result = build.run_watched(["/usr/bin/python3", "-c", program, database, *words], recording)
    assert (result.returncode, result.stderr) == (0, b"")
    return recording, build.report(recording)


def test_what_threads_see_adds_up(build, tmp_path):
    """No thread asks often enough by itself."""
    recording, report = run(build, tmp_path, THREADS)
    assert list(differences(recording, report)) == []
    assert findings_of(recording) == [{("n_plus_one", "possible"): 1}]


def findings_of(recording):
    return [dict(counter) for counter in Stream(recording.read_bytes()).findings.values()]


def test_what_no_longer_holds_is_taken_back(build, tmp_path):
    """Five keys one by one are a loop; what follows are batches, and most of it in the end."""
    (tmp_path / "few").mkdir()
    recording, report = run(build, tmp_path / "few", TAKEN_BACK, 5)
    assert findings_of(recording) == [{("n_plus_one", "likely"): 1}]
    recording, report = run(build, tmp_path, TAKEN_BACK, 40)
    assert report["findings"] == [] and findings_of(recording) == []
    dump = build.view("dump", recording).stdout.decode()
    assert "kind=KIND_N_PLUS_ONE" in dump and "kind=KIND_UNKNOWN" in dump
