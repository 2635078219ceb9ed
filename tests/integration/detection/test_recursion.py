"""A function that calls itself at two places (the left and the right side of a tree) is a loop at each of them, not one for every way down;
and copies that a compiler makes of a loop or a recursion are one place."""
import subprocess

import pytest
from python_samples import PYTHON

NODES = 127  # numbered as a heap; their keys are not
ROWS = [(i * 37 % 128, 2 * i * 37 % 128 if i < 64 else None, (2 * i + 1) * 37 % 128 if i < 64 else None) for i in range(1, NODES + 1)]
TREE = ("create table bin(id integer primary key, lft integer, rgt integer);"
        f"insert into bin values {', '.join('(%s, %s, %s)' % tuple('null' if v is None else v for v in row) for row in ROWS)};")
WALKS = {  # file: (command, text)
    "walk.py": ([PYTHON], """
import sqlite3
db = sqlite3.connect(":memory:")
db.executescript('''%s''')
def walk(key):
    if not key: return 0
    left, right = db.execute("select lft, rgt from bin where id = ?", (key,)).fetchone()
    n = walk(left)  # left
    return n + 1 + walk(right)  # right
print(walk(37))
"""),
    "walk.rb": (["ruby"], """
require "sqlite3"
$db = SQLite3::Database.new(":memory:")
$db.execute_batch("%s")
def walk(key)
  return 0 unless key
  left, right = $db.execute("select lft, rgt from bin where id = ?", [key]).first
  n = walk(left) # left
  n + 1 + walk(right) # right
end
puts walk(37)
"""),
    "walk.php": (["php"], """<?php
$db = new PDO("sqlite::memory:");
$db->exec("%s");
function walk($key) {
    global $db;
    if (!$key) return 0;
    $found = $db->prepare("select lft, rgt from bin where id = ?");
    $found->execute([$key]);
    $row = $found->fetch(PDO::FETCH_NUM);
    $n = walk($row[0]); // left
    return $n + 1 + walk($row[1]); // right
}
echo walk(37), PHP_EOL;
"""),
    "walk.pl": (["perl"], """
use DBI;
my $db = DBI->connect("dbi:SQLite:dbname=:memory:", "", "", {sqlite_allow_multiple_statements => 1});
$db->do("%s");
sub walk {
    my $key = shift or return 0;
    my ($left, $right) = $db->selectrow_array("select lft, rgt from bin where id = ?", undef, $key);
    my $n = walk($left); # left
    return $n + 1 + walk($right); # right
}
print walk(37), "\\n";
"""),
    "walk.tcl": (["tclsh"], """
package require sqlite3
sqlite3 db :memory:
db eval {%s}
proc walk {key} {
    if {$key eq ""} {return 0}
    lassign [db eval {select lft, rgt from bin where id = $key}] left right
    set n [walk $left] ;# left
    expr {$n + 1 + [walk $right]} ;# right
}
puts [walk 37]
"""),
}
C_HEAD = """
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
static sqlite3 *db;
static sqlite3_stmt *statement;
static void begin(const char *setup, const char *text)
{
    if (sqlite3_open(":memory:", &db) || sqlite3_exec(db, setup, NULL, NULL, NULL) || sqlite3_prepare_v2(db, text, -1, &statement, NULL))
        exit(1);
}
"""
C_TREE = C_HEAD + """
static int visited;
static void walk(int key)
{
    int left = 0, right = 0;
    if (!key)
        return;
    sqlite3_bind_int(statement, 1, key);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        left = sqlite3_column_int(statement, 0);
        right = sqlite3_column_int(statement, 1);
    }
    sqlite3_reset(statement);
    walk(left); /* left */
    walk(right); /* right */
    visited++;
}
int main(void)
{
    begin("%s", "select lft, rgt from bin where id = ?");
    walk(37);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    printf("%%d\\n", visited);
    return 0;
}
""" % TREE
C_CHILDREN = C_HEAD + """
static int visited;
static void walk(int key)
{
    sqlite3_stmt *children;
    sqlite3_prepare_v2(db, "select id from bin where parent = ?", -1, &children, NULL);
    sqlite3_bind_int(children, 1, key);
    while (sqlite3_step(children) == SQLITE_ROW)
        walk(sqlite3_column_int(children, 0)); /* child */
    sqlite3_finalize(children);
    visited++;
}
int main(void)
{
    begin("create table bin(id integer primary key, parent integer);"
          "with recursive n(i) as (select 1 union all select i + 1 from n where i < 40) insert into bin select i, i / 2 from n", "select 1");
    walk(1);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    printf("%d\\n", visited);
    return 0;
}
"""
CXX_ALGORITHM = C_HEAD + """
#include <algorithm>
#include <vector>
int main()
{
    std::vector<int> keys;
    sqlite3_stmt *all;
    begin("create table bin(id integer primary key, n integer);"
          "with recursive n(i) as (select 1 union all select i + 1 from n where i < 22) insert into bin select i * 37 % 101, i from n",
          "select n from bin where id = ?");
    sqlite3_prepare_v2(db, "select id from bin order by n", -1, &all, NULL);
    while (sqlite3_step(all) == SQLITE_ROW)
        keys.push_back(sqlite3_column_int(all, 0));
    sqlite3_finalize(all);
    bool found = std::any_of(keys.begin(), keys.end(), [](int key) {
        sqlite3_reset(statement);
        sqlite3_bind_int(statement, 1, key);
        sqlite3_step(statement); /* query */
        return sqlite3_column_int(statement, 0) > 100;
    });
    sqlite3_finalize(statement);
    sqlite3_close(db);
    printf("%d\\n", found);
}
"""
C_LOOP = C_HEAD + """
int main(void)
{
    int sum = 0;
    begin("create table bin(id integer primary key, n integer); insert into bin values (11, 1), (48, 2)", "select sum(n) from bin where id = ?");
    for (int i = 0; i < COUNT; i++) {
        sqlite3_bind_int(statement, 1, KEY);
        sqlite3_step(statement); /* query */
        sum += sqlite3_column_int(statement, 0);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    printf("%d\\n", sum);
    return 0;
}
"""


@pytest.fixture
def findings_of(build, tmp_path):
    """What is found of the program, which says the same as without the agent."""
    def run(command):
        recording = tmp_path / "recording.pb"
        expected, result = build.run(command), build.run_watched(command, recording)
        assert (result.returncode, result.stdout, result.stderr) == (0, expected.stdout, b"")
        return build.report(recording)["findings"]
    return run


def compile_c(tmp_path, text, *options):
    (tmp_path / "program.c").write_text(text)
    subprocess.run(["gcc", "-g", *options, "-o", "program", "program.c", "-lsqlite3"], cwd=tmp_path, check=True)
    return [tmp_path / "program"]


def line_of(text, mark):
    return next(number for number, line in enumerate(text.splitlines(), 1) if mark in line)


@pytest.mark.parametrize("name", WALKS)
def test_both_sides_of_a_tree_are_two_loops(findings_of, tmp_path, name):
    command, text = WALKS[name]
    (tmp_path / name).write_text(text % TREE)
    findings = findings_of([*command, tmp_path / name])
    lines = (text % TREE).splitlines()
    sides = [next(n for n, line in enumerate(lines, 1) if line.endswith(f"# {side}") or line.endswith(f"// {side}")) for side in ("left", "right")]
    assert sorted((f["loop"]["line"], f["confidence"], f["executions"]) for f in findings) == [(line, "likely", NODES // 2) for line in sides]


@pytest.mark.parametrize("options", [["-O0"], ["-O2"], ["-O3"], ["-O3", "-flto"]], ids=" ".join)
def test_both_sides_of_a_tree_in_c(findings_of, tmp_path, options):
    findings = findings_of(compile_c(tmp_path, C_TREE, *options))
    assert sorted(f["loop"]["line"] for f in findings) == [line_of(C_TREE, "/* left */"), line_of(C_TREE, "/* right */")]
    assert {(f["kind"], f["confidence"]) for f in findings} == {("n_plus_one", "likely")}
    assert sum(f["executions"] for f in findings) == NODES - 1


@pytest.mark.parametrize("options", [["-O0"], ["-O2"], ["-O3"], ["-O3", "-flto"]], ids=" ".join)
def test_a_recursion_that_is_compiled_into_itself_is_one_tree(findings_of, tmp_path, options):
    finding, = findings_of(compile_c(tmp_path, C_CHILDREN, *options))
    assert (finding["confidence"], finding["parent_column"], finding["executions"]) == ("proven", "id", 39)
    assert finding["loop"]["line"] == line_of(C_CHILDREN, "/* child */")


@pytest.mark.parametrize("options", [["-O0"], ["-O2"], ["-O3"]], ids=" ".join)
def test_a_loop_that_the_standard_library_has_unrolled_is_one(findings_of, tmp_path, options):
    (tmp_path / "program.cc").write_text(CXX_ALGORITHM)
    subprocess.run(["g++", "-g", *options, "-o", "program", "program.cc", "-lsqlite3"], cwd=tmp_path, check=True)
    finding, = findings_of([tmp_path / "program"])
    assert (finding["confidence"], finding["parent_column"], finding["executions"]) == ("proven", "id", 22)
    assert finding["location"]["line"] == line_of(CXX_ALGORITHM, "/* query */")


@pytest.mark.parametrize("key, count, kind, executions", [("11 + i * 37", 10, "n_plus_one", 10), ("11 + i % 3 * 37", 40, "duplicate_query", 40)])
@pytest.mark.parametrize("options", [["-O2"], ["-O3", "-funroll-all-loops"]], ids=" ".join)
def test_copies_of_a_loop_are_counted_together(findings_of, tmp_path, options, key, count, kind, executions):
    program = compile_c(tmp_path, C_LOOP, f"-DKEY={key}", f"-DCOUNT={count}", *options)
    finding, = findings_of(program)
    assert (finding["kind"], finding["confidence"], finding["executions"]) == (kind, "likely", executions)
    assert finding["location"]["line"] == line_of(C_LOOP, "/* query */")
