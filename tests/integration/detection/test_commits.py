"""A write loop's time has the commits of its transactions: they are what it costs."""
import pytest
from python_samples import PYTHON

ROWS = 20
SQLITE = """
import sqlite3
connection = sqlite3.connect("shop.db")
connection.execute("create table log(id integer, t text)")
def write(i):
    connection.execute("insert into log values (?, 't')", (i,))
    connection.commit()
"""
LIBPQ = """
import psycopg2
connection = psycopg2.connect("")
connection.cursor().execute("create table log(id integer, t text)")
connection.commit()
def write(i):
    connection.cursor().execute("insert into log values (%s, 't')", (i,))
    connection.commit()
"""
IN_ONE_TEXT = """
import psycopg2
connection = psycopg2.connect("")
connection.autocommit = True
connection.cursor().execute("create table log(id integer, t text)")
def write(i):
    connection.cursor().execute("begin; insert into log values (%s, 't'); commit", (i,))
"""
READS = """
    connection.execute("begin") if hasattr(connection, "execute") else None
    read = connection.cursor()
    read.execute("select count(*) from log")
    read.fetchall()
    connection.commit()
"""
LOOP = f"""
for i in range({ROWS}):
    write(7 * i)
"""


@pytest.fixture
def seen_of(build, server, tmp_path):
    """The time of the commits in the loop's finding, its whole time, that of its statement, and of its commits by the place they are at."""
    def run(program):
        (tmp_path / "program.py").write_text(program)
        result = build.run_watched([PYTHON, tmp_path / "program.py"], tmp_path / "recording.pb", cwd=tmp_path,
                                   **dict(server.variables, PGDATABASE=server.new_database()))
        assert (result.returncode, result.stderr) == (0, b""), result.stderr.decode()
        report = build.report(tmp_path / "recording.pb")
        loop, = (finding for finding in report["findings"] if finding["kind"] == "write_loop")
        group, = (group for group in report["groups"] if group["id"] == loop["group"])
        commits = {group["location"]["line"]: group for group in report["groups"] if group["statement"]["text"] in ("commit", "commit transaction")}
        return loop["evidence"].get("commit_ns", 0), loop["time_ns"], group["time_ns"], commits, program.splitlines()
    return run


@pytest.mark.parametrize("program", [SQLITE, LIBPQ, IN_ONE_TEXT], ids=["sqlite", "libpq", "in one text"])
def test_the_commits_of_a_write_loop_are_its_own(seen_of, program):
    commit_ns, all_ns, own_ns, commits, lines = seen_of(program + LOOP)
    of_loop = [group for line, group in commits.items() if group["executions"] == ROWS]
    assert len(of_loop) == 1
    assert commit_ns == pytest.approx(of_loop[0]["time_ns"], abs=ROWS)  # each is rounded
    assert all_ns == own_ns + commit_ns and commit_ns > 0


@pytest.mark.parametrize("program", [SQLITE, LIBPQ], ids=["sqlite", "libpq"])
def test_what_ends_a_transaction_that_only_reads_is_not(seen_of, program):
    reads = "def read():" + READS.replace("connection.commit()", "connection.commit()  # of a read")
    commit_ns, _, _, commits, lines = seen_of(program + reads + LOOP + "    read()\n")
    of_writes = [group for line, group in commits.items() if group["executions"] == ROWS and "# of a read" not in lines[line - 1]]
    assert len(of_writes) == 1 and len(commits) >= 2
    assert commit_ns == pytest.approx(of_writes[0]["time_ns"], abs=ROWS)
