"""One loop over the rows of several parents, in one thread: the same page is asked for with other filters, one template shows what
several requests gathered. Each parent is proven, and counted to the last execution."""
import random

import pytest
from shop_script import only, report_of  # noqa: F401

HEAD = """\
import sqlite3
db = sqlite3.connect(":memory:")
db.execute("create table people(id integer primary key, name text)")
db.execute("create table posts(id integer primary key, author_id int, kind text)")
PEOPLE = {people}
for i, person in enumerate(PEOPLE):
    db.execute("insert into people values (?, 'n')", (person,))
    db.execute("insert into posts values (?, ?, ?)", (1000 + i, person, "abc"[i % 3]))


def query(sql, *parameters):
    return db.execute(sql, parameters).fetchall()


def a():
    return query("select id, author_id as person from posts where kind = 'a' order by id")


def b():
    return query("select id, author_id as person from posts where kind = ? order by id desc", "b")


def c():
    return query("select id, kind, author_id as who from posts where kind = ? and id > 5 order by id", "c")


def show(rows):
    for row in rows:
        query("select name from people where id = ?", row[-1])  # loop
"""
PEOPLE = random.Random(4).sample(range(1, 600), 45)


def shown(report_of, ways, people=PEOPLE):  # noqa: F811
    report = report_of(f"""
for way in {ways}:
    show(way())
""", head=HEAD.replace("{people}", str(people)))
    return report, only(report)


def parents_of(report, finding):
    """{text's last words: executions that have its values}"""
    texts = {group["id"]: group["statement"]["text"] for group in report["groups"]}
    also = [(each["group"], each["matches"]) for each in finding["evidence"].get("also", [])]
    return {texts[group].split(" where ")[1]: matches for group, matches in [(finding["parent"], finding["evidence"]["matches"]), *also]}


A, B, C = "kind = ? order by id", "kind = ? order by id desc", "kind = ? and id > ? order by id"


@pytest.mark.parametrize("ways, parents", [
    ("[a, b] * 10", {A: 150, B: 150}),
    ("[a] * 10 + [b] * 10", {A: 150, B: 150}),
    ("[a, b]", {A: 15, B: 15}),
    ("([a] * 9 + [b]) * 4", {A: 540, B: 60}),
    ("[a, c] * 10", {A: 150, C: 150}),
    ("[a] * 20 + [c] * 3", {A: 300, C: 45}),
    ("[a, b, c] * 8", {A: 120, B: 120, C: 120}),
    ("[a, b, b, c, a, c] * 4", {A: 120, B: 120, C: 120}),
], ids=str)
def test_parents_that_take_turns_are_each_proven(report_of, ways, parents):  # noqa: F811
    report, finding = shown(report_of, ways)
    assert finding["confidence"] == "proven" and finding["executions"] == sum(parents.values())
    assert parents_of(report, finding) == parents
    assert finding["evidence"]["matches"] == finding["evidence"]["judged"]
    assert finding["max_per_episode"] == 15


def test_parents_of_small_dense_keys_take_turns(report_of):  # noqa: F811
    report, finding = shown(report_of, "[a, b] * 10", list(range(1, 46)))
    assert finding["confidence"] == "proven" and parents_of(report, finding) == {A: 150, B: 150}


def test_values_of_nobody_are_no_other_parents(report_of):  # noqa: F811
    report = report_of("""
import random
known = random.Random(7)
for _ in range(10):
    for rows in (a, lambda: b() and [(known.randrange(700, 900),) for _ in range(12)]):
        show(rows())
""", head=HEAD.replace("{people}", str(PEOPLE)))
    finding = only(report)
    assert "also" not in finding["evidence"] and finding["confidence"] != "proven"


@pytest.mark.parametrize("ways", ["a, b", "b, a", "a, c"])
def test_tasks_that_take_turns_at_each_row_are_proven(report_of, ways):  # noqa: F811
    report = report_of(f"""
for _ in range(12):
    for row in zip(*(way() for way in ({ways}))):
        for one in row:
            show([one])
""", head=HEAD.replace("{people}", str(PEOPLE)))
    finding = only(report)
    of_each = 12 * 15
    assert finding["confidence"] == "proven" and finding["executions"] == (ways.count(",") + 1) * of_each
    assert of_each * 3 // 4 < finding["evidence"]["matches"] <= of_each


def test_values_that_stand_in_two_columns_at_times_prove_nothing_together(report_of):  # noqa: F811
    """Each of the two has two of five values, the same ones."""
    report = report_of("""
import random
known = random.Random(3)
for _ in range(12):
    ways = [row[-1] for row in a()]
    query("select author_id as who, id from posts where kind = ? order by id desc", "a")
    for value in ways[:6]:
        show([(value,), (known.randrange(700, 900),), (known.randrange(900, 1100),)])
""", head=HEAD.replace("{people}", str(PEOPLE)))
    assert only(report)["confidence"] != "proven"


@pytest.mark.parametrize("each", [1, 2, 3, 5])
@pytest.mark.parametrize("first", [1, 4])
@pytest.mark.parametrize("count", [10, 40])
def test_who_counts_is_not_led_by_what_each_number_has(report_of, each, first, count):  # noqa: F811
    # Orders by a number of the program's own, and the items of each, whose numbers the next orders have, too: the first one met stands
    # last in the rows that have just come.
    report = report_of(f"""
for i in range({first}, {first + count}):
    (number,), = query("select id from orders where id = ?", i)
    query("select id, qty from items where order_id = ?", number)
""", f"""\
import sqlite3
db = sqlite3.connect(":memory:")
db.execute("create table orders(id integer primary key)")
db.execute("create table items(id integer primary key, order_id int, qty int)")
db.executemany("insert into orders values (?)", [(i,) for i in range(1, 51)])
db.executemany("insert into items values (?, ?, 1)", [(i, (i - 1) // {each} + 1) for i in range(1, 50 * {each} + 1)])

def query(sql, *parameters):
    return db.execute(sql, parameters).fetchall()
""")
    texts = {group["id"]: group["statement"]["text"] for group in report["groups"]}
    found = {texts[finding["group"]]: finding for finding in report["findings"]}
    orders = found["select id from orders where id = ?"]
    assert (orders["confidence"], orders["parent"]) == ("likely", None)


@pytest.mark.parametrize("keys", (PEOPLE, list(range(101, 146))), ids=("sparse", "in a row"))
@pytest.mark.parametrize("child", (
    "select count(*) from posts where author_id = ?",
    "select count(p.id) from posts p left join authors a on a.id = p.author_id where a.id = ?",
    "select p.id from posts p join authors a on p.author_id = a.id where a.id = ? and p.kind = 'a'",
))
def test_rows_that_another_place_read_before_have_the_same_keys(report_of, keys, child):  # noqa: F811
    """More of them, in the same order, which makes for more evidence: still the loop goes through the rows that were read for it."""
    head = f"""\
import sqlite3
db = sqlite3.connect(":memory:")
db.execute("create table authors(id integer primary key, name text)")
db.execute("create table posts(id integer primary key, author_id int, kind text)")
AUTHORS = {sorted(keys)}
"""
    report = report_of(f"""
db.executemany("insert into authors values (?, 'n')", [(author,) for author in AUTHORS])
db.executemany("insert into posts values (?, ?, 'a')", [(5000 + i, author) for i, author in enumerate(AUTHORS * 4)])


def query(sql, *parameters):
    return db.execute(sql, parameters).fetchall()


def earlier():
    return query("select id, author_id, kind from posts order by id")


def loop():
    for author, name in query("select id, name from authors order by id"):
        query({child!r}, author)


earlier()
loop()
""", head=head)
    finding = only(report)
    texts = {group["id"]: group["statement"]["text"] for group in report["groups"]}
    assert (finding["confidence"], finding["executions"]) == ("proven", len(keys))
    assert (texts[finding["parent"]], finding["parent_column"]) == ("select id, name from authors order by id", "id")


@pytest.mark.parametrize("each", (2, 3, 5))
def test_rows_that_came_in_parts_before_are_read_again_at_once(report_of, each):  # noqa: F811
    """Their keys in the same order once more: what was read last is what the loop goes through."""
    report = report_of(f"""
for i in range(40 * {each}):
    db.execute("insert into posts values (?, ?, 'a')", (5000 + i * 7 + i % 3, i // {each}))


def earlier():
    for author in range(40):
        query("select id, kind from posts where author_id = ? order by id", author)


def loop():
    for row in query("select id from posts order by id"):
        query("select author_id, kind from posts where id = ?", *row)


earlier()
loop()
""", head=HEAD.replace("{people}", "[]"))
    finding, = [finding for finding in report["findings"] if finding["executions"] == 40 * each]
    texts = {group["id"]: group["statement"]["text"] for group in report["groups"]}
    assert (texts[finding["parent"]], finding["confidence"]) == ("select id from posts order by id", "proven")
