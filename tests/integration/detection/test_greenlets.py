"""Greenlets that take turns whenever they wait for PostgreSQL (gevent with psycogreen): each has rows of its own."""
import pytest
from python_samples import PYTHON

HEAD = """
from gevent import monkey; monkey.patch_all()
from psycogreen.gevent import patch_psycopg; patch_psycopg()
import gevent, psycopg2
from gevent.queue import Queue

def query(connection, text, *values):
    cursor = connection.cursor()
    cursor.execute(text, values)
    return cursor.fetchall()

first = psycopg2.connect("")
first.cursor().execute("create table parents(id int, g int); create table children(p int, t text);"
                       "insert into parents select i, i / 10 from generate_series(0, 399) i;"
                       "insert into children select i, i::text from generate_series(0, 399) i")
first.commit()
pool = Queue()
for _ in range(4):
    pool.put(psycopg2.connect(""))
"""
A_LOOP_IN_EACH = HEAD + """
def work(g):
    connection = pool.get()
    for (key,) in query(connection, "select id from parents where g = %s", g):
        query(connection, "select t from children where p = %s", key)
    connection.commit()
    pool.put(connection)
gevent.joinall([gevent.spawn(work, g) for g in range(40)])
"""
ONE_FOR_EACH_ROW = HEAD + """
def work(key):
    connection = pool.get()
    query(connection, "select t from children where p = %s", key)
    connection.commit()
    pool.put(connection)
gevent.joinall([gevent.spawn(work, key) for (key,) in query(first, "select id from parents where g = 3 order by id")])
"""
ONE_QUESTION_EACH = HEAD + """
def work(g):
    connection = pool.get()
    query(connection, "select t from children where p = %s", 200 + g)
    connection.commit()
    pool.put(connection)
gevent.joinall([gevent.spawn(work, g) for g in range(3)])
"""


@pytest.fixture
def loops_of(build, server, tmp_path):
    """The findings of loops: (table, confidence, executions, parent's column)."""
    def run(program):
        (tmp_path / "program.py").write_text(program)
        result = build.run_watched([PYTHON, tmp_path / "program.py"], tmp_path / "recording.pb",
                                   **dict(server.variables, PGDATABASE=server.new_database()))
        assert (result.returncode, result.stderr) == (0, b""), result.stderr.decode()
        report = build.report(tmp_path / "recording.pb")
        texts = {group["id"]: group["statement"]["text"] for group in report["groups"]}
        return sorted((texts[finding["group"]].split()[3], finding["confidence"], finding["executions"], finding["parent_column"])
                      for finding in report["findings"] if finding["kind"] == "n_plus_one")
    return run


def test_the_loop_in_each_is_proven_and_nothing_by_the_rows_of_another(loops_of):
    found = loops_of(A_LOOP_IN_EACH)
    assert found[0] == ("children", "proven", 400, "id")
    assert all(confidence != "proven" for table, confidence, _, _ in found if table == "parents")  # g comes from range()


def test_one_for_each_row_is_explained_by_no_other_column(loops_of):
    # Whether ten small numbers prove it, and whether ten greenlets at four connections look like ten requests of a server, is up to the
    # order in which the server's answers wake them.
    for table, confidence, executions, column in loops_of(ONE_FOR_EACH_ROW):
        assert (table, executions) == ("children", 10) and (confidence, column) in (("proven", "id"), ("likely", None), ("likely", "id"))


def test_one_question_each_is_none(loops_of):
    assert loops_of(ONE_QUESTION_EACH) == []
