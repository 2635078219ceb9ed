"""Statements that another thread executes for a coroutine: they are counted under the line that awaits them."""
import subprocess

import pytest
from python_programs import HEAD, PYTHON, VERSION, program  # noqa: F401

AIOSQLITE = """\
import asyncio, aiosqlite, types
def run(main):
    async def connected():
        async with aiosqlite.connect(":memory:") as db:
            await db.executescript("CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER);"
                                   "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) INSERT INTO p SELECT i FROM n;")
            await main(db)
    asyncio.run(connected())
"""
ONE_CONNECTION = {
    "a cursor that is entered": """
        async def main(db):
            async with db.execute("SELECT id FROM p") as cursor:
                async for (i,) in cursor:
                    async with db.execute("SELECT * FROM c WHERE p = ?", (i,)) as inner:  # N: 40
                        await inner.fetchall()
        """,
    "a cursor that is awaited": """
        async def main(db):
            for i in range(40):
                cursor = await db.execute("SELECT * FROM c WHERE p = ?", (i,))  # N: 40
                await cursor.fetchall()
        """,
    "two functions with one statement": """
        async def first(db, i):
            return await db.execute_fetchall("SELECT * FROM c WHERE p = ?", (i,))  # N: 40
        async def second(db, i):
            return await db.execute_fetchall("SELECT * FROM c WHERE p = ?", (i,))  # N: 20
        async def main(db):
            for i in range(40):
                await first(db, i)
                if i % 2: await second(db, i)
        """,
    "an asynchronous generator": """
        async def rows(db):
            for i in range(40):
                yield await db.execute_fetchall("SELECT * FROM c WHERE p = ?", (i,))  # N: 40
        async def main(db):
            assert len([row async for row in rows(db)]) == 40
        """,
    "a generator that is a coroutine": """
        @types.coroutine
        def load(db, i):
            return (yield from db.execute_fetchall("SELECT * FROM c WHERE p = ?", (i,)).__await__())  # N: 40
        async def main(db):
            for i in range(40): await load(db, i)
        """,
    "tasks that are gathered": """
        async def load(db, i):
            return await db.execute_fetchall("SELECT * FROM c WHERE p = ?", (i,))  # N: 40
        async def main(db):
            await asyncio.gather(*(load(db, i) for i in range(40)))
        """,
    "coroutines more than are told": """
        async def deep(db, i, depth):
            if depth: return await deep(db, i, depth - 1)
            return await db.execute_fetchall("SELECT id FROM p WHERE id = ?", (i,))
        async def main(db):
            for i in range(40):
                await deep(db, i, 90)
                await db.execute_fetchall("SELECT * FROM c WHERE p = ?", (i,))  # N: 40
        """,
}


@pytest.fixture
def on_aiosqlite(program):
    if subprocess.run([PYTHON, "-c", "import aiosqlite"], capture_output=True).returncode:
        pytest.skip(f"{PYTHON} has no aiosqlite")

    return lambda text: program(text, head=AIOSQLITE, tail="run(main)\n")


@pytest.mark.parametrize("text", ONE_CONNECTION.values(), ids=ONE_CONNECTION)
def test_a_connections_thread_is_told_at_the_line_that_awaits_it(on_aiosqlite, text):
    run = on_aiosqlite(text)
    assert run.by_line() == run.expected()


def test_what_is_given_up_meanwhile_is_counted_all_the_same(on_aiosqlite):
    run = on_aiosqlite("""
        async def load(db, i):
            await db.execute_fetchall("SELECT * FROM c WHERE p = ?", (i,))  # N: 40
        async def main(db):
            for i in range(40):
                task = asyncio.ensure_future(load(db, i))
                await asyncio.sleep(0)
                if i % 2: task.cancel()
                await asyncio.wait([task])
            await db.commit()
        """)
    awaited = [group for group in run.groups if any(frame["in_app"] for frame in group["stack"])]
    assert sum(group["executions"] for group in run.groups) == 40
    assert 20 <= sum(group["executions"] for group in awaited) <= 40


def test_who_awaits_is_told_outwards_to_the_task(on_aiosqlite):
    run = on_aiosqlite("""
        async def load(db, i):
            return await db.execute_fetchall("SELECT * FROM c WHERE p = ?", (i,))
        async def page(db):
            for i in range(40):
                await load(db, i)  # N: 40
        async def main(db):
            await asyncio.ensure_future(page(db))
        """)
    assert run.by_line(depth=1) == run.expected()
    [group] = run.groups
    assert [frame["function"] for frame in group["stack"] if frame["in_app"]][:3] == ["load", "page", "main"]
    assert "_bootstrap" not in str(group["stack"])


POOL = HEAD + """
import asyncio
from concurrent.futures import ThreadPoolExecutor
def run(main):
    async def begun():
        with ThreadPoolExecutor(1) as pool:
            await asyncio.get_running_loop().run_in_executor(pool, int)  # the thread begins
            await main(lambda *call: asyncio.get_running_loop().run_in_executor(pool, *call))
    asyncio.run(begun())
"""
POOLS = {
    "a method of the database's": """
        async def main(call):
            for i in range(40):
                await call(db.execute, "SELECT * FROM c WHERE p = ?", (i,))  # N: 40
        """,
    "shielded": """
        async def main(call):
            for i in range(40):
                await asyncio.shield(call(db.execute, "SELECT * FROM c WHERE p = ?", (i,)))  # N: 40
        """,
    "gathered": """
        async def main(call):
            await asyncio.gather(*(
                call(db.execute, "SELECT * FROM c WHERE p = ?", (i,)) for i in range(40)))  # N: 40
        """,
    "a function of the program's": """
        def load(i):
            return db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        async def main(call):
            for i in range(40): await call(load, i)
        """,
    "both in turns, at several depths": """
        def load(i):
            return db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 60
        def deeper(i):
            return load(i)
        async def main(call):
            for i in range(40):
                await call(load, i)
                await call(db.execute, "SELECT * FROM c WHERE p = ?", (i,))  # N: 40
                if i % 2: await call(deeper, i)
                await call(db.execute, "SELECT * FROM c WHERE p = ?", (i,))  # N: 40
        """,
    "nobody who awaits it": """
        async def main(call):
            for i in range(40):
                call(db.execute, "SELECT id FROM p WHERE id = ?", (i,))
                await call(db.execute, "SELECT * FROM c WHERE p = ?", (i,))  # N: 40
        """,
}


@pytest.mark.parametrize("text", POOLS.values(), ids=POOLS)
def test_a_pools_thread_is_told_at_the_line_that_awaits_it(program, text):
    run = program(text, head=POOL, tail="run(main)\n")
    lines = run.by_line()
    if text is POOLS["gathered"]:  # since 3.8 the interpreter says where a call of several lines begins
        [(line, count)] = lines.items()
        assert count == 40 and run.lines[line - 1].lstrip().startswith(("await asyncio.gather", "call("))
    else:
        assert lines == run.expected()


IN_CONTEXT = """
        def load(i):
            return db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()
        async def main(call):
            for i in range(40):
                await asyncio.to_thread(load, i)  # N: 40
        """
CALLED_FROM_A_THREAD = """
        from anyio.from_thread import start_blocking_portal
        async def load(i):
            await asyncio.sleep(0)
            return db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()
        with start_blocking_portal() as portal:
            for i in range(40):
                portal.call(load, i)  # N: 40
        async def main(call):
            pass
        """


@pytest.mark.skipif(VERSION[:2] < (3, 9), reason="asyncio.to_thread came with 3.9")
def test_who_awaits_a_function_in_a_thread_is_told_behind_it(program):
    """But perhaps of the first calls: who has just begun a thread for one, and goes on to wait for it, does not wait yet."""
    run = program(IN_CONTEXT, head=POOL, tail="run(main)\n")
    group = max(run.groups, key=lambda group: group["executions"])
    own = [(frame["function"], frame["line"]) for frame in group["stack"] if frame["in_app"]]
    [line] = run.expected()
    assert sum(group["executions"] for group in run.groups) == 40 and group["executions"] >= 37
    assert (own[0][0], own[1][1]) == ("load", line)


def test_who_calls_into_the_loop_of_another_thread_is_told_behind_what_it_does(program):
    """Also where that one is still on the way from handing a call on to waiting for it: its frames are read until they stand still."""
    if subprocess.run([PYTHON, "-c", "import anyio.from_thread"], capture_output=True).returncode:
        pytest.skip(f"{PYTHON} has no anyio")
    run = program(CALLED_FROM_A_THREAD, head=POOL, tail="run(main)\n")
    [line] = run.expected()
    told = [group["executions"] for group in run.groups if any(frame["line"] == line for frame in group["stack"])]
    assert sum(group["executions"] for group in run.groups) == 40 and len(told) == 1 and told[0] >= 39


def test_a_function_of_what_pip_put_into_a_folder_of_any_name(program, tmp_path, monkeypatch):
    """pip install --target bundle, and the archive of a cloud function, in which the program's own files stand beside."""
    for name in "orm", "mine":
        (tmp_path / "bundle" / name).mkdir(parents=True)
        (tmp_path / "bundle" / name / "load.py").write_text("""\
def load(db, i):
    return db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()
""")
    record = tmp_path / "bundle" / "Orm-2.1.dist-info" / "RECORD"
    record.parent.mkdir()
    record.write_text("orm/load.py,sha256=x,1\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "bundle"))
    run = program("""
        import mine.load, orm.load
        async def main(call):
            for i in range(40):
                await call(orm.load.load, db, i)  # N: 40
            for i in range(20):
                await call(mine.load.load, db, i)
        """, head=POOL, tail="run(main)\n")
    assert run.by_line() == {**run.expected(), 2: 20}
    [own] = [group for group in run.groups if group["executions"] == 20]
    assert own["location"]["file"] == str(tmp_path / "bundle/mine/load.py")


@pytest.mark.skipif(VERSION[:2] != (3, 11), reason="frames of greenlets are read on CPython 3.11 alone")
def test_a_greenlet_of_sqlalchemy_on_aiosqlite_is_told_at_its_own_line(on_aiosqlite, build, tmp_path):
    script = tmp_path / "shop.py"
    script.write_text("""\
import asyncio
from sqlalchemy import Column, ForeignKey, Integer, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import declarative_base, relationship
Base = declarative_base()
class Parent(Base):
    __tablename__ = "p"
    id = Column(Integer, primary_key=True)
    children = relationship("Child")
class Child(Base):
    __tablename__ = "c"
    id = Column(Integer, primary_key=True)
    p = Column(ForeignKey("p.id"))
def lazily(session):
    return sum(len(parent.children) for parent in session.execute(select(Parent)).scalars())  # in a greenlet
async def main():
    engine = create_async_engine("sqlite+aiosqlite://")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncSession(engine) as session:
        session.add_all(Parent(id=i, children=[Child(), Child()]) for i in range(1, 41))
        await session.commit()
    async with AsyncSession(engine) as session:
        assert await session.run_sync(lazily) == 80
    async with AsyncSession(engine) as session:
        for parent in (await session.execute(select(Parent))).scalars():
            await session.execute(select(Child).where(Child.p == parent.id))  # in a coroutine
    await engine.dispose()
asyncio.run(main())
""")
    run = build.run_watched([PYTHON, script], tmp_path / "recording.pb")
    assert (run.returncode, run.stderr) == (0, b"")
    loops = [finding for finding in build.report(tmp_path / "recording.pb")["findings"] if finding["kind"] == "n_plus_one"]
    lines = script.read_text().splitlines()
    assert {(lines[loop["location"]["line"] - 1].rpartition("# ")[2], loop["confidence"], loop["executions"]) for loop in loops} == {
        ("in a greenlet", "proven", 40), ("in a coroutine", "proven", 40)}
