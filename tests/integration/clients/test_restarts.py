"""Drivers that step a statement once to see whether it works, reset it and step it again: for reading that is one execution."""
import textwrap

PHP = """<?php
    $db = new SQLite3(':memory:');
    $db->exec('CREATE TABLE t (a)');                                        // 1
    $insert = $db->prepare('INSERT INTO t VALUES (:a)');
    for ($i = 1; $i <= 4; $i++) { $insert->bindValue(':a', $i); $insert->execute(); }   // 4
    $insert->execute();                                                     // 1: the same values again
    $insert->execute()->fetchArray();                                       // 2: PHP inserts again when it fetches
    $rows = $db->query('SELECT a FROM t');                                  // 1
    while ($rows->fetchArray()) $seen++;
    $again = $db->query('SELECT a, 1 FROM t');                              // 1
    $again->fetchArray();
    $again->reset();
    while ($again->fetchArray()) $seen++;                                   // 1: from the start
    $all = $db->prepare('SELECT a, 2 FROM t WHERE a > 2');
    for ($i = 0; $i < 3; $i++) { $result = $all->execute(); while ($result->fetchArray()) $seen++; }   // 3
    for ($i = 0; $i < 3; $i++) $all->execute();                             // 3: never fetched
    $none = $db->prepare('SELECT a, 3 FROM t WHERE a > 20');
    for ($i = 0; $i < 3; $i++) $none->execute()->fetchArray();              // 3
    for ($i = 0; $i < 2; $i++) $none->execute();                            // 2
    echo $seen, ' ', $db->querySingle('SELECT count(*) FROM t');            // 1
"""

LUA = """
local db = require("luasql.sqlite3").sqlite3():connect(":memory:")
db:execute("CREATE TABLE t (a)")
for i = 1, 4 do db:execute("INSERT INTO t VALUES (" .. i .. ")") end
for i = 1, 6 do
    local cursor = db:execute("SELECT a FROM t WHERE a > " .. i)
    while cursor and cursor:fetch() do end
end
"""


def run(build, folder, interpreter, name, script):
    (folder / name).write_text(textwrap.dedent(script).replace("$db = new", "$seen = 0; $db = new"))
    command = [interpreter, folder / name]
    alone = build.run(command)
    watched = build.run_watched(command, folder / "recording.pb")
    assert (watched.returncode, watched.stdout, watched.stderr) == (0, alone.stdout, b"")
    report = build.report(folder / "recording.pb")
    counts = {}
    for group in report["groups"]:
        executions, rows = counts.get(group["statement"]["text"], (0, 0))
        counts[group["statement"]["text"]] = executions + group["executions"], rows + group["rows"]
    return watched.stdout.decode(), counts


def test_php_is_counted_as_its_programmers_count(build, tmp_path):
    output, counts = run(build, tmp_path, "php", "script.php", PHP)
    rows = 4 + 1 + 2
    assert output == f"{rows + rows + 3 * 5} {rows}"
    assert counts == {"create table t(a)": (1, 0), "insert into t values (?)": (4 + 1 + 2, 0), "select a from t": (1, rows),
                      "select a, ? from t": (2, 1 + rows), "select a, ? from t where a > ?": (3 + 3 + 3 + 2, 3 * 5 + 3),
                      "select count(*) from t": (1, 1)}


def test_luasql_is_counted_as_its_programmers_count(build, tmp_path):
    _, counts = run(build, tmp_path, "lua5.4", "script.lua", LUA)
    assert counts == {"create table t(a)": (1, 0), "insert into t values (?)": (4, 0),
                      "select a from t where a > ?": (6, 3 + 2 + 1)}
