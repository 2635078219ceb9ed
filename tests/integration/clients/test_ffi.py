"""Programs that find the library's functions by name: ctypes, and psycopg 3, which is built on it."""
import subprocess
import sys

import pytest
from conftest import ROOT

PYTHON = "/usr/bin/python3"

SQLITE = '''
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
db, stmt = ctypes.c_void_p(), ctypes.c_void_p()
assert library.sqlite3_open(b":memory:", ctypes.byref(db)) == 0
def run(sql):
    assert library.sqlite3_exec(db, sql, None, None, None) == 0
def lookup(number):
    assert library.sqlite3_bind_int(stmt, 1, number) == 0
    assert library.sqlite3_step(stmt) == 100  # here
    assert library.sqlite3_column_int(stmt, 0) == number
    assert library.sqlite3_step(stmt) == 101
    assert library.sqlite3_reset(stmt) == 0
run(b"CREATE TABLE t (a); INSERT INTO t VALUES (1)")
assert library.sqlite3_prepare_v2(db, b"SELECT ?", -1, ctypes.byref(stmt), None) == 0
for number in range(25):
    lookup(number)
assert library.sqlite3_finalize(stmt) == 0
assert library.sqlite3_close(db) == 0
'''

# What the module sqlite3 runs is another copy's, when the argument names one.
BOTH = SQLITE + '''
import sqlite3
other = sqlite3.connect(":memory:")
for number in range(7):
    assert other.execute("SELECT ? + 1", (number,)).fetchall() == [(number + 1,)]
'''

PSYCOPG = '''
import sys, psycopg
assert psycopg.pq.__impl__ == "python"
with psycopg.connect(sys.argv[1]) as connection:
    def lookup(number):
        return connection.execute("SELECT %s::int", (number,)).fetchall()  # here
    for number in range(20):
        assert lookup(number) == [(number,)]
'''

LIBPQ = '''
import ctypes, sys
library = ctypes.CDLL(sys.argv[2])
library.PQconnectdb.restype = library.PQexec.restype = ctypes.c_void_p
connection = ctypes.c_void_p(library.PQconnectdb(sys.argv[1].encode()))
assert library.PQstatus(connection) == 0
def lookup(number):
    result = ctypes.c_void_p(library.PQexec(connection, b"SELECT %d" % number))  # here
    assert library.PQntuples(result) == 1
    library.PQclear(result)
for number in range(20):
    lookup(number)
library.PQfinish(connection)
'''


BOTH_LIBPQ = '''
import ctypes, sys
def connect(name):
    library = ctypes.CDLL(name)
    library.PQconnectdb.restype = library.PQexec.restype = ctypes.c_void_p
    library.PQgetvalue.restype = ctypes.c_char_p
    connection = ctypes.c_void_p(library.PQconnectdb(sys.argv[1].encode()))
    assert library.PQstatus(connection) == 0
    def select(number):
        result = ctypes.c_void_p(library.PQexec(connection, b"SELECT %d" % number))
        value = library.PQgetvalue(result, 0, 0)
        assert value == b"%d" % number, value
        library.PQclear(result)
    return select
copies = [connect(name) for name in sys.argv[2:]]
for number in range(20):
    for select in copies:
        select(number)
'''


def library_under_another_name(name, folder):
    """As wheels carry their libraries: a private copy whose SONAME is its own."""
    stem, dot, rest = name.partition(".")
    target = folder / f"{stem[:-1]}9{dot}{rest}"
    path, = {line.split()[-1] for line in subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True).stdout.splitlines()
             if line.split()[0] == name and "x86-64" in line}
    subprocess.run([sys.executable, ROOT / "tests/programs/loading/copy_library.py", name, target.name, path, target], check=True)
    return target


def run_script(build, folder, script, *words, **variables):
    path = folder / "script.py"
    path.write_text(script)
    alone = build.run([PYTHON, "-B", path, *words], **variables)
    run = build.run_watched([PYTHON, "-B", path, *words], folder / "recording.pb", **variables)
    assert (alone.returncode, alone.stderr) == (0, b"")
    assert (run.returncode, run.stdout, run.stderr) == (0, alone.stdout, b"")
    return build.report(folder / "recording.pb")


def executions_at(report, function):
    return sum(group["executions"] for group in report["groups"] if group["location"] and group["location"]["function"] == function)


def check_line(report, script, function="lookup"):
    lines = {group["location"]["line"] for group in report["groups"] if group["location"]["function"] == function}
    assert lines == {1 + next(i for i, line in enumerate(script.splitlines()) if "# here" in line)}
    assert {frame["language"] for group in report["groups"] for frame in group["stack"]} == {"python"}


@pytest.mark.parametrize("copied", [False, True], ids=["system", "private"])
def test_sqlite_by_ctypes_is_counted_at_its_line(build, tmp_path, copied):
    library = library_under_another_name("libsqlite3.so.0", tmp_path) if copied else "libsqlite3.so.0"
    report = run_script(build, tmp_path, SQLITE, library)
    assert report["totals"]["executions"] == 2 + 25
    assert (report["totals"]["rows"], report["totals"]["errors"]) == (25, 0)
    assert (executions_at(report, "run"), executions_at(report, "lookup")) == (2, 25)
    check_line(report, SQLITE)


@pytest.mark.parametrize("copied", [False, True], ids=["system", "private"])
def test_ctypes_and_a_module_in_one_process_are_both_counted(build, tmp_path, copied):
    library = library_under_another_name("libsqlite3.so.0", tmp_path) if copied else "libsqlite3.so.0"
    report = run_script(build, tmp_path, BOTH, library)
    assert report["totals"]["executions"] == 2 + 25 + 7
    assert (executions_at(report, "lookup"), executions_at(report, "<module>")) == (25, 7)


def test_psycopg_is_counted_at_its_line(build, server, tmp_path):
    report = run_script(build, tmp_path, PSYCOPG, "dbname=postgres", **server.variables)
    assert executions_at(report, "lookup") == 1 + 20  # the first one begins a transaction
    assert report["totals"]["executions"] == 1 + 20 + 1
    check_line({"groups": [group for group in report["groups"] if group["location"]["function"] == "lookup"]}, PSYCOPG)


@pytest.mark.parametrize("copied", [False, True], ids=["system", "private"])
def test_libpq_by_ctypes_is_counted_at_its_line(build, server, tmp_path, copied):
    library = library_under_another_name("libpq.so.5", tmp_path) if copied else "libpq.so.5"
    report = run_script(build, tmp_path, LIBPQ, "dbname=postgres", library, **server.variables)
    assert (report["totals"]["executions"], report["totals"]["rows"]) == (20, 20)
    check_line(report, LIBPQ)


def test_two_copies_of_libpq_are_both_counted(build, server, tmp_path):
    report = run_script(build, tmp_path, BOTH_LIBPQ, "dbname=postgres", "libpq.so.5",
                        library_under_another_name("libpq.so.5", tmp_path), **server.variables)
    assert (report["totals"]["executions"], report["totals"]["rows"]) == (40, 40)
