"""Debian's sqlite3 shell with a script of 1,000 statements: the same output, and every execution counted.

What it executed is known from the shell itself: its .trace writes each statement that begins to run."""
import random

import pytest

STATEMENTS = 1000
SHELL = "/usr/bin/sqlite3"


def write_script(seed):
    """One statement a line (or several on one), all of them traced as one line each."""
    choose = random.Random(seed)
    lines = [".bail off", "CREATE TABLE customer(id INTEGER PRIMARY KEY, name TEXT UNIQUE);",
             "CREATE TABLE purchase(id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customer, total REAL);",
             "CREATE INDEX purchase_customer ON purchase(customer_id);",
             "CREATE VIEW totals AS SELECT customer_id, sum(total) AS total FROM purchase GROUP BY customer_id;",
             "CREATE TRIGGER gone AFTER DELETE ON customer BEGIN DELETE FROM purchase WHERE customer_id = old.id; END;"]
    count = len(lines) - 1
    made = 0
    while count < STATEMENTS:
        made += 1
        number = choose.randrange(1, 200)
        kinds = [
            [f"INSERT INTO customer(name) VALUES ('name {choose.randrange(400)}');"],  # now and then not unique
            [f"INSERT INTO purchase(customer_id, total) VALUES ({number}, {choose.random() * 100:.2f});"],
            [f"INSERT INTO purchase(customer_id, total) VALUES ({number}, 1), ({number + 1}, 2), ({number + 2}, 3);"],
            [f"SELECT * FROM customer WHERE id = {number};"],
            [f"SELECT name, total FROM customer JOIN totals ON customer_id = id WHERE id < {number} ORDER BY 1 LIMIT 5;"],
            [f"SELECT count(*), 'a;b' FROM purchase WHERE customer_id IN ({number}, {number + 1}, {number + 7});"],
            [f"UPDATE purchase SET total = total + 1 WHERE customer_id = {number};"],
            [f"DELETE FROM customer WHERE id = {number} AND id % 7 = 0;"],
            [f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number}) SELECT sum(i) FROM n;"],
            [f"SELECT x'00ff', NULL, -{number}, \"id\", [id], `id` FROM customer LIMIT 1;"],
            ["BEGIN;", f"UPDATE customer SET name = name || '!' WHERE id = {number};", choose.choice(["COMMIT;", "ROLLBACK;"])],
            [f"SAVEPOINT s;", f"DELETE FROM purchase WHERE id = {number};", "ROLLBACK TO s;", "RELEASE s;"],
            [f"SELECT {number}; SELECT {number + 1}; SELECT {number + 2};"],
            [f"CREATE TABLE temporary_{made}(a);", f"DROP TABLE temporary_{made};"],
            ["PRAGMA user_version;", f"PRAGMA user_version = {number};"],
            [f"SELEC {number};", "SELECT * FROM nowhere;", "SELECT 1/0, abs('x');"],  # two errors
            ["INSERT INTO customer(id) SELECT id FROM customer LIMIT 2;"],  # fails while it runs
            [f"REPLACE INTO customer(id, name) VALUES ({number}, 'replaced {number}');"],
            ["ANALYZE;"],
            ["-- a comment", f"/* and */ SELECT {number} /* another */;"],
            [".tables", ".schema customer", ".mode csv", "SELECT * FROM customer LIMIT 2;", ".mode list"],
        ]
        chosen = choose.choice(kinds)
        lines += chosen
        count += sum(line.count(";") if line.startswith("SELECT") and "a;b" not in line else not line.startswith((".", "--"))
                     for line in chosen)
    return "\n".join([*lines, ".indexes", "SELECT * FROM totals ORDER BY 1;", ""])


@pytest.fixture(scope="module")
def script():
    return write_script(2024)


def executed(build, script, folder):
    """How many statements the shell ran. The trace marks what runs inside of another statement as a comment: the library's own, and a
    trigger's; but also what the shell's SQL function for .schema runs itself, which asks for table_info."""
    trace = folder / "trace.txt"
    build.run([SHELL, "-batch", ":memory:"], input=f".trace {trace} --plain\n{script}.trace off\n".encode())
    lines = trace.read_text().splitlines()
    return sum(not line.startswith("--") or line.startswith('-- PRAGMA "main".table_info') for line in lines if line.strip())


def test_output_is_the_same_and_executions_are_those_that_the_shell_traces(build, script, tmp_path):
    alone = build.run([SHELL, "-batch", ":memory:"], input=script.encode())
    run = build.run_watched([SHELL, "-batch", ":memory:"], tmp_path / "recording.pb", input=script.encode())
    assert (run.returncode, run.stdout, run.stderr) == (alone.returncode, alone.stdout, alone.stderr)
    assert b"UNIQUE constraint failed" in run.stderr and b"no such table" in run.stderr
    expected = executed(build, script, tmp_path)
    assert expected >= STATEMENTS - 150  # what cannot be prepared does not run
    report = build.report(tmp_path / "recording.pb")
    assert report["totals"]["executions"] == expected
    assert sum(group["executions"] for group in report["groups"]) == expected
    assert report["totals"]["errors"] == run.stderr.count(b"constraint failed")
    assert [process["left_out"] for process in report["processes"]] == [0]


def test_a_database_in_a_file_comes_out_the_same(build, script, tmp_path):
    for name in ("alone", "watched"):
        (tmp_path / name).mkdir()
    alone = build.run([SHELL, "-batch", "shop.db"], cwd=tmp_path / "alone", input=script.encode())
    run = build.run_watched([SHELL, "-batch", "shop.db"], tmp_path / "recording.pb", cwd=tmp_path / "watched", input=script.encode())
    assert (run.returncode, run.stdout, run.stderr) == (alone.returncode, alone.stdout, alone.stderr)
    dumps = [build.run([SHELL, tmp_path / name / "shop.db", ".dump"]).stdout for name in ("alone", "watched")]
    assert dumps[0] == dumps[1]
    names = {group["database"]["name"] for group in build.report(tmp_path / "recording.pb")["groups"]}
    assert names == {str(tmp_path / "watched/shop.db")}
