"""What a program asks of PostgreSQL's catalog in a loop is shown, and a loop that calls a function is told to call it in one
statement, not to JOIN."""
import pytest
from python_samples import PYTHON

THINGS = "".join(f"CREATE SEQUENCE s{i}; CREATE VIEW v{i} AS SELECT {i} AS a;"
                 f"CREATE FUNCTION f{i}(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1 + {i}';" for i in range(30))
HEAD = """
import psycopg2
connection = psycopg2.connect("")
connection.autocommit = True
cursor = connection.cursor()
def run(text, *values):
    cursor.execute(text, values)
    return cursor.fetchall() if cursor.description else []
run("create table parents(id int, name text)")
run("insert into parents select i * 7, 's' || i from generate_series(1, 20) i")
"""


@pytest.fixture
def findings_of(build, server, tmp_path):
    """Pairs of a statement and its finding."""
    def run(command, setup=None):
        database = server.new_database()
        if setup:
            server.sql(setup, database)
        result = build.run_watched(command, tmp_path / "recording.pb", **dict(server.variables, PGDATABASE=database))
        assert (result.returncode, result.stderr) == (0, b""), result.stderr.decode()
        report = build.report(tmp_path / "recording.pb")
        texts = {group["id"]: group["statement"]["text"] for group in report["groups"]}
        return [(texts[finding["group"]], finding) for finding in report["findings"]]
    return run


def program(tmp_path, text):
    (tmp_path / "program.py").write_text(HEAD + text)
    return [PYTHON, tmp_path / "program.py"]


def test_the_loops_of_pg_dump_are_shown(findings_of, server, tmp_path):
    found = findings_of([server.bin / "pg_dump", "-f", tmp_path / "dump.sql"], THINGS)
    loops = [(text, finding["executions"]) for text, finding in found if finding["kind"] == "n_plus_one"]
    assert any("pg_get_viewdef" in text and executions >= 30 for text, executions in loops)
    assert any("pg_sequence" in text and executions >= 30 for text, executions in loops)
    assert any(text.startswith("execute dumpfunc") or "pg_proc" in text for text, executions in loops)


CALLS = {
    "setval": ("run('create sequence ' + name); run('select setval(%s, %s)', name, key)", "setval(<its column>) from"),
    "lo_create": ("run('select lo_create(%s)', 500000 + key)", "unnest("),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_function_is_called_in_one_statement(findings_of, tmp_path, name):
    line, words = CALLS[name]
    found = findings_of(program(tmp_path, f"for key, name in run('select id, name from parents'):\n    {line}\n"))
    (_, finding), = [(text, finding) for text, finding in found if name in text]
    assert finding["kind"] == "n_plus_one" and finding["executions"] == 20
    assert words in finding["advice"]["text"] and "JOIN" not in finding["advice"]["text"] and not finding["advice"]["sql"]


def test_what_psycopg_asks_of_the_catalog_once_is_not_shown(findings_of, tmp_path):
    assert findings_of(program(tmp_path, """
from psycopg2.extras import register_hstore
for name in ("int4", "text", "bool"):
    run("select oid, typarray from pg_type where typname = %s", name)
""")) == []
