"""A loop of writes with a savepoint for each row: what it says counts the savepoints, and names those that stay open."""
import pytest
from python_samples import PYTHON

HEAD = """
import psycopg2
connection = psycopg2.connect("")
cursor = connection.cursor()
cursor.execute("create table lines(id int)")
for i in range(300):
"""
LOOPS = {  # name: (body, words that the advice holds, or with a ! does not)
    "released": ("""
    cursor.execute("savepoint line")
    cursor.execute("insert into lines values (%s)", (i,))
    cursor.execute("release savepoint line")
""", ["900 statements for 300 executions", "!stay open"]),
    "left_open": ("""
    cursor.execute(f"savepoint line_{i}")
    cursor.execute("insert into lines values (%s)", (i,))
""", ["600 statements for 300 executions", "300 savepoints stay open"]),
    "none": ("""
    cursor.execute("insert into lines values (%s)", (i,))
""", ["!savepoint"]),
}


@pytest.mark.parametrize("name", LOOPS)
def test_savepoints_are_the_round_trips_that_they_are(build, server, tmp_path, name):
    body, words = LOOPS[name]
    (tmp_path / "program.py").write_text(HEAD + body + "\nconnection.commit()\n")
    result = build.run_watched([PYTHON, tmp_path / "program.py"], tmp_path / "recording.pb",
                               **dict(server.variables, PGDATABASE=server.new_database()))
    assert (result.returncode, result.stderr) == (0, b""), result.stderr.decode()
    finding, = build.report(tmp_path / "recording.pb")["findings"]
    assert (finding["kind"], finding["executions"]) == ("write_loop", 300)
    for word in words:
        assert (word.lstrip("!") in finding["advice"]["text"]) != word.startswith("!"), finding["advice"]["text"]
