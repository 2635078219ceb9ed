"""Keys that are 1, 2, 3 and so on: a loop over rows is proven by its own column, and one over numbers of the program's own is not."""
from pathlib import Path

import pytest
from python_samples import PYTHON
from shop_script import line_of
from shop_script import report_of as shop_report_of  # noqa: F401

SCRIPT = Path(__file__).with_name("dense_keys.py")
SIZES = (60, 700, 3000)  # the log of rows has 512 of a result
NUMBERS = ("counts_from_the_second", "counts_through_the_keys_of_its_own_rows", "counts_through_the_keys_of_its_own_pairs", "counts_short_of_the_last", "counts_after_each_list", "counts_from_the_second_after_each_list",
           "draws", "counts_through_the_pages", "counts_from_nought_to_the_end_of_the_last_page", "draws_after_pages_of_two", "counts_from_one_list_into_another",
           "counts_beyond_a_list_that_others_hold")
LOOPS = {"all_of_them": "id", "all_of_them_after_each_list": "id", "the_last_one_first": "id", "some_of_them": "id", "pages": "id",
         "while_they_are_read_till_half": "id",
         "while_they_are_read_but_the_first_ones": "author_id", "while_they_are_read_every_third_one": "id", "a_foreign_key": "author_id", "a_foreign_key_through_an_identity_map": "author_id",
         "a_foreign_key_that_a_mapper_has_named": "author_id_1",
         "a_key_that_a_mapper_names_behind_its_value": "id"}
ONLY_SQLITE = tuple(loop for loop in LOOPS if loop.startswith("while_"))  # psycopg2 has read all rows before it gives the first one


def whole_report(build, path, server, system, loop, authors):
    variables = {**server.variables, "PGDATABASE": server.new_database()} if server else {}
    run = build.run_watched([PYTHON, "-B", SCRIPT, system, loop, authors], path, **variables)
    assert (run.returncode, run.stderr) == (0, b""), run.stderr.decode()
    return build.report(path)


def report_of(*arguments):
    report = whole_report(*arguments)
    [finding] = [finding for finding in report["findings"] if finding["kind"] == "n_plus_one"]
    return report, finding


def finding_of(*arguments):
    _, finding = report_of(*arguments)
    return finding["confidence"], finding["parent_column"]


def cases(sizes):
    return [(loop, size) for loop in (*NUMBERS, *LOOPS) for size in sizes]


@pytest.mark.parametrize("loop, size", cases(SIZES))
def test_sqlite(build, tmp_path, loop, size):
    expected = ("proven", LOOPS[loop]) if loop in LOOPS else ("likely", None)
    assert finding_of(build, tmp_path / "recording.pb", None, "sqlite", loop, size) == expected


@pytest.mark.parametrize("loop, size", [case for case in cases(SIZES[:2]) if case[0] not in ONLY_SQLITE])
def test_psycopg2(build, server, tmp_path, loop, size):
    expected = ("proven", LOOPS[loop]) if loop in LOOPS else ("likely", None)
    assert finding_of(build, tmp_path / "recording.pb", server, "psycopg2", loop, size) == expected


@pytest.mark.parametrize("size", (5, 20, 60))
def test_the_first_rows_of_a_list_that_are_those_of_a_shorter_one(build, tmp_path, size):
    report, finding = report_of(build, tmp_path / "recording.pb", None, "sqlite", "a_list_behind_a_shorter_one", size)
    parent = next(group for group in report["groups"] if group["id"] == finding["parent"])
    assert (finding["confidence"], finding["parent_column"]) == ("proven", "id")
    assert parent["statement"]["text"] == "select id from book order by id"
    assert finding["evidence"]["matched"] == finding["evidence"]["searched"] > 2 * size


def test_each_of_many_loops_over_two_rows_is_proven(build, tmp_path):
    """Whatever the hashes of the two values."""
    report = whole_report(build, tmp_path / "recording.pb", None, "sqlite", "many_loops_over_two_rows", 400)
    assert [finding["confidence"] for finding in report["findings"]] == ["proven"] * 400


# One loop from several lines of the program: its first turn by another stack (a compiler peels it, a machine compiles the function after a
# call or two, the first call prepares), or the rest of its rows in another branch. What the first rows have met counts.
SEVERAL_LINES = """\
import sqlite3
db = sqlite3.connect(":memory:")
db.execute("create table people(id integer primary key, name text)")
db.execute("create table posts(id integer primary key, author_id int)")
for i in range(1, {rows} + 1):
    db.execute("insert into people values (?, 'n')", (i,))
for i in range(1, 61):
    db.execute("insert into posts values (?, ?)", (1000 + i, i * 7 % {rows} + 1))


def query(sql, *parameters):
    return db.execute(sql, parameters).fetchall()


def posts_of(person):
    return query("select id from posts where author_id = ?", person)


"""


def loops_of(shop_report_of, text, rows=30):  # noqa: F811
    report = shop_report_of(text, head=SEVERAL_LINES.replace("{rows}", str(rows)))
    parents = {group["id"]: group["statement"]["text"] for group in report["groups"]}
    return {f["loop"]["line"]: (f["confidence"], f["executions"], f["parent_column"], parents.get(f["parent"]))
            for f in report["findings"] if f["kind"] == "n_plus_one"}


@pytest.mark.parametrize("first", [1, 2, 3, 12, 26])
def test_the_turns_after_the_first_ones(shop_report_of, first):  # noqa: F811
    found = loops_of(shop_report_of, f"""
for n, person in enumerate(query("select id, name from people order by id")):
    if n < {first}:
        posts_of(person[0])  # the first ones
    else:
        posts_of(person[0])  # the others
""")
    assert found[line_of(shop_report_of.lines, "# the others")] == ("proven", 30 - first, "id", "select id, name from people order by id")


def test_each_result_begins_by_another_line(shop_report_of):  # noqa: F811
    found = loops_of(shop_report_of, """
for low in range(0, 30, 6):
    people = query("select id, name from people where id > ? order by id limit 6", low)
    posts_of(people[0][0])
    for person in people[1:]:
        posts_of(person[0])  # the others
""")
    assert found[line_of(shop_report_of.lines, "# the others")][:3] == ("proven", 25, "id")


def test_what_counts_from_where_another_line_has_been_is_none_of_its_rows(shop_report_of):  # noqa: F811
    found = loops_of(shop_report_of, """
people = query("select id, name from people order by id")
posts_of(people[0][0])
for n in range(2, 21):
    posts_of(n)  # counts
""", rows=40)
    assert found[line_of(shop_report_of.lines, "# counts")][0] == "likely"
