"""Threads and tasks that are at work at once, on a real server: each execution is counted under its own stack, and the sums are the server's.

All send the same text by one helper, so nothing but the stacks above it tells them apart.
"""
import postgresql
import pytest
from postgresql import calls_by_statement, executions_by_statement
from python_samples import needs_psycopg
from python_programs import Program

TASKS, THREADS = 200, 8
PARENTS = 4


def loops(counts, awaited=False):
    """Functions of which the one numbered k is called counts[k] times. A mark says how often its line sends the children's statement."""
    keyword, wait = ("async def", "await ") if awaited else ("def", "")
    return "".join(f"""
{keyword} loop_{k}(db):
    for (parent,) in {wait}parents(db):
        {wait}children(db, parent)  # N: {count * PARENTS}
""" for k, count in enumerate(counts))


HEAD = """\
import {driver} as driver
def ask(db, *statement):
    cursor = db.cursor()
    cursor.execute(*statement)
    return cursor.fetchall()
def parents(db):
    return ask(db, "SELECT id FROM p")
def children(db, parent):
    return ask(db, "SELECT id FROM c WHERE p = %s", (parent,))
"""
ASYNC_HEAD = """\
import asyncio, psycopg
waiting = most = 0
async def ask(db, *statement):
    global waiting, most
    waiting += 1
    most = max(most, waiting)
    cursor = await db.execute(*statement)
    waiting -= 1
    return await cursor.fetchall()
async def parents(db):
    return await ask(db, "SELECT id FROM p")
async def children(db, parent):
    return await ask(db, "SELECT id FROM c WHERE p = %s", (parent,))
"""


def new_database(server):
    name = server.new_database()
    server.sql(f"CREATE TABLE p AS SELECT i + 1000 AS id FROM generate_series(1, {PARENTS}) AS n(i);"
               f"CREATE TABLE c AS SELECT i + 5000 AS id, i % {PARENTS} + 1001 AS p FROM generate_series(1, 12) AS n(i)", name)
    return name


@pytest.fixture
def database(server):
    return new_database(server)


def check(build, server, database, run, counts):
    """Loops are told by the third of the script's own frames: those of the helpers come first."""
    assert run.by_line(depth=2) == run.expected()
    assert executions_by_statement(run.report) == calls_by_statement(build, server.calls(database))
    callers = {}
    caller_of = {group["id"]: [frame["function"] for frame in group["stack"] if frame["function"].startswith("loop_")]
                 for group in run.report["groups"]}
    for finding in run.findings:
        caller, = caller_of[finding["group"]]
        assert caller_of[finding["parent"]] == [caller] # the rows of the other loops' parents are the same
        callers[caller] = (finding["confidence"], finding["executions"], finding["distinct_values"])
    assert callers == {f"loop_{k}": ("proven", count * PARENTS, PARENTS) for k, count in enumerate(counts)}
    assert len(run.findings) == len(counts)


@pytest.mark.parametrize("driver", ("psycopg2", pytest.param("psycopg", marks=needs_psycopg)))
def test_eight_threads_are_counted_under_their_own_stacks(build, server, database, tmp_path, driver):
    counts = [10 * (k + 1) for k in range(THREADS)]
    run = Program(build, tmp_path, loops(counts) + f"""
import threading
together = threading.Barrier({THREADS})
def work(k):
    db = driver.connect("dbname={database}")
    db.autocommit = True
    together.wait()
    for _ in range({counts}[k]):
        globals()["loop_%d" % k](db)
threads = [threading.Thread(target=work, args=(k,)) for k in range({THREADS})]
for thread in threads: thread.start()
for thread in threads: thread.join()
""", head=HEAD.format(driver=driver), before_watching=server.forget_calls, **server.variables)
    check(build, server, database, run, counts)


@needs_psycopg
def test_two_hundred_tasks_of_one_thread_are_counted_under_their_own_stacks(build, tmp_path):
    counts = [TASKS // 8] * 8
    with postgresql.running_server(*postgresql.SETTINGS, f"max_connections={TASKS + 20}") as server:
        database = new_database(server)
        run = Program(build, tmp_path, loops(counts, awaited=True) + f"""
async def main():
    # One after the other: more at once than the server accepts are refused.
    connections = [await psycopg.AsyncConnection.connect("dbname={database}", autocommit=True) for _ in range({TASKS})]
    await asyncio.gather(*(globals()["loop_%d" % (i % 8)](db) for i, db in enumerate(connections)))
    print(most)
    for db in connections:
        await db.close()
asyncio.run(main())
""", head=ASYNC_HEAD, before_watching=server.forget_calls, **server.variables)
        assert int(run.run.stdout) == TASKS
        check(build, server, database, run, counts)


def test_two_hundred_tasks_of_many_threads_are_counted_under_their_own_stacks(build, server, database, tmp_path):
    counts = [TASKS // 8] * 8
    run = Program(build, tmp_path, loops(counts) + f"""
import asyncio, concurrent.futures, threading
own = threading.local()
def work(k):
    if not hasattr(own, "db"):
        own.db = driver.connect("dbname={database}")
        own.db.autocommit = True
    globals()["loop_%d" % k](own.db)
async def main():
    with concurrent.futures.ThreadPoolExecutor(16) as executor:
        await asyncio.gather(*(asyncio.get_running_loop().run_in_executor(executor, work, i % 8) for i in range({TASKS})))
asyncio.run(main())
""", head=HEAD.format(driver="psycopg2"), before_watching=server.forget_calls, **server.variables)
    check(build, server, database, run, counts)


@pytest.mark.parametrize("tasks", (2, 5, 100))
@pytest.mark.parametrize("turns", ("0", "task % 3"))
def test_tasks_that_take_turns_after_each_query_have_an_episode_each(build, tmp_path, tasks, turns):
    """All of them load their parents before the first child is loaded, and go back to them in turns."""
    children = 10
    run = Program(build, tmp_path, f"""
import asyncio
async def handle(task):
    parents = db.execute("SELECT id FROM p WHERE page = ?", (task,)).fetchall()
    await asyncio.sleep(0)
    for parent in parents:
        db.execute("SELECT id FROM c WHERE p = ?", parent).fetchall()  # N: {tasks * children}
        for _ in range(1 + {turns}):
            await asyncio.sleep(0)
async def main():
    await asyncio.gather(*(handle(task) for task in range({tasks})))
asyncio.run(main())
""", head=f"""\
import sqlite3
db = sqlite3.connect(":memory:")
db.executescript("CREATE TABLE p(id INTEGER PRIMARY KEY, page INTEGER); CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER)")
db.executemany("INSERT INTO p VALUES (?, ?)", ((100000 + 7 * i, i // {children}) for i in range({tasks * children})))
""")
    assert run.by_line() == run.expected()
    finding, = [finding for finding in run.findings if finding["confidence"] == "proven"]
    assert (finding["executions"], finding["episodes"], finding["max_per_episode"]) == (tasks * children, tasks, children)
    assert finding["evidence"].items() >= {"matches": tasks * children, "judged": tasks * children}.items()
