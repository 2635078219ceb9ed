"""A script that goes on where SHOP ends, and what nplus1 says of it."""
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


def line_of(lines, marker):
    return next(number for number, line in enumerate(lines, 1) if marker in line)
