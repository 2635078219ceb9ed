"""Whatever a Python program's control flow: its executions are counted under the lines that asked for them."""
import json
import os
import re
import textwrap
from collections import Counter

import pytest
from python_programs import HEAD, PYTHON, VERSION, program  # noqa: F401

CONTROL_FLOW = {
    "a for loop": """
        for (i,) in db.execute("SELECT id FROM p"):
            db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        """,
    "a call over several lines": """
        for (i,) in db.execute("SELECT id FROM p"):
            rows = (
                db.cursor()%s
                  .execute(%s
                      "SELECT * FROM c WHERE p = ?",
                      (i,),
                  )
            ).fetchall()
        """ % (("  # N: 40", "") if VERSION < (3, 10) else ("", "  # N: 40")),  # as the interpreter's own tracebacks
    "a list comprehension": """
        x = [
            db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
            for (i,) in db.execute("SELECT id FROM p")
        ]
        """,
    "a generator and its expression": """
        def rows():
            for (i,) in db.execute("SELECT id FROM p"):
                yield db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        sum(len(r) for r in rows())
        sum(len(r) for r in (
            db.execute("SELECT * FROM c WHERE id > ?", (i,)).fetchall()  # N: 40
            for i in range(40)))
        """,
    "a decorator": """
        import functools
        def twice(f):
            @functools.wraps(f)
            def wrapper(*a):
                f(*a)
                return f(*a)
            return wrapper
        @functools.lru_cache(None)
        @twice
        def load(i):
            return db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 80
        for i in range(40): load(i); load(i)
        """,
    "a lambda in map": """
        f = lambda i: \\
            db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        list(map(f, range(40)))
        """,
    "properties, __getitem__ and __getattr__, which the interpreter adapts while they run": """
        class Rows:
            def __getitem__(self, i):
                return db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 100
            @property
            def all(self):
                return db.execute("SELECT * FROM c WHERE id = ?", (self.i,)).fetchall()  # N: 100
            def __getattr__(self, name):
                return db.execute("SELECT p FROM c WHERE id = ?", (name,)).fetchall()  # N: 100
            def __call__(self, i):
                return db.execute("SELECT id FROM c WHERE id = ?", (i,)).fetchall()  # N: 100
        def loop(r):
            for i in range(100):
                r[i]
                r.i = i
                r.all
                getattr(r, "x%d" % i)
                r(i)
        loop(Rows())
        """,
    "exceptions and finally": """
        def load(i):
            try:
                raise KeyError(i)
            except KeyError:
                try:
                    return db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
                finally:
                    db.execute("SELECT id FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        for i in range(40): load(i)
        """,
    "a recursion": """
        def walk(i):
            rows = db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
            if i < 40:
                walk(i + 1)
        walk(1)
        """,
    "names beyond ASCII": """
        class Größe:
            def 日本語(self, i):
                return db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        for i in range(40): Größe().日本語(i)
        """,
    "a function that runs in a greenlet": """
        import greenlet
        def work(i):
            parent.switch(i)
            return db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        parent = greenlet.getcurrent()
        green = [greenlet.greenlet(work) for i in range(40)]
        for i, g in enumerate(green): g.switch(i)
        for g in green: g.switch()
        """,
    "functions in greenlets that take turns": """
        import greenlet
        def ask(i):
            parent.switch()
            return db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 120
        def work_a():
            for i in range(40):
                ask(i)
        def work_b():
            for i in range(40):
                db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
                parent.switch()
                [ask(i) for i in (i, i)]
        parent = greenlet.getcurrent()
        green = [greenlet.greenlet(work) for work in (work_a, work_b)]
        while not all(g.dead for g in green):
            for g in green:
                g.switch()
        """,
    "what only has the name of a driver of greenlets, with greenlets that are new, at work and over": """
        import greenlet
        def greenlet_spawn(*several):
            first, nothing, context = several[0], None, several[-1]
            db.execute("SELECT * FROM c WHERE p = ?", (1,)).fetchall()  # N: 80
        def work(): parent.switch()
        def at_work(): greenlet_spawn(greenlet.getcurrent())
        parent = greenlet.getcurrent()
        over = greenlet.greenlet(work)
        over.switch(), over.switch()
        for i in range(20):
            greenlet_spawn(i, greenlet.greenlet(work))
            greenlet_spawn("x", over)
            greenlet_spawn(parent, parent)
            greenlet.greenlet(at_work).switch()
        """,
    "dict, set and nested comprehensions": """
        x = {
            i: db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
            for (i,) in db.execute("SELECT id FROM p")
        }
        y = {
            len(db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall())  # N: 40
            for (i,) in db.execute("SELECT id FROM p")
        }
        z = [
            [
                db.execute("SELECT * FROM c WHERE p = ?", (i * j,)).fetchall()  # N: 80
                for j in range(2)
            ]
            for (i,) in db.execute("SELECT id FROM p")
            if not db.execute("SELECT * FROM c WHERE id = ?", (i,)).fetchall()  # N: 40
        ]
        """,
    "generators that delegate, are sent to and are closed": """
        def inner(i):
            try:
                yield db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
                yield
            finally:
                db.execute("SELECT id FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        def outer(i):
            yield from inner(i)
        def sent_to():
            i = yield
            while True:
                i = yield db.execute("SELECT p FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        s = sent_to()
        next(s)
        for i in range(40):
            g = outer(i)
            next(g)
            g.close()
            s.send(i)
        """,
    "a context manager and its generator": """
        import contextlib
        @contextlib.contextmanager
        def opened(i):
            db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
            yield
            db.execute("SELECT id FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        for i in range(40):
            with opened(i):
                db.execute("SELECT p FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        """,
    "asynchronous generators, comprehensions and managers": """
        import asyncio, contextlib
        async def rows():
            for (i,) in db.execute("SELECT id FROM p").fetchall():
                await asyncio.sleep(0)
                yield i, db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 80
        @contextlib.asynccontextmanager
        async def opened(i):
            yield db.execute("SELECT id FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        async def main():
            x = [
                db.execute("SELECT p FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
                async for i, _ in rows()
            ]
            async for i, _ in rows():
                async with opened(i):
                    db.execute("SELECT p FROM c WHERE id = ?", (i,)).fetchall()  # N: 40
        asyncio.run(main())
        """,
    "decorators that are classes, methods and have arguments": """
        import functools
        class Cached:
            def __init__(self, f):
                self.f = f
            def __get__(self, owner, _):
                return functools.partial(self, owner)
            def __call__(self, *a):
                return self.f(*a)
        def times(n):
            def decorate(f):
                return lambda *a: [f(*a) for _ in range(n)]
            return decorate
        class Rows:
            @staticmethod
            @times(2)
            def of(i):
                return db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 80
            @classmethod
            @times(3)
            def all(cls, i):
                return db.execute("SELECT id FROM c WHERE p = ?", (i,)).fetchall()  # N: 120
            @Cached
            def own(self, i):
                return db.execute("SELECT p FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        for i in range(40):
            Rows.of(i)
            Rows.all(i)
            Rows().own(i)
        """,
    "a class body, a finalizer and what runs at the end": """
        import atexit
        class Row:
            def __del__(self):
                db.execute("SELECT * FROM c WHERE p = ?", (1,)).fetchall()  # N: 40
        for i in range(40):
            Row()
            class Body:
                rows = db.execute("SELECT id FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        def last():
            for i in range(40):
                db.execute("SELECT p FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        atexit.register(last)
        """,
    "functions that SQLite calls": """
        other = sqlite3.connect(":memory:", isolation_level=None)
        def child(i):
            db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
            return i
        other.create_function("child", 1, child)
        other.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) SELECT child(i) FROM n").fetchall()
        def factory(cursor, row):
            return db.execute("SELECT id FROM c WHERE p = ?", row).fetchall()  # N: 40
        other.row_factory = factory
        other.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) SELECT i FROM n").fetchall()
        """,
    "a profiler and a tracer": """
        import sys, threading
        def load(i):
            return db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 120
        seen = []
        def note(frame, event, argument):
            seen.append(event)
            return note
        for set in (sys.setprofile, sys.settrace, lambda _: None):
            set(note)
            for i in range(40): load(i)
            set(None)
        """,
    "a call with arguments over many lines and a conditional": """
        def load(*a, **k):
            return db.execute(*a).fetchall()  # N: 40
        for i in range(40):
            x = (
                load(
                    "SELECT * FROM c WHERE p = ?",
                    (
                        i,
                    ),
                )
                if i >= 0
                else None
            )
        """,
    "a coroutine": """
        import asyncio
        async def load(i):
            await asyncio.sleep(0)
            return db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        async def main():
            for i in range(20): await load(i)
            await asyncio.gather(*(load(i) for i in range(20, 40)))
        asyncio.run(main())
        """,
}


@pytest.mark.parametrize("flow", CONTROL_FLOW, ids=str)
def test_the_line_is_right_in(flow, program, build):
    if "import greenlet" in CONTROL_FLOW[flow] and PYTHON != "/usr/bin/python3" and build.run([PYTHON, "-c", "import greenlet"]).returncode:
        pytest.skip(f"{PYTHON} has no greenlet")
    run = program(CONTROL_FLOW[flow])
    assert run.by_line() == run.expected()
    assert len({frame["function"] for group in run.groups for frame in group["stack"]} & {"?"}) == 0


def test_what_the_interpreter_adapts_stays_one_group(program):
    run = program(CONTROL_FLOW["properties, __getitem__ and __getattr__, which the interpreter adapts while they run"])
    assert sorted(group["executions"] for group in run.groups) == [100, 100, 100, 100]
    assert run.recorded_groups() == len(run.report["groups"])


def test_code_that_is_compiled_again_and_again_stays_one_group(program):
    run = program("""
        for i in range(100):
            eval("db.execute('SELECT * FROM c WHERE p = ?', (i,)).fetchall()")  # N: 100
        for i in range(100):
            exec(compile("def f():\\n  db.execute('SELECT id FROM c WHERE p = ?', (i,)).fetchall()\\nf()", "<x>", "exec"))  # N: 100
        """)
    assert run.by_line() == run.expected()
    assert sorted(group["executions"] for group in run.groups) == [100, 100]
    assert run.recorded_groups() == len(run.report["groups"])
    assert [group["stack"][0]["function"] for group in run.groups] == ["<module>", "f"]


def test_code_that_stands_where_another_function_stood_is_another_group(program):
    run = program("""
        addresses = [set(), set()]
        for i in range(100):
            which, scope = i // 5 % 2, {"db": db, "i": i}
            exec(f"def {'gf'[which]}():\\n  db.execute('SELECT id FROM c WHERE p = ?', (i,)).fetchall()\\nrun = {'gf'[which]}", scope)
            addresses[which].add(id(scope["run"].__code__))
            scope["run"]()  # N: 100
            scope.clear()
        assert addresses[0] & addresses[1]
        """)
    assert sorted((group["stack"][0]["function"], group["executions"]) for group in run.groups) == [("f", 50), ("g", 50)]


def test_names_of_any_kind_are_whole(program):
    run = program(CONTROL_FLOW["names beyond ASCII"])
    qualified = VERSION >= (3, 11)  # code objects have no other name before
    assert [group["location"]["function"] for group in run.groups] == ["Größe.日本語" if qualified else "日本語"]


def test_loops_at_two_lines_are_two_findings(program):
    run = program("""
        for (i,) in db.execute("SELECT id FROM p").fetchall():
            db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        for (i,) in db.execute("SELECT id FROM p").fetchall():
            db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        """)
    assert {finding["location"]["line"]: finding["executions"] for finding in run.findings} == run.expected()
    assert len(run.findings) == 2


def test_two_functions_that_share_a_helper_are_two_findings(program):
    run = program("""
        def children(i):
            return db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()
        def orders():
            for (i,) in db.execute("SELECT id FROM p"):
                children(i)  # N: 40
        def invoices():
            for (i,) in db.execute("SELECT id FROM p"):
                children(i)  # N: 40
        orders()
        invoices()
        """)
    assert run.by_line(depth=1) == run.expected()
    assert len(run.findings) == len({finding["signature"] for finding in run.findings}) == 2


def test_stacks_that_differ_anywhere_are_told_apart(program):
    """In their innermost frame, their outermost, in the middle, in their depth, in whatever order they come."""
    run = program("""
        import collections, json, random
        counted = collections.Counter()
        def leaf(lines):
            counted[json.dumps(lines)] += 1
            db.execute("SELECT * FROM c WHERE p = ?", (len(lines),)).fetchall()
        """ + "".join(f"""
        def step_{i}(way, lines):
            first = step_{i}.__code__.co_firstlineno
            if way[0] == 0:
                {f"step_{i - 1}" if i else "leaf"}({"way[1:], " if i else ""}lines + [first + 3])
            elif way[0] == 1:
                {f"step_{i - 1}" if i else "leaf"}({"way[1:], " if i else ""}lines + [first + 5])
            else:
                leaf(lines + [first + 7])
        """ for i in range(5)) + """
        ways = random.Random(7)
        for i in range(3000):
            way = [ways.choice((0, 0, 0, 1, 1, 2)) for _ in range(5)]
            for again in range(ways.choice((1, 1, 3))):
                step_4(way, [])
        print(json.dumps(counted))
        """)
    expected = {tuple(json.loads(lines)): count for lines, count in json.loads(run.run.stdout).items()}
    seen = Counter()
    for group in run.groups:
        seen[tuple(frame["line"] for frame in reversed(group["stack"]) if frame["function"].startswith("step_"))] += group["executions"]
    assert seen == expected and len(expected) == 63


def test_a_line_in_code_too_large_for_its_table_to_be_recorded_is_right(program):
    run = program("""
        if db is None:
        %s
        for i in range(40):
            db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        """ % "".join(f"    x{i} = [{i}, db.{'y' * (i % 50)}z({i}) + {i}]\n        " for i in range(1500)))
    assert run.by_line() == run.expected()


def test_eight_threads_are_counted_under_their_own_functions(program):
    run = program("".join(f"""
def work_{i}(own):
    for j in range({100 * i}):
        own.execute("SELECT * FROM c WHERE p = ?", (j,)).fetchall()  # N: {100 * i}
""" for i in range(1, 9)) + """
import threading
def start(work):
    own = sqlite3.connect(":memory:")
    own.execute("CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER)")
    work(own)
threads = [threading.Thread(target=start, args=(globals()[f"work_{i}"],)) for i in range(1, 9)]
for thread in threads: thread.start()
for thread in threads: thread.join()
""")
    assert run.by_line() == run.expected()
    assert {group["location"]["function"]: group["executions"] for group in run.groups} == {
        f"work_{i}": 100 * i for i in range(1, 9)}


def test_two_hundred_tasks_at_once_are_counted_under_their_own_functions(program):
    # Without the cache of statements: in CPython 3.13 threads that share one run into each other, agent or not.
    run = program("""
        import asyncio
        def load_a(i):
            return db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 500
        def load_b(i):
            return db.execute("SELECT * FROM c WHERE id = ?", (i,)).fetchall()  # N: 500
        async def task(i):
            for j in range(5):
                await asyncio.get_running_loop().run_in_executor(None, load_a if i % 2 else load_b, 5 * i + j)
        async def main():
            await asyncio.gather(*(task(i) for i in range(200)))
        asyncio.run(main())
        """, head=HEAD.replace("isolation_level=None", "isolation_level=None, cached_statements=0"))
    assert run.by_line() == run.expected()
    assert {group["location"]["function"] for group in run.groups} == {"load_a", "load_b"}


def test_a_forked_child_has_its_own_recording(build, tmp_path):
    script = tmp_path / "program.py"
    script.write_text(HEAD + textwrap.dedent("""
        import os
        def parent_loop(n):
            for i in range(n): db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()
        def child_loop(n):
            for i in range(n): db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()
        parent_loop(30)
        if os.fork() == 0:
            child_loop(70)
            os._exit(0)
        os.wait()
        parent_loop(30)
        """))
    run = build.run_watched([PYTHON, script], f"{tmp_path}/%p.pb")
    assert (run.returncode, run.stderr) == (0, b"")
    recordings = sorted(tmp_path.glob("*.pb"))
    assert len(recordings) == 2
    counted = []
    for recording in recordings:
        functions = Counter()
        for group in build.report(recording)["groups"]:
            if "from c" in group["statement"]["text"]:
                functions[group["location"]["function"]] += group["executions"]
        counted.append(dict(functions))
    assert sorted(counted, key=str) == [{"child_loop": 70}, {"parent_loop": 60}]


def test_code_of_the_command_line_is_the_programs_own(build, tmp_path):
    text = HEAD + "for i in range(40):\n    db.execute('SELECT * FROM c WHERE p = ?', (i,)).fetchall()\n"
    run = build.run_watched([PYTHON, "-c", text], tmp_path / "recording.pb")
    assert (run.returncode, run.stderr) == (0, b"")
    finding, = build.report(tmp_path / "recording.pb")["findings"]
    assert finding["location"] == {"file": "<string>", "line": 6, "function": "<module>"}


def test_the_recording_says_that_python_frames_were_read(build, tmp_path):
    run = build.run_watched([PYTHON, "-c", "import sqlite3; sqlite3.connect(':memory:').execute('SELECT 1')"],
                            tmp_path / "recording.pb")
    assert run.returncode == 0
    info = build.view("info", tmp_path / "recording.pb").stdout.decode()
    assert re.search(r"stack walkers +native python", info)
