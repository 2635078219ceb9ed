"""Processes of Erlang's: what they ask for belongs together, whichever of the machine's threads carries them."""
from pathlib import Path

import pytest
from postgresql import alike, calls_by_statement, executions_by_statement

PROGRAM = Path(__file__).parents[2] / "programs/protocol/processes.erl"
ORDERS = 40
TABLES = f"""
CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL);
INSERT INTO customers SELECT k, repeat('x', k % 7) FROM generate_series(1, {ORDERS}) AS k;
INSERT INTO orders SELECT k, (k * 17) % {ORDERS} + 1 FROM generate_series(1, {ORDERS}) AS k;
"""


@pytest.fixture(scope="module")
def database(server):
    name = server.new_database()
    server.sql(TABLES, name)
    return name


@pytest.fixture
def watch(build, server, database, tmp_path):
    """The findings about what the program did, which prints the same as without the agent and whose statements the server counted."""
    def watch(what):
        command, variables = ["escript", PROGRAM, what, str(ORDERS)], {**server.variables, "PGDATABASE": database}
        plain = build.run(command, **variables)
        assert (plain.returncode, plain.stderr) == (0, b"")
        server.forget_calls()
        watched = build.run_watched(command, tmp_path / "r.pb", **variables)
        assert (watched.returncode, watched.stdout, watched.stderr) == (0, plain.stdout, b"")
        report = build.report(tmp_path / "r.pb")
        assert alike(executions_by_statement(report)) == alike(calls_by_statement(build, server.calls(database)))
        assert [process["left_out"] for process in report["processes"]] == [0]
        return report["findings"]
    return watch


@pytest.mark.parametrize("what", ["loop", "pool"])
def test_a_loop_is_one_whose_statements_come_from_several_threads(watch, what):
    (finding,) = watch(what)
    assert (finding["kind"], finding["confidence"], finding["parent_column"]) == ("n_plus_one", "proven", "customer_id")
    assert (finding["executions"], finding["episodes"], finding["max_per_episode"]) == (ORDERS, 1, ORDERS)
    assert finding["location"] == {"file": None, "line": None, "function": None}  # of the machine's own functions none is a place


def test_one_list_is_no_loop(watch):
    assert watch("list") == []


def test_one_lookup_for_each_visitor_is_no_loop(watch):
    assert watch("visitors") == []
