"""Programs that a framework calls: a filter around each request, what gathers the rows, what shows them, each called by the framework."""
import pytest
from shop_script import SHOP, line_of, only, report_of  # noqa: F401

FRAME = """\
def within(action, shown):
    rows = action()
    return render(shown, rows)


def render(shown, rows):
    return shown(rows)


def serve(action, db):
    for row in action():
        db.execute("select name from people where id = ?", (row[1],)).fetchone()


def converted(handle):
    def inner():
        return handle()
    return inner


def listed(db, sql, each):
    for row in db.execute(sql).fetchall():
        each(row)
"""
HEAD = SHOP.replace('":memory:"', '":memory:", check_same_thread=False') + """
import sys, threading
sys.path.insert(0, "site-packages")
from frame import within


def filtered(action, shown):
    return within(action, shown)  # filter
"""
LATEST = """
def latest():
    return query("select id, author_id as person from posts order by id")


def name_of(post):
    return query("select name from people where id = ?", post[1])


def title_of(post):
    return query("select title from posts where author_id = ?", post[1])
"""
SHOWN = LATEST + """
def shown(rows):
    for row in rows:
        name_of(row)  # loop
"""


@pytest.fixture
def framed(report_of, tmp_path):  # noqa: F811
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages/frame.py").write_text(FRAME)
    def run(text):
        report = report_of(text, head=HEAD)
        run.lines, run.text = report_of.lines, " ".join(report_of.text.split())
        return report
    return run


def test_the_loop_is_in_what_the_framework_calls_not_around_it(framed):
    finding = only(framed(SHOWN + "\nfiltered(latest, shown)\n"))
    assert finding["confidence"] == "proven"
    assert finding["loop"]["line"] == line_of(framed.lines, "# loop")


def test_a_loop_that_asks_several_questions_is_where_their_stacks_part(framed):
    report = framed(LATEST + """
def each(rows):
    for row in rows:
        name_of(row)  # first
        title_of(row)  # second


def shown(rows):
    print("some")
    each(rows)


filtered(latest, shown)
""")
    found = {(f["loop"]["function"], f["loop"]["line"]) for f in report["findings"] if f["kind"] == "n_plus_one"}
    assert found == {("each", line_of(framed.lines, "# first")), ("each", line_of(framed.lines, "# second"))}


def test_rows_that_the_framework_itself_asks_for_are_gone_through_where_it_was_called(framed):
    finding = only(framed(SHOWN + """
from frame import render
render(lambda rows: None, [])
def page():
    return render(shown, db.execute("select id, author_id as person from posts order by id"))  # page
page()
"""))
    assert finding["loop"]["function"] == "page"


def test_a_filter_in_a_chain_is_not_where_the_framework_loops(framed):
    finding = only(framed(LATEST + """
from frame import converted, listed
def timing(handle):
    def filtering():
        return handle()
    return filtering


def each(post):
    name_of(post)  # in the loop


from functools import partial
view = partial(listed, db, "select id, author_id as person from posts order by id", each)
converted(timing(converted(view)))()
"""))
    assert finding["confidence"] == "proven" and finding["location"]["function"] == "query"
    assert finding["loop"]["line"] == line_of(framed.lines, "# in the loop")


def test_where_the_framework_goes_through_the_rows_the_line_that_gathered_them_is_told(framed):
    finding = only(framed(LATEST + """
from frame import serve
thread = threading.Thread(target=serve, args=(latest, db))
thread.start()
thread.join()
"""))
    assert finding["confidence"] == "proven" and finding["location"]["file"].endswith("frame.py")
    assert finding["loop"]["function"] == "query" and finding["loop"]["file"].endswith("shop.py")


TWO = SHOWN + """
for i in range(40, 43):
    db.execute("insert into people values (?, 'n')", (i,))
    db.execute("insert into posts values (?, ?, ?, 'b')", (i * 100, i, i))
db.execute("update posts set title = 't' where id < 2000")


def latest():
    return query("select id, author_id as person from posts where title = 't' order by id")


def best():
    return query("select id, author_id as person from posts where title = ? order by id desc", "b")


for action in [latest] + [best] * {times}:  # each in a thread, which knows nothing of the others
    thread = threading.Thread(target=filtered, args=(action, shown))
    thread.start()
    thread.join()
"""


@pytest.mark.parametrize("times, first, other", [(1, "10", "3"), (6, "18", "10")])
def test_two_requests_of_one_template_are_two_parents(framed, times, first, other):
    report = framed(TWO.format(times=times))
    finding = only(report)
    executions = {group["id"]: group["executions"] for group in report["groups"]}
    evidence = finding["evidence"]
    assert finding["confidence"] == "proven" and finding["executions"] == int(first) + int(other)
    assert evidence["matches"] == int(first) and evidence["judged"] - int(first) in (0, 1) and evidence["second"] is None
    assert executions[finding["parent"]] == (1 if first == "10" else times)
    also, = evidence["also"]
    assert also["matches"] == int(other) and also["column"] == "person" and also["group"] != finding["parent"]
    assert f"also {other} executions have the values of column person of the rows of select id, author_id" in framed.text


def test_one_parent_has_none_beside_it(framed):
    assert "also" not in only(framed(SHOWN + "\nfor _ in range(2): filtered(latest, shown)\n"))["evidence"]


def test_a_column_that_another_took_over_from_is_no_second_parent(framed):
    finding = only(framed(LATEST + """
db.execute("create table notes(id integer primary key, person_id int)")
for i in range(1, 31):
    db.execute("insert into notes values (?, ?)", (i, i))
db.execute("insert into notes values (?, ?)", (31, 900))


def shown(rows):
    query("select id, person_id from notes where id < ? order by id", 40)
    for row in rows:
        name_of(row)


for _ in range(4):
    filtered(latest, shown)
"""))
    assert finding["parent_column"] == "person" and "also" not in finding["evidence"]
