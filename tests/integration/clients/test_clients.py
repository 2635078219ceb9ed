"""Clients in C++ and Tcl: an N+1 loop, two loops, and the eager twin, with the counts that the program made itself."""
import pytest
from conftest import ROOT

SOURCES = ROOT / "tests/programs/clients"
CUSTOMERS, ORDERS = 12, 3
TABLES = ("CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INTEGER);")
NUMBERS = {"sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0}) INSERT INTO {1} SELECT {2} FROM n;",
           "postgresql": "INSERT INTO {1} SELECT {2} FROM generate_series(1, {0}) AS n(i);"}
# client -> system -> its command, behind the mode
CLIENTS = {
    ("pqxx", "postgresql"): lambda build, database: [build.program("clients", "client_pqxx")],
    ("soci", "sqlite"): lambda build, database: [build.program("clients", "client_soci"), f"sqlite3://db={database}"],
    ("soci", "postgresql"): lambda build, database: [build.program("clients", "client_soci"), f"postgresql://dbname={database}"],
    ("qt", "sqlite"): lambda build, database: [build.program("clients", "client_qt"), "QSQLITE", database],
    ("qt", "postgresql"): lambda build, database: [build.program("clients", "client_qt"), "QPSQL", database],
    ("tcl", "sqlite"): lambda build, database: ["tclsh", SOURCES / "shop.tcl", database],
    ("pgtcl", "postgresql"): lambda build, database: ["tclsh", SOURCES / "shop_pg.tcl", database],
    ("sqlite3", "sqlite"): lambda build, database: ["sqlite3", database],
    ("psql", "postgresql"): lambda build, database: ["psql", "-XAtq", "-d", database],
}
# Statements that a client sends on its own.
OWN = ("begin", "commit", "set ", "deallocate", "pragma ", "select version", "select pg_", "prepare ", "show ", "select ? x")
SOURCE = {"pqxx": "pqxx.cc", "soci": "soci.cc", "qt": "qt.cc", "tcl": "shop.tcl", "pgtcl": "shop_pg.tcl"}
LANGUAGE = {"pqxx": "c++", "soci": "c++", "qt": "c++", "tcl": "tcl", "pgtcl": "tcl"}
# What a person does who types, or a script that they made: the same statement for each customer.
SHELL = {"lazy": "SELECT id FROM customers ORDER BY id;\n"
                 + "".join(f"SELECT id FROM orders WHERE customer_id = {1000 + i};\n" for i in range(1, CUSTOMERS + 1)),
         "eager": "SELECT o.id FROM customers c JOIN orders o ON o.customer_id = c.id;\n"}


def watch(build, server, tmp_path, client, system, mode):
    variables = {"QT_LOGGING_RULES": "*=false"}
    fill = TABLES + NUMBERS[system].format(CUSTOMERS, "customers", "1000 + i, 'name ' || i") + NUMBERS[system].format(
        CUSTOMERS * ORDERS, "orders", f"50000 + i, 1001 + (i - 1) % {CUSTOMERS}")
    if system == "postgresql":
        database = server.new_database()
        server.sql(fill, database)
        variables.update(server.variables, PGDATABASE=database)
    else:
        database = tmp_path / "shop.db"
        assert build.run(["sqlite3", database, fill]).returncode == 0
    command = CLIENTS[client, system](build, database)
    if client in ("sqlite3", "psql"):
        run = build.run_watched(command, tmp_path / "recording.pb", input=SHELL[mode].encode(), **variables)
    else:
        place = 2 if LANGUAGE[client] == "tcl" else 1
        run = build.run_watched([*command[:place], mode, *command[place:]], tmp_path / "recording.pb", **variables)
    assert run.returncode == 0, run.stderr.decode()
    assert run.stderr == b""
    return run.stdout.decode(), build.report(tmp_path / "recording.pb")


def executions(report):
    return sum(group["executions"] for group in report["groups"] if not group["statement"]["text"].startswith(OWN))


def lines_of(client, marker):
    return {number for number, line in enumerate((SOURCES / SOURCE[client]).read_text().splitlines(), 1) if marker in line}


PROGRAMS = [key for key in CLIENTS if key[0] not in ("sqlite3", "psql")]


@pytest.mark.parametrize("client, system", PROGRAMS, ids=lambda word: word)
def test_a_loop_is_counted_and_proven(build, server, tmp_path, client, system):
    output, report = watch(build, server, tmp_path, client, system, "lazy")
    assert executions(report) == int(output.split()[0]) == 1 + CUSTOMERS
    (finding,) = [finding for finding in report["findings"] if finding["kind"] == "n_plus_one"]
    assert (finding["confidence"], finding["parent_column"], finding["executions"]) == ("proven", "id", CUSTOMERS)
    assert finding["location"]["file"] == str(SOURCES / SOURCE[client])
    assert finding["location"]["line"] in lines_of(client, "N+1 here")
    (group,) = [group for group in report["groups"] if group["id"] == finding["group"]]
    assert [frame["language"] for frame in group["stack"] if frame["in_app"]][0] == LANGUAGE[client]


@pytest.mark.parametrize("client, system", PROGRAMS, ids=lambda word: word)
def test_two_loops_are_two_findings(build, server, tmp_path, client, system):
    output, report = watch(build, server, tmp_path, client, system, "two")
    assert executions(report) == int(output.split()[0]) == 1 + 2 * CUSTOMERS
    findings = [finding for finding in report["findings"] if finding["kind"] == "n_plus_one"]
    assert [(finding["confidence"], finding["executions"]) for finding in findings] == [("proven", CUSTOMERS)] * 2
    assert len({finding["signature"] for finding in findings}) == 2
    if LANGUAGE[client] == "tcl":
        assert {finding["location"]["line"] for finding in findings} == lines_of(client, "N+1 here") | lines_of(client, "the second N+1")


@pytest.mark.parametrize("client, system", PROGRAMS, ids=lambda word: word)
def test_the_eager_twin_has_no_finding(build, server, tmp_path, client, system):
    output, report = watch(build, server, tmp_path, client, system, "eager")
    assert executions(report) == int(output.split()[0]) == 1
    assert report["findings"] == []


@pytest.mark.parametrize("client, system", (("sqlite3", "sqlite"), ("psql", "postgresql")), ids=lambda word: word)
def test_a_script_of_a_shell(build, server, tmp_path, client, system):
    output, report = watch(build, server, tmp_path, client, system, "lazy")
    assert (executions(report), len(output.split())) == (1 + CUSTOMERS, CUSTOMERS + CUSTOMERS * ORDERS)
    (finding,) = [finding for finding in report["findings"] if finding["kind"] == "n_plus_one"]
    assert (finding["confidence"], finding["parent_column"], finding["executions"]) == ("proven", "id", CUSTOMERS)


@pytest.mark.parametrize("client, system", (("sqlite3", "sqlite"), ("psql", "postgresql")), ids=lambda word: word)
def test_the_eager_twin_of_a_script(build, server, tmp_path, client, system):
    output, report = watch(build, server, tmp_path, client, system, "eager")
    assert (executions(report), len(output.split()), report["findings"]) == (1, CUSTOMERS * ORDERS, [])
