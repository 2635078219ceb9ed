"""Every message of the protocol, in every order and in pieces: what is counted is what the server counts, and pieces change nothing."""
from collections import Counter

import pytest
from conftest import ROOT
from drivers.drivers import LOOP, fill
from postgresql import calls_by_statement, executions_by_statement

WIRE = ROOT / "tests/integration/protocol/wire.py"
SCENES = ["simple", "extended", "flushed", "pipelined", "suspended", "copied", "copied_extended", "named_by_sql", "called", "wide", "looped",
          "transactions"]
PYTHON = "/usr/bin/python3"
WAYS = [*((scene, "--pieces=1009" if scene == "wide" else "--pieces=1") for scene in SCENES),
        *((scene, f"--calls={calls}") for scene in ("extended", "copied", "looped") for calls in ("writev", "write", "sendmsg"))]
UNTOLD = ("prepare ", "deallocate ", "pqfn ")  # the server does not count these, and shows an EXECUTE as its PREPARE


def watch(build, server, folder, scene, *how):
    database = server.new_database()
    server.forget_calls()
    run = build.run_watched([PYTHON, "-B", WIRE, scene, database, *how], folder / "recording.pb", **server.variables)
    assert (run.returncode, run.stderr) == (0, b""), run.stderr.decode()
    return database, build.report(folder / "recording.pb")


def summary(report, scene):
    """What must be the same however the bytes came."""
    groups = {group["id"]: group for group in report["groups"]}
    return (sorted((group["statement"]["text"], [frame["line"] for frame in group["stack"] if frame["function"] == scene],
                    group["executions"], group["errors"], group["rows"], group["distinct_values"]) for group in report["groups"]),
            sorted((finding["kind"], finding["confidence"], groups[finding["group"]]["statement"]["text"]) for finding in report["findings"]))


@pytest.fixture(scope="module")
def whole(build, server, tmp_path_factory):
    known = {}

    def find(scene):
        if scene not in known:
            known[scene] = watch(build, server, tmp_path_factory.mktemp(scene), scene)
            known[scene] += (calls_by_statement(build, server.calls(known[scene][0])),)
        return known[scene]
    return find


@pytest.mark.parametrize("scene", SCENES)
def test_each_statement_has_the_executions_that_the_server_counted(whole, scene):
    database, report, calls = whole(scene)
    counted = Counter({text: count for text, count in executions_by_statement(report).items() if not text.startswith(UNTOLD)})
    if scene == "named_by_sql":
        for text in [text for text in calls if text.startswith("prepare ")]:
            calls[text.split(" as ", 1)[1]] += calls.pop(text)
    if scene == "transactions":  # a COMMIT that fails has run, says the server
        counted["commit"] += 1
    assert counted == calls
    assert {group["database"]["name"] for group in report["groups"]} == {database}


@pytest.mark.parametrize("scene, how", WAYS)
def test_pieces_and_calls_change_nothing(build, server, tmp_path, whole, scene, how):
    assert summary(watch(build, server, tmp_path, scene, how)[1], scene) == summary(whole(scene)[1], scene)


def test_a_loop_is_proven(whole):
    _, report, _ = whole("looped")
    finding, = report["findings"]
    assert (finding["kind"], finding["confidence"], finding["executions"]) == ("n_plus_one", "proven", 200)
    assert finding["location"]["file"] == str(WIRE)


@pytest.mark.parametrize("scene", ["extended", "looped", "copied", "wide"])
def test_encryption_changes_nothing(build, tls_server, tmp_path, whole, scene):
    assert summary(watch(build, tls_server, tmp_path, scene, "--tls")[1], scene) == summary(whole(scene)[1], scene)


@pytest.mark.parametrize("words", [(), ("each", "uvloop")])
def test_encryption_by_an_event_loop(build, drivers, tls_server, tmp_path, words):
    """It encrypts in memory: no descriptor is known to the library."""
    database = fill(tls_server)
    tls_server.forget_calls()
    drivers.run("asyncpg_shop.py", "lazy", "tls", *words, server=tls_server, database=database, recording=tmp_path / "r.pb")
    report = build.report(tmp_path / "r.pb")
    assert executions_by_statement(report) == calls_by_statement(build, tls_server.calls(database))
    finding, = report["findings"]
    assert (finding["kind"], finding["confidence"], finding["executions"]) == ("n_plus_one", "proven", LOOP)


def test_what_libpq_encrypts_is_counted_once(build, tls_server, tmp_path):
    database = tls_server.new_database()
    variables = {**tls_server.variables, "PGHOST": "127.0.0.1", "PGSSLMODE": "require", "PGDATABASE": database}
    run = build.run_watched(["/usr/bin/psql", "-XAtc", "select 1", "-c", "select 2, 3"], tmp_path / "recording.pb", **variables)
    assert (run.returncode, run.stderr) == (0, b"")
    assert executions_by_statement(build.report(tmp_path / "recording.pb")) == {"select ?": 1, "select ?, ?": 1}
