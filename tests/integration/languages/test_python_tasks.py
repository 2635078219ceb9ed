"""Statements of a package's coroutines that asyncio makes tasks of their own, as pools of connections have them: they are counted
under the line that waits for these tasks, where that was known when they began."""
import pytest
from python_programs import HEAD, VERSION, program  # noqa: F401

DRIVER = """\
import asyncio
class Pool:
    def __init__(self, db):
        self.db, self.turns, self.executed = db, None, 0
    async def fetch(self, sql, *values):
        self.turns = self.turns or asyncio.Semaphore(3)
        async with self.turns:
            await asyncio.sleep(0)
            self.executed += 1
            return self.db.execute(sql, values).fetchall()
    async def fetch_all(self, sql, values):
        return await asyncio.gather(*(self.fetch(sql, value) for value in values))
"""
GATHERED = """
    async def main():
        await asyncio.gather(*(pool.fetch("SELECT * FROM c WHERE p = ?", i) for i in range(40)))  # N: 40
    """
WATCHED = {
    "gathered": GATHERED,
    "gathered by the package": """
        async def main():
            await pool.fetch_all("SELECT * FROM c WHERE p = ?", range(40))  # N: 40
        """,
    "gathered in what is gathered": """
        async def main():
            await asyncio.gather(pool.fetch_all("SELECT * FROM c WHERE p = ?", range(40)), asyncio.sleep(0))  # N: 40
        """,
    "waited for, with a time": """
        async def main():
            for i in range(40):
                await asyncio.wait_for(pool.fetch("SELECT * FROM c WHERE p = ?", i), 60)  # N: 40
        """,
    "shielded": """
        async def main():
            for i in range(40):
                await asyncio.shield(pool.fetch("SELECT * FROM c WHERE p = ?", i))  # N: 40
        """,
    "waited for, all of them": """
        async def main():
            tasks = [asyncio.ensure_future(pool.fetch("SELECT * FROM c WHERE p = ?", i)) for i in range(40)]
            await asyncio.wait(tasks)  # N: 40
        """,
    "from two places in turn": """
        async def first(i):
            await asyncio.gather(pool.fetch("SELECT * FROM c WHERE p = ?", i))  # N: 40
        async def second(i):
            await asyncio.gather(pool.fetch("SELECT * FROM c WHERE p = ?", i))  # N: 20
        async def main():
            for i in range(40):
                await first(i)
                if i % 2: await second(i)
        """,
    "beside the program's own": """
        async def load(i):
            return await pool.fetch("SELECT * FROM c WHERE p = ?", i)  # N: 40
        async def main():
            for i in range(40):
                await asyncio.gather(load(i), pool.fetch("SELECT * FROM c WHERE p = ?", i))  # N: 40
                await pool.fetch("SELECT * FROM c WHERE p = ?", i)  # N: 40
        """,
}
if VERSION >= (3, 11):
    WATCHED["a group of tasks"] = """
        async def main():
            async with asyncio.TaskGroup() as group:  # N: 40
                for i in range(40):
                    group.create_task(pool.fetch("SELECT * FROM c WHERE p = ?", i))
        """


@pytest.fixture
def on_pool(program, tmp_path):  # noqa: F811
    packages = tmp_path / "site-packages"
    packages.mkdir()
    (packages / "driver.py").write_text(DRIVER)
    head = HEAD + f"import sys, asyncio\nsys.path.insert(0, {str(packages)!r})\nimport driver\npool = driver.Pool(db)\n"
    return lambda text: program(text, head=head, tail="asyncio.run(main())\n")


@pytest.mark.parametrize("text", WATCHED.values(), ids=WATCHED)
def test_a_packages_task_is_told_at_the_line_that_waits_for_it(on_pool, text):
    run = on_pool(text)
    assert run.by_line() == run.expected()


def test_the_loops_function_is_that_of_parent_and_children(on_pool):
    run = on_pool("""
        async def page():
            rows = await pool.fetch("SELECT id FROM p")
            await asyncio.gather(*(pool.fetch("SELECT * FROM c WHERE p = ?", i) for (i,) in rows))  # N: 40
        async def main():
            await page()
        """)
    [finding] = run.findings
    [line] = run.expected()
    assert (finding["confidence"], finding["executions"]) == ("proven", 40)
    assert (finding["loop"]["function"], finding["loop"]["line"], finding["location"]["line"]) == ("page", line, line)
    assert [frame["function"] for frame in run.groups[0]["stack"] if frame["in_app"]] == ["page", "main", "<module>"]


@pytest.mark.parametrize("waits", ["for task in tasks: await task", "while not all(task.done() for task in tasks): await asyncio.sleep(0)"])
def test_tasks_that_are_awaited_later_stay_one_place(on_pool, waits):
    # By chance somebody waits for one when it executes: that must not tell it from the others.
    run = on_pool(f"""
        async def main():
            tasks = [asyncio.ensure_future(pool.fetch("SELECT * FROM c WHERE p = ?", i)) for i in range(40)]
            {waits}
        """)
    [group] = run.groups
    assert group["executions"] == 40


def test_what_is_given_up_meanwhile_is_counted_all_the_same(on_pool):
    run = on_pool("""
        async def main():
            for i in range(40):
                both = asyncio.gather(pool.fetch("SELECT * FROM c WHERE p = ?", i), pool.fetch("SELECT * FROM c WHERE p = ?", -i))
                await asyncio.sleep(0)
                if i % 2: both.cancel()
                await asyncio.wait([both])
            print(pool.executed)
        """)
    assert sum(group["executions"] for group in run.groups) == int(run.run.stdout) >= 40


def test_the_programs_own_tasks_lead_to_the_function_that_gathers_them(on_pool):
    run = on_pool("""
        async def load(i):
            return await pool.fetch("SELECT * FROM c WHERE p = ?", i)
        async def page():
            rows = await pool.fetch("SELECT id FROM p")
            await asyncio.gather(*(load(i) for (i,) in rows))  # N: 40
        async def main():
            await asyncio.wait_for(page(), 60)
        """)
    [finding], [group] = run.findings, run.groups
    own = [frame["function"] for frame in group["stack"] if frame["in_app"]]
    assert own == ["load", "page", "main", "<module>"]
    assert run.by_line(depth=1) == run.expected()
    assert (finding["confidence"], finding["loop"]["function"], finding["loop"]["line"]) == ("proven", "page", *run.expected())


def test_steps_wakeups_and_functions_of_the_loop_are_told_apart(on_pool):
    # A statement in a task's first step, one after it slept, one in a function that the loop calls, in turn.
    run = on_pool("""
        async def first(i):
            db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        async def second(i):
            await asyncio.sleep(0)
            db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
        def third(i, done):
            db.execute("SELECT * FROM c WHERE p = ?", (i,)).fetchall()  # N: 40
            done.set_result(None)
        async def main():
            for i in range(40):
                done = asyncio.get_running_loop().create_future()
                asyncio.get_running_loop().call_soon(third, i, done)
                await asyncio.gather(first(i), second(i), done)
        """)
    assert run.by_line() == run.expected()
    stacks = {group["stack"][0]["function"]: [f["function"] for f in group["stack"] if f["in_app"]] for group in run.groups}
    assert stacks == {"first": ["first", "main", "<module>"], "second": ["second", "main", "<module>"], "third": ["third", "<module>"]}
