"""Parameters behind lists: the ? that a finding names is that of its statement's text, and its SQL gives the rows of the loop."""
import json
import sqlite3

import pytest
from test_advice import bound, compare_children, compare_joined, databases  # noqa: F401, a fixture

# A child's statement with a value for each of its placeholders, where the parent's goes (None), and which one that is.
LOOPS = {
    "behind_a_list": ("SELECT id, likes FROM posts WHERE likes IN (?) AND user_id = ?", [1001, None], 2),
    "before_a_list": ("SELECT id, likes FROM posts WHERE user_id = ? AND likes IN (?)", [None, 1001], 1),
    "between_lists": ("SELECT id, likes FROM posts WHERE likes IN (?) AND user_id = ? AND id NOT IN (?)", [1001, None, 3], 2),
    "behind_lists": ("SELECT id FROM posts WHERE likes NOT IN (?) AND id NOT IN (?) AND likes > ? AND user_id = ?",
                     [1001, 3, 1000, None], 4),
    "counted": ("SELECT count(*) FROM posts WHERE likes NOT IN (?) AND user_id = ?", [1001, None], 2),
}
PROGRAM = """
import json, os, sys
system, statement, values = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
if system == "sqlite":
    import sqlite3
    connection = sqlite3.connect("shop.db")
else:
    import psycopg2
    connection = psycopg2.connect("")
    statement = statement.replace("?", "%s")
cursor, child = connection.cursor(), connection.cursor()
cursor.execute("SELECT id FROM users")
for (key,) in cursor.fetchall():
    child.execute(statement, [key if value is None else value for value in values])
    child.fetchall()
"""


@pytest.mark.parametrize("system", ("sqlite", "postgresql"))
@pytest.mark.parametrize("loop", LOOPS)
def test_a_key_behind_lists_is_found_and_replaced(build, server, databases, tmp_path, system, loop):  # noqa: F811
    statement, values, number = LOOPS[loop]
    database = databases[system]
    variables = {}
    if system == "sqlite":
        database.connection.commit()  # a copy waits for the end of a transaction
        with sqlite3.connect(tmp_path / "shop.db") as file:
            database.connection.backup(file)
    else:
        variables = dict(server.variables, PGDATABASE=database.database)
    run = build.run_watched(["/usr/bin/python3", "-c", PROGRAM, system, statement, json.dumps(values)], tmp_path / "recording.pb",
                            cwd=tmp_path, **variables)
    assert (run.returncode, run.stderr) == (0, b"")
    finding, = build.report(tmp_path / "recording.pb")["findings"]
    assert (finding["kind"], finding["confidence"], finding["parameter"]) == ("n_plus_one", "proven", number)
    sql = finding["advice"]["sql"]
    users, = database.rows_of_each(["SELECT id FROM users"])
    lists = [[value] if f"{where}IN (?)" in statement else value for value, where in zip(values, wheres(statement))]

    def statement_of(key):
        return bound(statement, [key if value is None else value for value in values])

    if " left join " in sql:
        compare_joined(database, statement_of, users, 0, database.rows(sql, [value for value in lists if value is not None]))
    else:
        keys = [row[0] for row in users]
        compare_children(database, statement_of, keys, sql, [keys if value is None else value for value in lists],
                         finding["advice"]["strategy"])


def wheres(statement):
    """What stands before each IN (?), a key that no text has for the other placeholders."""
    for part in statement.split("?")[:-1]:
        yield part[:-len("IN (")] if part.endswith("IN (") else "no such text"
