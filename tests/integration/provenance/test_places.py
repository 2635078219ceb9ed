"""What a report names beside the statement: the column that a parameter comes from, or both where two fit alike; the line of the
loop; the callers."""
import shutil
import subprocess

import pytest
from shop_script import PYTHON, SHOP, line_of, only, report_of  # noqa: F401

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


def test_a_foreign_key_goes_before_a_key_of_the_same_values(report_of):  # noqa: F811
    finding = only(report_of("""
db.execute("create table notes(id integer primary key, person_id int)")
for person in range(40, 50):
    db.execute("insert into people values (?, 'n')", (person,))
    db.execute("insert into notes values (?, ?)", (person, person))
for note in query("select id, person_id from notes order by id"):
    query("select name from people where id = ?", note[0])
"""))
    assert finding["confidence"] == "proven" and finding["parent_column"] == "person_id"


def test_a_sum_is_the_last_to_be_believed(report_of):  # noqa: F811
    finding = only(report_of("""
db.execute("create table sums(id integer primary key, weight float)")
for i in range(1, 13):
    db.execute("insert into sums values (?, 1.0)", (i,))
for row in query("select sum(weight) over (order by id) as total, id from sums order by id"):
    query("select title from posts where id = ?", row[1])
"""))
    assert finding["confidence"] == "proven" and finding["parent_column"] == "id"


def test_of_columns_that_fit_alike_the_one_of_the_same_name_is_taken(report_of):  # noqa: F811
    finding = only(report_of("""
db.execute("create table nodes(repos_path text, local_relpath text)")
db.execute("create table actual(local_relpath text, conflict text)")
for name in "fcdabhge":
    db.execute("insert into nodes values (?, ?)", (name, name))
for node in query("select repos_path, local_relpath from nodes order by rowid"):
    query("select conflict from actual where local_relpath = ?", node[0])
"""))
    assert finding["confidence"] == "proven" and finding["parent_column"] == "local_relpath"


def test_the_schema_is_no_parent(report_of):  # noqa: F811
    finding = only(report_of("""
db.execute("create table wide(" + ", ".join(f"c{i}" for i in range(12)) + ")")
columns = query("pragma table_info(wide)")
for number in range(12):
    query("select title from posts where id = ?", number)
"""))
    assert finding["confidence"] == "likely" and finding["parent"] is None


def test_the_loop_is_named_before_the_helper_that_sends_the_statement(report_of):
    finding = only(report_of("""
def name_of(person):
    return query("select name from people where id = ?", person)

def page():
    posts = query("select id, author_id as person from posts order by id")
    for post in posts:
        name_of(post[1])  # loop

def handle():
    page()

handle()
"""))
    loop = line_of(report_of.lines, "# loop")
    assert (finding["loop"]["line"], finding["loop"]["function"]) == (loop, "page")
    assert finding["location"]["function"] == "query"
    text = report_of.text
    assert f"where   shop.py:{loop} in page()" in text
    assert text.index("where   ") < text.index("query   shop.py:") < text.index("from    name_of() ")
    assert "from    name_of() shop.py:" in text and " < page() " in text and " < handle() " in text


def test_a_loop_on_one_line_with_its_parent_is_that_line(report_of):
    finding = only(report_of("""
def page():
    return [query("select name from people where id = ?", post[1]) for post in query("select id, author_id as who from posts")]
page()
"""))
    assert finding["loop"]["line"] == line_of(report_of.lines, "return [query(")


def test_the_loop_is_around_the_call_of_a_function_that_stands_before_it(report_of):  # noqa: F811
    """A lambda, a closure, a proc is a part of the call that it is written into, and a function of its own elsewhere."""
    text = """
name_of = lambda person: query("select name from people where id = ?", person)
for post in query("select id, author_id from posts order by id"):
    name_of(post[1])  # the loop
"""
    assert only(report_of(text))["loop"]["line"] == line_of(report_of.lines, "# the loop")
    text = """
posts = query("select id, author_id from posts order by id")
list(map(
    lambda post:
        query("select name from people where id = ?", post[1]),  # the loop
    posts))
"""
    assert only(report_of(text))["loop"]["line"] == line_of(report_of.lines, "# the loop")


def test_a_program_without_debug_information_is_told_of(build, tmp_path):
    """Once, with what to do; what has lines is not spoken of, nor is what the system installed."""
    program, recording = tmp_path / "shop", tmp_path / "recording.pb"
    shutil.copy(build.sample("orders_customer_lazy"), program)
    result = build.run_watched([program, 20, 10], recording)
    assert result.returncode == 0 and build.report(recording)["notes"] == []
    subprocess.run(["objcopy", "--only-keep-debug", program, tmp_path / "shop.debug"], check=True)
    subprocess.run(["strip", program], check=True)
    assert build.report(recording)["notes"] == [
        f"{program}: has no debug information: lines and inlined functions are not known; build it with -g"]
    subprocess.run(["objcopy", f"--add-gnu-debuglink={tmp_path}/shop.debug", program], check=True)
    report = build.report(recording)
    assert report["notes"] == [] and only(report)["loop"]["function"] == "load_orders"


CLOSURES = {
    "php": ["/usr/bin/php", """<?php
$db = new PDO("sqlite::memory:");
$db->exec("create table posts(id int); create table people(id int, name text, age int)");
for ($i = 1; $i <= 12; $i++)
    $db->exec("insert into posts values (7919 * $i + 104729); insert into people values (7919 * $i + 104729, 'x', 9)");
$name_of = function ($id) use ($db) {
    return $db->query("select name from people where id = $id")->fetchAll();
};
foreach ($db->query("select id from posts")->fetchAll() as $post)
    $name_of($post[0]); // here: named
array_map(
    fn ($post) =>
        $db->query("select age from people where id = " . $post[0])->fetchAll(), // here: written
    $db->query("select id from posts where id > 0")->fetchAll());
"""],
    "ruby": ["/usr/bin/ruby", """require "sqlite3"
db = SQLite3::Database.new(":memory:")
db.execute_batch("create table posts(id int); create table people(id int, name text, age int);")
(1..12).each { |i| db.execute_batch("insert into posts values (7919 * #{i} + 104729); insert into people values (7919 * #{i} + 104729, 'x', 9);") }
name_of = lambda do |id|
  db.execute("select name from people where id = ?", [id])
end
db.execute("select id from posts").each do |post|
  name_of.call(post[0]) # here: named
end
db.execute("select id from posts where id > 0")
  .map do |post|
    db.execute("select age from people where id = ?", [post[0]]) # here: written
  end
"""],
}


@pytest.mark.parametrize("language", CLOSURES)
def test_closures_of_other_languages_are_told_apart_alike(build, tmp_path, language):
    program, text = CLOSURES[language]
    (tmp_path / "shop").write_text(text)
    result = build.run_watched([program, tmp_path / "shop"], tmp_path / "recording.pb", cwd=tmp_path)
    assert result.returncode == 0, result.stderr.decode()
    report = build.report(tmp_path / "recording.pb")
    text_of = {group["id"]: group["statement"]["text"] for group in report["groups"]}
    loops = {("named" if "name" in text_of[f["group"]] else "written"): f["loop"]["line"] for f in report["findings"] if f["kind"] == "n_plus_one"}
    assert loops == {word: line_of(text.splitlines(), f"here: {word}") for word in ("named", "written")}


def test_without_a_parent_the_loop_is_where_stacks_of_the_statement_part(report_of):
    finding = max((f for f in report_of("""
def first(n):
    query("select title from posts where editor_id = ?", n * 3 + 5000)

def second(n):
    query("select title from posts where editor_id = ?", n * 7 + 9000)

def work():
    for n in range(20):
        first(n); second(n)  # loop

work()
""")["findings"] if f["kind"] == "n_plus_one"), key=lambda f: f["executions"])
    assert finding["parent"] is None
    assert (finding["loop"]["line"], finding["loop"]["function"]) == (line_of(report_of.lines, "# loop"), "work")


def test_one_stack_without_a_parent_has_no_loop(report_of):
    finding = only(report_of("""
for n in range(20):
    query("select title from posts where editor_id = ?", n * 3 + 5000)
"""))
    assert finding["parent"] is None and finding["loop"] is None


def test_the_gate_names_the_line_of_the_loop(report_of, build, tmp_path):
    report_of("""
for post in query("select id, author_id as person from posts order by id"):
    query("select name from people where id = ?", post[1])  # loop
""")
    result = build.view("check", tmp_path / "recording.pb", cwd=tmp_path)
    assert result.stdout.decode().startswith(f"shop.py:{line_of(report_of.lines, '# loop')}: n_plus_one, proven: ")


RUBY = """\
require "sqlite3"
DB = SQLite3::Database.new(":memory:")
DB.execute("create table people(id integer primary key, name text)")
DB.execute("create table posts(id integer primary key, author_id int)")
[7, 3, 9, 12, 1, 15].each_with_index do |person, i|
  DB.execute("insert into people values (?, 'n')", [person])
  DB.execute("insert into posts values (?, ?)", [1000 + i, person])
end

def query(sql, *parameters)
  DB.execute(sql, parameters)
end

def page
  query("select id, author_id from posts order by id").each do |post|
    query("select name from people where id = ?", post[1]) # loop
  end
end
page
"""


def test_without_a_parent_the_helpers_caller_is_named(report_of):
    finding = only(report_of("""
def title_of(post):
    return query("select title from posts where id = ?", post)  # asked here
query("select count(*) from people")
for number in range(2, 9):
    title_of(number)
"""))
    assert (finding["confidence"], finding["parent"], finding["location"]["function"]) == ("likely", None, "query")
    assert (finding["loop"]["function"], finding["loop"]["line"]) == ("title_of", line_of(report_of.lines, "# asked here"))
    assert "in title_of()" in report_of.text


def test_a_helper_of_ruby_has_the_loop_in_its_caller(report_of):
    finding = only(report_of(RUBY, head="", python="/usr/bin/ruby", name="shop.rb"))
    assert finding["confidence"] == "proven"
    assert finding["loop"]["line"] == line_of(report_of.lines, "# loop") != finding["location"]["line"]


C = """\
#include <sqlite3.h>
#include <stdio.h>

static sqlite3 *db;

__attribute__((noinline)) static int db_query(const char *sql, int value, int *out)
{
    sqlite3_stmt *s;
    int count = 0;
    sqlite3_prepare_v2(db, sql, -1, &s, NULL);
    if (value >= 0)
        sqlite3_bind_int(s, 1, value);
    while (sqlite3_step(s) == SQLITE_ROW)
        out[count++] = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return count;
}

__attribute__((noinline)) static void page(void)
{
    int people[64], other[64];
    int count = db_query("select author_id from posts order by id", -1, people);
    for (int i = 0; i < count; i++) {
        db_query("select name from people where id = ?", people[i], other); /* loop */
        fflush(stdout);
    }
}

int main(void)
{
    char *error = NULL;
    sqlite3_open(":memory:", &db);
    sqlite3_exec(db,
                 "create table people(id integer primary key, name text);"
                 "create table posts(id integer primary key, author_id int);"
                 "insert into people values(7,'a'),(3,'b'),(9,'c'),(12,'d'),(1,'e');"
                 "insert into posts values(100,7),(101,3),(102,9),(103,12),(104,1);",
                 NULL, NULL, &error);
    page();
    sqlite3_close(db);
    return 0;
}
"""


def test_a_helper_of_c_has_the_loop_in_its_caller(build, tmp_path):
    source = tmp_path / "shop.c"
    source.write_text(C)
    compiled = build.run(["cc", "-g", "-O1", source, "-o", tmp_path / "shop", "-lsqlite3"])
    assert compiled.returncode == 0, compiled.stderr.decode()
    assert build.run_watched([tmp_path / "shop"], tmp_path / "recording.pb").returncode == 0
    finding = only(build.report(tmp_path / "recording.pb"))
    assert (finding["loop"]["function"], finding["loop"]["line"]) == ("page", line_of(C.splitlines(), "/* loop */"))
    assert finding["location"]["function"] == "db_query"


def test_a_static_library_without_lines_is_not_the_place(build, tmp_path):
    before, helper = C.split("__attribute__", 1)
    helper, rest = helper.split("__attribute__", 1)
    (tmp_path / "store.c").write_text(before.replace("static ", "extern ") + helper.replace("((noinline)) static ", ""))
    shop = (before.replace("static ", "").replace("db;", "db;\nint db_query(const char *, int, int *);") + "__attribute__" + rest)
    (tmp_path / "shop.c").write_text(shop)
    for words in (["-c", "store.c"], ["-g", "-c", "shop.c"], ["shop.o", "store.o", "-o", "shop", "-lsqlite3"]):
        compiled = build.run(["cc", "-O1", *words], cwd=tmp_path)
        assert compiled.returncode == 0, compiled.stderr.decode()
    assert build.run_watched([tmp_path / "shop"], tmp_path / "recording.pb").returncode == 0
    finding = only(build.report(tmp_path / "recording.pb"))
    line = line_of(shop.splitlines(), "/* loop */")
    assert (finding["location"]["function"], finding["location"]["line"]) == ("page", line)
    assert (finding["loop"]["function"], finding["loop"]["line"]) == ("page", line)


# The layers of a program that somebody else packaged: nothing is the user's own.
LAYERS = {
    "bin/gunicorn": "import sys; sys.path[:0] = [sys.argv[1]]\nimport shoplib.pages\nshoplib.pages.main()\n",
    "site-packages/shoplib/__init__.py": "",
    "site-packages/shoplib/store.py": """\
import sqlite3
db = sqlite3.connect(":memory:")
db.execute("create table people(id integer primary key, name text)")
db.execute("create table posts(id integer primary key, author_id int)")
for i, person in enumerate([7, 3, 9, 12, 1, 15]):
    db.execute("insert into people values (?, 'n')", (person,))
    db.execute("insert into posts values (?, ?)", (1000 + i, person))
def run(sql, *parameters):
    return db.execute(sql, parameters).fetchall()
""",
    "site-packages/shoplib/pages.py": """\
from shoplib.store import run
def name_of(person):
    return run("select name from people where id = ?", person)
def page():
    for post in run("select id, author_id as who from posts order by id"):
        name_of(post[1])
""" + "".join(f"def other{i}():\n    run('select count(*) as n{i} from posts')\n" for i in range(9)) + """\
def main():
    page()
""" + "".join(f"    other{i}()\n" for i in range(9)),
}


def test_packaged_software_has_its_place_outside_of_wrappers_and_never_in_a_launcher(build, tmp_path):
    for name, text in LAYERS.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    recording = tmp_path / "recording.pb"
    result = build.run_watched([PYTHON, tmp_path / "bin/gunicorn", tmp_path / "site-packages"], recording)
    assert result.returncode == 0, result.stderr.decode()
    report = build.report(recording)
    finding = only(report)
    places = {group["location"]["function"] for group in report["groups"]}
    assert (finding["location"]["function"], finding["loop"]["function"]) == ("name_of", "page")
    assert "run" not in places and {f"other{i}" for i in range(9)} < places
    launched = [frame for group in report["groups"] for frame in group["stack"] if frame["file"].endswith("/gunicorn")]
    assert launched and not any(frame["in_app"] for frame in launched)


def test_once_in_each_of_several_processes_is_nothing(build, tmp_path):
    script = tmp_path / "shop.py"
    script.write_text(SHOP + "import sys\nquery('select title from posts where editor_id = ?', int(sys.argv[1]))\n")
    for worker in range(8):
        assert build.run_watched([PYTHON, script, str(worker)], tmp_path / f"{worker}.pb").returncode == 0
    report = build.report(*tmp_path.glob("*.pb"))
    assert any(group["executions"] == 8 for group in report["groups"])
    assert not [finding for finding in report["findings"] if finding["kind"] in ("n_plus_one", "duplicate_query")]


SCHEMA = """
tables = query("select name from sqlite_master where name != 'x' order by name")
for (table,) in tables:
    query("select sql from sqlite_master where tbl_name = ?", table)
"""


def test_a_program_that_asks_for_the_schema_in_a_loop_is_told(report_of):
    more = "".join(f'db.execute("create table more{i}(id)")\n' for i in range(6))
    assert only(report_of(more + SCHEMA))["executions"] == 8
    assert report_of(SCHEMA)["findings"] == []  # two tables


def test_a_mapper_that_asks_for_the_schema_is_not_told(build, tmp_path):
    mapper = tmp_path / "site-packages/sqlalchemy/__init__.py"
    mapper.parent.mkdir(parents=True)
    mapper.write_text("""\
def reflect(db):
    for table in db.execute("select name from sqlite_master where name != 'x' order by name").fetchall():
        db.execute("select sql from sqlite_master where tbl_name = ?", table).fetchall()
""")
    script = tmp_path / "shop.py"
    script.write_text(SHOP + "".join(f'db.execute("create table more{i}(id)")\n' for i in range(6)) +
                      f"import sys; sys.path[:0] = [{str(mapper.parents[1])!r}]\nimport sqlalchemy; sqlalchemy.reflect(db)\n")
    assert build.run_watched([PYTHON, script], tmp_path / "recording.pb").returncode == 0
    report = build.report(tmp_path / "recording.pb")
    assert any("sqlite_master" in group["statement"]["text"] and group["executions"] == 8 for group in report["groups"])
    assert report["findings"] == []


def test_names_of_compiled_code_are_those_of_the_next_run(build, tmp_path):
    script = tmp_path / "shop.py"
    script.write_text(SHOP + """
import sys
name = f"_app_views_posts_html_erb___{sys.argv[1]}_{sys.argv[2]}"
exec(compile(f"def {name}(person):\\n    return query('select name from people where id = ?', person)\\n", "/srv/views/posts.erb", "exec"))
for post in query("select id, author_id as who from posts order by id"):
    globals()[name](post[1])
""")
    signatures = []
    for run, numbers in enumerate([("1234567890123", "45678"), ("3987654321098", "5")]):
        assert build.run_watched([PYTHON, script, *numbers], tmp_path / f"{run}.pb").returncode == 0
        signatures.append(only(build.report(tmp_path / f"{run}.pb"))["signature"])
    assert signatures[0] == signatures[1]
    merged = only(build.report(tmp_path / "0.pb", tmp_path / "1.pb"))
    assert merged["executions"] == 20 and merged["signature"] == signatures[0]


def test_a_tree_that_is_walked_node_by_node_is_its_own_parent(report_of):
    finding = only(report_of("""
db.execute("create table nodes(id integer primary key, parent_id int)")
nodes = [1]
for i in range(40):
    db.execute("insert into nodes values (?, ?)", (100 + 7 * i, nodes[i // 3]))
    nodes.append(100 + 7 * i)

def walk(parent):
    for (node,) in query("select id from nodes where parent_id = ?", parent):
        walk(node)  # below

walk(1)
"""))
    assert finding["confidence"] == "proven" and finding["parent"] == finding["group"] == finding["root"]
    assert (finding["parent_column"], finding["parameter"]) == ("id", 1)
    assert "one list per level" in finding["advice"]["text"] and "recursive CTE" in finding["advice"]["text"]
    assert "where parent_id in (" in finding["advice"]["sql"]
    assert "column id of its own rows -> parameter 1" in report_of.text


def test_a_tree_that_comes_back_to_itself_is_one_recursive_place(report_of):  # noqa: F811
    report = report_of("""
db.execute("create table items(id integer primary key, album_id int)")
db.execute("create table albums(id integer primary key, parent_id int)")
for i in range(1, 30):
    db.execute("insert into albums values (?, ?)", (100 + i, 100 + i // 2))
    db.execute("insert into items values (?, ?)", (500 + 3 * i, 100 + i))

def items_of(album):
    for (item,) in query("select id from items where album_id = ?", album):
        albums_of(item)

def albums_of(item):
    for (album,) in query("select album_id from items where id = ?", item):
        for (child,) in query("select id from albums where parent_id = ?", album):
            items_of(child)

items_of(101)
""")
    executions = sorted(group["executions"] for group in report["groups"] if " from " in group["statement"]["text"])
    assert executions == [1, 1, 1, 28, 28, 28]  # the first round, and all others however deep they went
    assert len({finding["root"] for finding in report["findings"]}) == 1 and report_of.text.count(". nested N+1, proven") == 1
