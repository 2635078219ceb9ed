"""Code in sub-interpreters is counted under its own lines, and what runs outside of them is not disturbed."""
import textwrap

import pytest
from python_programs import VERSION, program  # noqa: F401

INTERPRETERS = """
try:
    import _interpreters as interpreters
except ImportError:  # before 3.13
    import _xxsubinterpreters as interpreters
"""


def test_a_sub_interpreter_does_not_disturb(program):
    run = program(INTERPRETERS + textwrap.dedent("""
        inner = interpreters.create()
        for i in range(10):
            interpreters.run_string(inner, "import sqlite3; sqlite3.connect(':memory:').execute('SELECT 1 AS c, %d' % " + str(i) + ")")
        for i in range(40):
            db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        interpreters.destroy(inner)
        for i in range(40):
            db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        """))
    assert run.by_line() == run.expected()
    assert run.report["totals"]["executions"] == 10 + 80 + 3


# Code of the interpreters inside has this file, too; what it does not share with the program it makes for itself.
INSIDE = """
if __name__ == "__main__" and not hasattr(sqlite3, "inside"):
    source = open(__file__).read()
    inside = "import sqlite3; sqlite3.inside = {0}\\nexec(compile({1!r}, {2!r}, 'exec'))"
"""


@pytest.mark.skipif(VERSION < (3, 10), reason="nothing tells there on whose stack an interpreter runs")
def test_loops_in_sub_interpreters_have_their_own_lines(program):
    run = program(INTERPRETERS + INSIDE + textwrap.dedent("""
        def first(n):
            for i in range(n):
                db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        def second(n):
            for i in range(n):
                db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 70
        def outer(n):
            for i in range(n):
                db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 60
        if hasattr(sqlite3, "inside"):
            sqlite3.inside == 1 and first(40)
            sqlite3.inside == 2 and second(70)
        else:
            ids = [interpreters.create(), interpreters.create()]
            outer(20)
            interpreters.run_string(ids[0], inside.format(1, source, __file__))
            outer(20)
            interpreters.run_string(ids[1], inside.format(2, source, __file__))
            outer(20)
        """))
    assert run.by_line() == run.expected()
    assert {group["location"]["function"] for group in run.groups} == {"first", "second", "outer"}


@pytest.mark.skipif(VERSION < (3, 10), reason="nothing tells there on whose stack an interpreter runs")
def test_threads_that_run_sub_interpreters_made_by_another_one(program):
    run = program(INTERPRETERS + INSIDE + textwrap.dedent("""
        def first(n):
            for i in range(n):
                db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 800
        def second(n):
            for i in range(n):
                db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 700
        def outer(n):
            for i in range(n):
                db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 600
        if hasattr(sqlite3, "inside"):
            sqlite3.inside == 1 and first(800)
            sqlite3.inside == 2 and second(700)
        else:
            ids = [interpreters.create(), interpreters.create()]
            import threading  # not inside: CPython 3.11 hangs then, agent or not
            threads = [threading.Thread(target=interpreters.run_string, args=(id, inside.format(number, source, __file__)))
                       for number, id in enumerate(ids, 1)]
            for thread in threads: thread.start()
            outer(600)
            for thread in threads: thread.join()
        """))
    assert run.by_line() == run.expected()
    assert {group["location"]["function"] for group in run.groups} == {"first", "second", "outer"}


def test_interpreters_that_come_and_go_meanwhile(program):
    run = program(INTERPRETERS + textwrap.dedent("""
        import threading
        def come_and_go():
            for _ in range(30):
                inner = interpreters.create()
                interpreters.run_string(inner, "x = 1")
                interpreters.destroy(inner)
        def work(own):
            for i in range(4000):
                own.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 8000
        thread = threading.Thread(target=come_and_go)
        thread.start()
        work(db)
        thread.join()
        work(db)
        """))
    assert run.by_line() == run.expected()
    assert len(run.groups) == 2  # by the line of their caller
