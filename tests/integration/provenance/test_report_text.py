"""What people read: paths that can be opened, each thing said once, no gain where there is none."""
import re

import pytest
from shop_script import PYTHON, SHOP, only, report_of  # noqa: F401

LOOP = """
def names():
    for post in query("select id, author_id as person from posts order by id"):
        query("select name from people where id = ?", post[1])
"""



def test_one_place_through_several_paths_is_said_once(report_of):  # noqa: F811
    report = report_of("""
def name_of(person):
    return query("select name from people where id = ?", person)
""" + "".join(f"""
def page{i}():
    for post in query("select id, author_id as person from posts order by id"):
        name_of(post[1])
""" for i in range(9)) + "for page in [" + ", ".join(f"page{i}" for i in range(9)) + "]: page()\n")
    text = " ".join(report_of.text.split())
    assert len([f for f in report["findings"] if f["location"]["function"] == "query" and f["kind"] == "n_plus_one"]) >= 9
    assert report_of.text.startswith("1 N+1 and 1 other problem found")
    assert report_of.text.count(" x   select name from people where id = ?\n") == 1 and "2. N+1" not in text
    assert "paths 9 paths lead here, with 90 executions in all; also from page" in text
    names = re.search(r"name ([0-9a-f]{16}); of the other paths ((?:[0-9a-f]{16},? ){8})", text)
    assert {names[1], *re.split(", | ", names[2].strip())} <= {f["signature"] for f in report["findings"]}


def test_a_file_has_no_round_trips(report_of):  # noqa: F811
    report_of("""
for post in query("select id, author_id as person from posts order by id"):
    query("select name from people where id = ?", post[1])
""")
    assert "round trips" not in report_of.text and "in the database here; 11 executions -> 1 when fixed" in report_of.text


def test_a_parent_that_stands_nowhere_above_has_no_each(report_of):  # noqa: F811
    report = report_of("""
db.commit()
for post in query("select title, id from posts order by id"):
    query("insert into people(name, id) values (?, ?)", "n", post[1])
    db.commit()
""", SHOP.replace(":memory:", "shop.db"))
    assert only(report, "write_loop")["confidence"] == "proven"
    lines = report_of.text.splitlines()
    at, = [number for number, line in enumerate(lines) if " x insert into people" in line]
    assert lines[at + 1].endswith(", 0 rows")


def test_places_that_ask_alike_are_named_once_each(report_of):  # noqa: F811
    report_of("""
def ask():
    return db.execute("select title from posts where id = 1000").fetchall()
def other():
    return db.execute("select title from posts where id = 1000").fetchall()
""" + "".join(f"""
def page{i}():
    ask()
    other()
page{i}()
""" for i in range(4)))
    text = " ".join(report_of.text.split())
    also, = re.findall("also at (.*?) fix ", text)
    assert also in ("ask() shop.py:14", "other() shop.py:16")


def test_callers_of_one_place_that_asks_the_same_again_are_named(report_of):
    report_of("""
def title():
    return db.execute("select title from posts where id = 1000").fetchall()
""" + "".join(f"""
def page{i}():
    title()
""" for i in range(6)) + "".join(f"page{i}()\n" for i in range(6)))
    text = " ".join(report_of.text.split())
    assert "also at" not in text
    also, = re.findall("also from (.*?) and 2 more fix ", text)
    shown = re.findall(r"(page\d)\(\) shop.py:\d+", also)
    assert len(shown) == 3 and not re.findall(rf"from ({'|'.join(shown)})\(\) shop.py:\d+ <", text)


def test_every_path_leads_to_its_file(build, tmp_path):
    for name, text in (("shop/__init__.py", ""), ("shop/store.py", SHOP), ("shop/pages/__init__.py", ""),
                       ("shop/pages/views.py", "from shop.store import query\n" + LOOP),
                       ("main.py", "from shop.pages import views\nviews.names()\n")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert build.run_watched([PYTHON, "main.py"], tmp_path / "recording.pb", cwd=tmp_path).returncode == 0
    text = build.view("report", tmp_path / "recording.pb", cwd=tmp_path, COLUMNS="100").stdout.decode()
    paths = re.findall(r"(\S+\.py):\d+", text)
    assert {"main.py", "shop/store.py", "shop/pages/views.py"} == set(paths) and all((tmp_path / path).is_file() for path in paths)
    narrow = build.view("report", tmp_path / "recording.pb", cwd="/", COLUMNS="60").stdout.decode()
    assert re.search(r"query\(\) \.\.\./\S*store\.py:11, 10 rows, up to 10 for each\n", narrow)  # folders go first, never the line


@pytest.mark.parametrize("through", ("current", "releases/5"))
def test_a_link_to_the_program_changes_nothing(build, tmp_path, through):
    (tmp_path / "releases/5").mkdir(parents=True)
    (tmp_path / "current").symlink_to("releases/5")
    (tmp_path / "releases/5/app.py").write_text(SHOP + LOOP + "names()\n")
    signatures = []
    for number, script in enumerate((tmp_path / through / "app.py", tmp_path / "releases/5/app.py")):
        assert build.run_watched([PYTHON, script], tmp_path / f"{number}.pb", cwd=tmp_path).returncode == 0
        signatures.append(only(build.report(tmp_path / f"{number}.pb"))["signature"])
    merged = only(build.report(tmp_path / "0.pb", tmp_path / "1.pb"))
    assert {merged["signature"]} == set(signatures) and merged["executions"] == 20


def test_few_executions_in_each_unit_of_work_are_said_to_be_so(report_of):  # noqa: F811
    report_of("""
import ctypes
agent = ctypes.CDLL(None)
for request in range(10):
    agent.nplus1_scope_begin(b"request")
    for i in range(3):
        query("select name from people where id = ?", 1000 + 3 * request + i)
    agent.nplus1_scope_end()
""")
    assert "1. N+1, possible: many values, but few of them in each unit of work\n" in report_of.text


def test_a_statement_that_is_cut_short_says_so(report_of):  # noqa: F811
    report_of("""
import sqlite3
columns = ", ".join(f"author_id as the_person_who_wrote_it_{i}" for i in range(9))
file = sqlite3.connect("shop.db", isolation_level=None)
file.execute("create table seen(person, at)")
for post in query(f"select id, author_id as person, {columns} from posts order by id"):
    file.execute("insert into seen values (?, 'today')", (post[0],))
""")
    text = " ".join(report_of.text.split())
    assert re.search(r"column id of the rows of select id, author_id as person, .*\.\.\. -> parameter 1 ", text)
