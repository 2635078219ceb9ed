"""The rows of one result, handed to tasks that share a few connections: which column, though who is free takes the next row."""
import pytest
from python_samples import needs_psycopg

PROGRAM = """
import asyncio, psycopg, random, sys
column, connections, hurry = ("id", "author_id", "editor_id").index(sys.argv[1]), 5, random.Random(sys.argv[2])
async def main():
    pool = asyncio.Queue()
    for _ in range(connections):
        pool.put_nowait(await psycopg.AsyncConnection.connect("", autocommit=True))
    async def ask(*statement):
        db = await pool.get()
        for _ in range(hurry.randint(0, 3)):  # turns of others, who come first
            await asyncio.sleep(0)
        try:
            return await (await db.execute(*statement)).fetchall()
        finally:
            pool.put_nowait(db)
    async def look_up(key):
        await ask("SELECT name FROM authors WHERE id = %s", (key,))
    rows = await ask("SELECT id, author_id, editor_id FROM books ORDER BY id")
    keys = [row[column] for row in rows]
    if len(sys.argv) > 3:
        random.Random(sys.argv[3]).shuffle(keys)
    await asyncio.gather(*map(look_up, keys))
    while not pool.empty():
        await pool.get_nowait().close()
asyncio.run(main())
"""

pytestmark = needs_psycopg


@pytest.fixture(scope="module")
def database(server):
    name = server.new_database()
    server.sql("CREATE TABLE authors AS SELECT i AS id, 'author ' || i AS name FROM generate_series(1, 40) AS n(i);"
               "CREATE TABLE books AS SELECT i AS id, 1 + i * 7 % 10 AS author_id, 1 + i * i * 13 % 11 % 10 AS editor_id"
               " FROM generate_series(1, 40) AS n(i)", name)
    return name


def finding_of(build, server, database, folder, *words):
    (folder / "program.py").write_text(PROGRAM)
    run = build.run_watched(["/usr/bin/python3", folder / "program.py", *words], folder / "recording.pb",
                            **{**server.variables, "PGDATABASE": database})
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b""), run.stderr.decode()
    [finding] = build.report(folder / "recording.pb")["findings"]
    assert finding["executions"] == 40
    return finding["confidence"], finding["parent_column"]


@pytest.mark.parametrize("attempt", range(6))
@pytest.mark.parametrize("column", ("author_id", "editor_id"))
def test_the_column_is_the_one_that_was_handed_out(build, server, database, tmp_path, column, attempt):
    assert finding_of(build, server, database, tmp_path, column, attempt) == ("proven", column)


@pytest.mark.parametrize("attempt", range(6))
def test_numbers_that_follow_each_other_are_no_other_column(build, server, database, tmp_path, attempt):
    assert finding_of(build, server, database, tmp_path, "id", attempt) in (("proven", "id"), ("likely", None))


@pytest.mark.parametrize("seed", range(1, 7))
def test_keys_in_no_order_are_not_proven(build, server, database, tmp_path, seed):
    assert finding_of(build, server, database, tmp_path, "id", seed, seed) == ("likely", None)
