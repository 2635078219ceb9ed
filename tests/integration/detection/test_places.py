"""What a report names beside the statement: the column that a parameter comes from, or both where two fit alike; the line of the
loop; the callers."""
import sys

import pytest

PYTHON = "/usr/bin/python3"
SHOP = """\
import sqlite3
db = sqlite3.connect(":memory:")
db.execute("create table people(id integer primary key, name text)")
db.execute("create table posts(id integer primary key, author_id int, editor_id int, title text)")
PEOPLE = [7, 3, 9, 12, 1, 15, 2, 8, 30, 22]
for i, person in enumerate(PEOPLE):
    db.execute("insert into people values (?, 'n')", (person,))
    db.execute("insert into posts values (?, ?, ?, 't')", (1000 + i, person, person))

def query(sql, *parameters):
    return db.execute(sql, parameters).fetchall()
"""


@pytest.fixture
def report_of(build, tmp_path):
    """The report of a script that goes on where SHOP ends, as data; report.text() is what people read."""
    def run(text, head=SHOP, python=PYTHON, name="shop.py"):
        script = tmp_path / name
        script.write_text(head + text)
        recording = tmp_path / "recording.pb"
        recording.unlink(missing_ok=True)
        result = build.run_watched([python, script], recording, cwd=tmp_path)
        assert result.returncode == 0, result.stderr.decode()
        run.text = build.view("report", recording, cwd=tmp_path, COLUMNS="100").stdout.decode()
        run.lines = (head + text).splitlines()
        return build.report(recording)
    return run


def only(report, kind="n_plus_one"):
    found = [finding for finding in report["findings"] if finding["kind"] == kind]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize("columns, tied", [("author_id, editor_id", True), ("author_id as person_id, editor_id as editor", False)])
def test_two_columns_that_fit_alike_are_both_named_without_sql(report_of, columns, tied):
    finding = only(report_of(f"""
for post in query("select id, {columns} from posts order by id"):
    query("select name from people where id = ?", post[1])
"""))
    first, second = columns.replace("author_id as ", "").replace("editor_id as ", "").split(", ")
    evidence = finding["evidence"]
    assert finding["confidence"] == "proven" and finding["parent_column"] == first
    assert evidence["second"] == {"group": finding["parent"], "column": second, "bits": evidence["bits"]}
    assert evidence["bits"] >= 5 and evidence["in_order"] == evidence["matched"] == evidence["searched"] == 10
    assert (f"column {first} of the parent, or its column {second}: both fit equally" in report_of.text) == tied
    assert (finding["advice"]["sql"] is None) == tied


def test_the_result_that_was_read_last_goes_before_another_that_fits(report_of):
    finding = only(report_of("""
query("select id, editor_id from posts order by id")
for post in query("select id, author_id from posts order by id"):
    query("select name from people where id = ?", post[1])
"""))
    assert finding["parent_column"] == "author_id" and finding["evidence"]["second"]["column"] == "editor_id"
    words = "or column editor_id of select id, editor_id from posts order by id: both fit equally"
    assert words in " ".join(report_of.text.split()) and finding["advice"]["sql"] is None


def test_a_column_alone_has_no_second(report_of):
    finding = only(report_of("""
for post in query("select id, author_id from posts order by id"):
    query("select name from people where id = ?", post[1])
"""))
    assert finding["evidence"]["second"] is None and "join people on people.id" in finding["advice"]["sql"]
