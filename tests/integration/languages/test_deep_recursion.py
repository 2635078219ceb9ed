"""A recursion is one place in the program, however deep it goes: deeper than the agent's own stack has room for."""
import pytest

QUERY = "select * from c where p = ?"

# The command, the script, how deep it goes.
LANGUAGES = {
    "python": (["/usr/bin/python3"], """
import sqlite3, sys
db = sqlite3.connect(":memory:")
db.execute("CREATE TABLE c(p)")
def left(n):
    db.execute("SELECT * FROM c WHERE p = ?", (n,)).fetchall()
    if n < 1500:
        right(n + 1)
def right(n):
    left(n)
sys.setrecursionlimit(5000)
left(1)
""", 1500),
    "ruby": (["ruby"], """
require "sqlite3"
DB = SQLite3::Database.new(":memory:")
DB.execute("CREATE TABLE c(p)")
def left(n)
  DB.execute("SELECT * FROM c WHERE p = ?", [n])
  right(n + 1) if n < 450
end
def right(n)
  left(n)
end
left(1)
""", 450),
    "php": (["php"], """<?php
$db = new PDO("sqlite::memory:");
$db->exec("CREATE TABLE c(p)");
$statement = $db->prepare("SELECT * FROM c WHERE p = ?");
function left($n) { global $statement; $statement->execute([$n]); $statement->fetchAll(); if ($n < 1500) right($n + 1); }
function right($n) { left($n); }
left(1);
""", 1500),
    "perl": (["perl"], """
use DBI; no warnings "recursion";
my $db = DBI->connect("dbi:SQLite:dbname=:memory:");
$db->do("CREATE TABLE c(p)");
sub left { my $n = shift; $db->selectall_arrayref("SELECT * FROM c WHERE p = ?", {}, $n); right($n + 1) if $n < 1500; return }
sub right { left(@_); return }
left(1);
""", 1500),
    "tcl": (["tclsh"], """
package require sqlite3
sqlite3 db :memory:
db eval {CREATE TABLE c(p)}
interp recursionlimit {} 5000
proc left n {
    db eval {SELECT * FROM c WHERE p = $n}
    if {$n < 400} {
        right [expr {$n + 1}]
    }
}
proc right n {
    left $n
}
left 1
""", 400),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_deep_recursion_is_one_place(build, tmp_path, language):
    """Its outermost step stands at another line than the others, or calls from another place."""
    command, text, depth = LANGUAGES[language]
    (tmp_path / "script").write_text(text)
    run = build.run_watched([*command, tmp_path / "script"], tmp_path / "recording.pb")
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")
    groups = [group for group in build.report(tmp_path / "recording.pb")["groups"] if group["statement"]["text"] == QUERY]
    assert sorted(group["executions"] for group in groups) in ([depth], [1, depth - 1])
    assert {frame["language"] for group in groups for frame in group["stack"]} == {language}
    assert all(len(group["stack"]) < 20 for group in groups)
