"""Names that are made up anew each time - of savepoints, cursors and tables - make no statement of each."""
import pytest

PYTHON = "/usr/bin/python3"
SQLITE = """
import sqlite3
db = sqlite3.connect(":memory:", isolation_level=None)
run = lambda sql, *values: db.execute(sql, values).fetchall()
"""
POSTGRESQL = """
import psycopg2
db = psycopg2.connect("")
def run(sql, *values):
    cursor = db.cursor()
    cursor.execute(sql.replace("?", "%s"), values)
    return cursor.fetchall() if cursor.description else []
"""
TABLES = """
run("CREATE TEMP TABLE authors (id integer PRIMARY KEY, name text)")
run("CREATE TEMP TABLE books (id integer PRIMARY KEY, author_id integer)")
run("INSERT INTO authors VALUES " + ", ".join(f"({100 + i}, 'a')" for i in range(12)))
run("INSERT INTO books VALUES " + ", ".join(f"({1000 + i}, {100 + i % 12})" for i in range(60)))
"""
SAVEPOINTS = """
for i in range(50):
    run(f'SAVEPOINT "s140_x{i}"')
    run("INSERT INTO books VALUES (?, 100)", 5000 + i)
    run(f'ROLLBACK TO SAVEPOINT "s140_x{i}"' if i % 2 else f'RELEASE SAVEPOINT "s140_x{i}"')
"""
CURSORS = """
lookup = db.cursor()
for (author,) in run("SELECT id FROM authors"):
    named = db.cursor(f"books_of_{author}")
    named.execute("SELECT id FROM books WHERE author_id = %s", (author,)) # N+1 here
    for (book,) in named:
        lookup.execute("SELECT author_id FROM books WHERE id = %s", (book,)) # N+1 here
    named.close()
"""


TABLES_OF_A_MOMENT = """
import uuid
for i in range(100):
    for name in ("t_" + uuid.uuid4().hex, str(uuid.uuid4())):
        run(f'CREATE TEMP TABLE "{name}" (id integer)')
        run(f'INSERT INTO "{name}" VALUES (?)', i)
        run(f'SELECT count(*) FROM "{name}"')
        run(f'DROP TABLE "{name}"')
"""


def watch(build, folder, text, **variables):
    script = folder / "script.py"
    script.write_text(text)
    run = build.run_watched([PYTHON, "-B", script], folder / "recording.pb", **variables)
    assert (run.returncode, run.stderr) == (0, b""), run.stderr.decode()
    marked = [number for number, line in enumerate(text.splitlines(), 1) if "# N+1 here" in line]
    return build.report(folder / "recording.pb"), marked


@pytest.mark.parametrize("system", ["sqlite", "postgresql"])
def test_savepoints(build, server, tmp_path, system):
    report, _ = watch(build, tmp_path, (SQLITE + "run('BEGIN')" if system == "sqlite" else POSTGRESQL) + TABLES + SAVEPOINTS,
                      **(server.variables if system == "postgresql" else {}))
    executions = {group["statement"]["text"]: group["executions"] for group in report["groups"]}
    assert (executions["savepoint ?"], executions["release savepoint ?"], executions["rollback to savepoint ?"]) == (50, 25, 25)
    assert not [text for text in executions if "s140" in text]


def test_cursors(build, server, tmp_path):
    report, marked = watch(build, tmp_path, POSTGRESQL + TABLES + CURSORS, **server.variables)
    executions = {group["statement"]["text"]: group["executions"] for group in report["groups"]}
    assert executions["declare ? cursor without hold for select id from books where author_id = ?"] == 12
    assert executions["close ?"] == 12
    assert executions["select author_id from books where id = ?"] == 60
    found = {finding["location"]["line"]: (finding["kind"], finding["confidence"]) for finding in report["findings"]}
    assert found[marked[1]] == ("n_plus_one", "proven")


@pytest.mark.parametrize("system", ["sqlite", "postgresql"])
def test_tables(build, server, tmp_path, system):
    report, _ = watch(build, tmp_path, (SQLITE if system == "sqlite" else POSTGRESQL) + TABLES_OF_A_MOMENT,
                      **(server.variables if system == "postgresql" else {}))
    executions = [group["executions"] for group in report["groups"] if group["statement"]["text"] not in ("begin", "commit")]
    assert sum(executions) == 800 and len(executions) == 8


def test_functions_of_the_c_library_have_names_alone(build, tmp_path):
    """Their lines say nothing to anybody, and to unpack them took twenty times as long as all else of a small report."""
    assert build.run_watched([build.sample("users_posts_lazy"), 20], tmp_path / "r.pb").returncode == 0
    frames = [frame for group in build.report(tmp_path / "r.pb")["groups"] for frame in group["stack"] if "/libc.so" in (frame["module"] or "")]
    assert frames and {frame["file"] for frame in frames} == {None}
    assert not [frame["function"] for frame in frames if "@" in frame["function"]]
