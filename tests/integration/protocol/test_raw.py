"""The protocol spoken by hand: every kind of message, in pieces of any size, gives the same record, which is the server's count."""
import re

import pytest
from conftest import ROOT
from drivers.drivers import fill
from postgresql import calls_by_statement, executions_by_statement

RAW = ROOT / "tests/programs/protocol/raw.py"
SCENES = ("simple", "unnamed", "named", "pipelined", "fails", "portals", "copies", "others")
WHOLE = 1 << 20


@pytest.fixture(scope="module")
def database(server):
    return fill(server, 30)


def run(build, server, database, tmp_path, chunk, *scenes):
    recording = tmp_path / f"{chunk}.pb"
    command = ["/usr/bin/python3", RAW, chunk, *scenes]
    variables = {**server.variables, "PGDATABASE": database}
    plain = build.run(command, **variables)
    assert plain.returncode == 0, plain.stderr.decode()
    server.forget_calls()
    watched = build.run_watched(command, recording, **variables)
    assert (watched.returncode, watched.stdout, watched.stderr) == (0, plain.stdout, b"")
    return build.report(recording)


def facts(report):
    """All that does not depend on clocks."""
    return sorted((group["statement"]["text"], group["executions"], group["rows"], group["errors"], group["distinct_values"], group["stack"][-1]["line"])
                  for group in report["groups"])


@pytest.mark.parametrize("scene", SCENES)
def test_counts_are_those_of_the_server(build, server, database, tmp_path, scene):
    report = run(build, server, database, tmp_path, WHOLE, scene)
    # A function's call and a text without a statement are no statements to the server; an interrupted COPY fails.
    own = {text: count for text, count in executions_by_statement(report).items() if not text.startswith("pqfn")}
    calls = {text: count for text, count in calls_by_statement(build, server.calls(database)).items()}
    assert own == calls


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("chunk", [1, 2, 7, 64])
def test_pieces_make_no_difference(build, server, database, tmp_path, chunk, scene):
    if scene == "others" and chunk < 7:
        pytest.skip("a text of 200,000 bytes in pieces of one takes minutes, and says no more than those of seven")
    assert facts(run(build, server, database, tmp_path, chunk, scene)) == facts(run(build, server, database, tmp_path, WHOLE, scene))


def test_rows_and_errors(build, server, database, tmp_path):
    groups = run(build, server, database, tmp_path, WHOLE)["groups"]

    def sums(text):
        found = [group for group in groups if group["statement"]["text"] == text]
        return [sum(group[field] for group in found) for field in ("executions", "rows", "errors")]
    assert sums("select id, amount from orders order by id") == [1, 8, 0]
    assert sums("copy c to stdout") == [2, 20, 0]
    assert sums("copy c from stdin") == [2, 10, 1]
    assert sums("selec nothing") == [1, 0, 1]
    assert sums("select ? / ?::int") == [2, 0, 2]  # one failed, the other was left out behind it


def test_what_is_not_understood_is_let_go(build, server, database, tmp_path):
    """The program goes on, and the recording says that something is missing."""
    script = f"import sys; sys.argv = ['raw.py', '{WHOLE}', 'simple']\nexec(open({str(RAW)!r}).read())\n" \
             "c = Connection()\nsimple(c)\nc.socket.sendall(b'\\x01\\x00\\x00\\x00\\x04')\nprint(c.socket.recv(100)[:1])\n"
    recording = tmp_path / "r.pb"
    watched = build.run_watched(["/usr/bin/python3", "-c", script], recording, **{**server.variables, "PGDATABASE": database})
    assert watched.returncode == 0, watched.stderr.decode()
    info = build.view("info", recording).stdout.decode()
    assert re.search(r"^  connections +1$", info, re.MULTILINE), info
    assert sum(group["executions"] for group in build.report(recording)["groups"]) == 14
