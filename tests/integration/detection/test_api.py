"""What a program is told of its scopes while it runs (nplus1.h), and what reports say of what it allows."""
import json
import sys

import pytest
from conftest import ROOT

LAZY = "n_plus_one proven, 6 executions, 6 values, 6 rows; parent select id from orders.id -> 1"


@pytest.fixture(scope="module")
def told(build, tmp_path_factory):
    recording = tmp_path_factory.mktemp("api") / "recording.pb"
    program = build.program("api", "scope_findings")
    run = build.run_watched([program], recording)
    assert (run.returncode, run.stderr) == (0, b"")
    return run.stdout.decode().replace(f"; place in {program}", "").splitlines(), recording


def of_scope(lines, name):
    return [line.removeprefix(f"{name}: ") for line in lines if line.startswith(f"{name}: ")]


@pytest.mark.parametrize("scope", ["lazy", "lazy again", "nested"])
def test_a_loop_is_told_in_each_scope_that_has_it(told, scope):
    lines = of_scope(told[0], scope)
    assert lines[-1] == "1"
    executions = 7 if scope == "nested" else 6  # and once outside of the inner scope
    assert lines[:-1] == [LAZY.replace("6 executions", f"{executions} executions")] or (
        scope == "nested" and lines[0].startswith("n_plus_one proven, "))


@pytest.mark.parametrize("scope", ["once", "joined", "outside of scopes", "meant"])
def test_a_scope_without_a_loop_is_told_none(told, scope):
    assert of_scope(told[0], scope) == ["0"]


def test_what_is_allowed_is_told_within_the_allowance_alone(told):
    assert of_scope(told[0], "within the allowance") == ["1", "1"]
    assert of_scope(told[0], "meant and not") == [LAZY, "1"]


def test_without_the_agent_nothing_is_told(build):
    run = build.run([build.program("api", "scope_findings")])
    assert run.returncode == 0
    assert all(line.endswith(" 0") for line in run.stdout.decode().splitlines())


def test_the_header_serves_cpp(build, tmp_path):
    run = build.run_watched([build.program("api", "scope_findings_cc")], tmp_path / "recording.pb")
    assert (run.returncode, run.stdout) == (0, b"20\n")


ALLOWED = """
import ctypes, sqlite3, sys, threading
agent = ctypes.CDLL(None)
present = agent.nplus1_present()
db = sqlite3.connect(":memory:", check_same_thread=False)
db.executescript("create table a(id integer primary key); create table b(a integer);")
db.executemany("insert into a values (?)", [(7 * i + 3,) for i in range(9)])
def lazy():
    for id, in db.execute("select id from a").fetchall():
        db.execute("select * from b where a = ?", (id,)).fetchall()
def once():
    db.execute("select * from b where a = 3").fetchall()
def in_a_thread():
    thread = threading.Thread(target=lazy)
    thread.start()
    thread.join()
body = globals()[sys.argv[1]]
if sys.argv[2] == "allow":
    agent.nplus1_allow_begin(b"a reason")
    body()
    agent.nplus1_allow_end()
else:
    agent.nplus1_scope_begin(b"a test")
    body()
    print(agent.nplus1_scope_findings(None, None))
    agent.nplus1_scope_end()
"""


def run_script(build, tmp_path, *words):
    script = tmp_path / "script.py"
    script.write_text(ALLOWED)
    run = build.run_watched([sys.executable, script, *words], tmp_path / "recording.pb")
    assert (run.returncode, run.stderr) == (0, b"")
    return run.stdout.decode().strip()


def test_a_thread_that_is_in_no_scope_works_for_the_one_that_is(build, tmp_path):
    assert run_script(build, tmp_path, "in_a_thread", "scope") == "1"


def test_reports_say_what_is_allowed_and_check_passes(build, tmp_path):
    run_script(build, tmp_path, "lazy", "allow")
    report = build.report(tmp_path / "recording.pb")
    finding, = report["findings"]
    assert finding["allowed"] == "a reason"
    assert finding["scopes"] == [{"name": "a reason", "allows": True, "executions": 9, "entered": 1}]
    text = build.view("report", tmp_path / "recording.pb").stdout.decode()
    assert text.startswith("No N+1 found in ") and "; 1 allowed\n" in text and "allowed a reason" in text
    check = build.view("check", tmp_path / "recording.pb")
    assert (check.returncode, check.stdout, check.stderr) == (0, b"", b"")


def test_an_allowance_that_nothing_needs_is_said(build, tmp_path):
    run_script(build, tmp_path, "once", "allow")
    check = build.view("check", tmp_path / "recording.pb")
    assert (check.returncode, check.stdout) == (0, b"")
    assert b"'a reason' needs no allowance" in check.stderr


def test_the_schema_has_what_is_allowed():
    schema = json.loads((ROOT / "docs/report.schema.json").read_text())
    assert "allowed" in schema["$defs"]["finding"]["properties"] and "allows" in schema["$defs"]["scopes"]["items"]["properties"]
