"""What nplus1 counts of the samples on PostgreSQL is what the server counts in pg_stat_statements, statement by statement."""
import json

import pytest
from conftest import ROOT
from postgresql import calls_by_statement, executions_by_statement

SAMPLES = sorted(path.stem for path in (ROOT / "samples/c/postgresql").glob("*.c") if path.stem != "shop")


class Watched:
    def __init__(self, build, server, sample, folder):
        database = server.new_database()
        server.forget_calls()
        self.run = build.run_watched([build.sample(sample, "postgresql"), "--db", database, "--counts", folder / "counts.json"],
                                     folder / "recording.pb", **server.variables)
        self.calls = calls_by_statement(build, server.calls(database))
        self.counts = json.loads((folder / "counts.json").read_text())
        self.report = build.report(folder / "recording.pb")
        self.database = database


@pytest.fixture(scope="module", params=SAMPLES)
def watched(request, build, server, tmp_path_factory):
    return Watched(build, server, request.param, tmp_path_factory.mktemp("sample"))


def test_each_statement_has_the_executions_that_the_server_counted(watched):
    assert watched.run.stderr == b""
    assert executions_by_statement(watched.report) == watched.calls


def test_the_sum_is_what_the_sample_counted(watched):
    assert watched.report["totals"]["executions"] == watched.counts["total"] == sum(watched.calls.values())


def test_the_database_goes_by_its_name(watched):
    assert {group["database"]["name"] for group in watched.report["groups"]} == {watched.database}


def test_three_ways_of_not_waiting_count_alike(build, server, tmp_path):
    run = build.run_watched([build.sample("async", "postgresql"), 20, 5, "--counts", tmp_path / "counts.json"],
                            tmp_path / "recording.pb", **server.variables)
    assert run.returncode == 0, run.stderr
    report = build.report(tmp_path / "recording.pb")
    for own in json.loads((tmp_path / "counts.json").read_text())["groups"]:
        group, = (group for group in report["groups"] if group["location"]["function"] == own["name"])
        assert (group["executions"], group["rows"], group["errors"]) == (own["executions"], own["rows"], 0)
        assert group["distinct_values"] == (own["distinct_values"] or 1)
        assert group["time_ns"] > 0
    names = {group["id"]: group["location"]["function"] for group in report["groups"]}
    assert {(names[finding["group"]], names[finding["parent"]], finding["confidence"]) for finding in report["findings"]} == {
        (f"load_posts_{how}", "load_users", "proven") for how in ("pipelined", "row_by_row", "polling")}
