"""One loop from several lines of the program: its first turn by another stack (a compiler peels it, a machine compiles the function
after a call or two, the first call prepares), or the rest of its rows in another branch. What the first rows have met counts."""
import pytest
from shop_script import line_of, report_of  # noqa: F401

HEAD = """\
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


def loops(report_of, text, rows=30):  # noqa: F811
    report = report_of(text, head=HEAD.replace("{rows}", str(rows)))
    parents = {group["id"]: group["statement"]["text"] for group in report["groups"]}
    return {f["loop"]["line"]: (f["confidence"], f["executions"], f["parent_column"], parents.get(f["parent"]))
            for f in report["findings"] if f["kind"] == "n_plus_one"}


@pytest.mark.parametrize("first", [1, 2, 3, 12, 26])
def test_the_turns_after_the_first_ones(report_of, first):  # noqa: F811
    found = loops(report_of, f"""
for n, person in enumerate(query("select id, name from people order by id")):
    if n < {first}:
        posts_of(person[0])  # the first ones
    else:
        posts_of(person[0])  # the others
""")
    assert found[line_of(report_of.lines, "# the others")] == ("proven", 30 - first, "id", "select id, name from people order by id")


def test_each_result_begins_by_another_line(report_of):  # noqa: F811
    found = loops(report_of, """
for low in range(0, 30, 6):
    people = query("select id, name from people where id > ? order by id limit 6", low)
    posts_of(people[0][0])
    for person in people[1:]:
        posts_of(person[0])  # the others
""")
    assert found[line_of(report_of.lines, "# the others")][:3] == ("proven", 25, "id")


def test_what_counts_from_where_another_line_has_been_is_none_of_its_rows(report_of):  # noqa: F811
    found = loops(report_of, """
people = query("select id, name from people order by id")
posts_of(people[0][0])
for n in range(2, 21):
    posts_of(n)  # counts
""", rows=40)
    assert found[line_of(report_of.lines, "# counts")][0] == "likely"
