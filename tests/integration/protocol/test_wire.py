"""The protocol spoken by hand: every message, in every order and in pieces of any size, over what a program may do with a socket. What is
counted is what the server counts, statement by statement, and pieces change nothing."""
import os
import re
from collections import Counter

import pytest
from conftest import ROOT
from drivers.drivers import LOOP, fill
from postgresql import calls_by_statement, executions_by_statement

PROGRAM = ROOT / "tests/programs/protocol/scenes.py"
SCENES = re.findall(r"\w+", re.search(r"for scene in \((.*?)\)}", PROGRAM.read_text(), re.DOTALL).group(1))
OWN_CALLS = ("duplicated", "partial", "peeked", "shut", "cancelled", "terminated", "handed_on")  # they say themselves how they send and receive
PYTHON = "/usr/bin/python3"
UNTOLD = ("prepare ", "deallocate ", "pqfn ")  # the server does not count these, and shows an EXECUTE as its PREPARE
# Sizes and calls; `make test-long` knows more.
WAYS = [("--pieces=1",), ("--pieces=7", "--calls=writev"), ("--calls=write",), ("--calls=sendmsg",), ("--calls=mmsg",),
        *((f"--pieces={size}", f"--calls={calls}") for size in os.environ.get("NPLUS1_TEST_PIECES", "").split()
          for calls in ("send", "sendmsg", "write", "writev", "mmsg"))]
SELDOM = 100  # executions; fewer of a place that come now and then in a long scene are one unit of work or several, by how long it takes
UNSTEADY = ("terminated", "cancelled")  # how many rows came before, how often was asked


class Watched:
    """One run of several scenes, each with a database of its own."""

    def __init__(self, build, server, folder, databases, *how):
        self.databases = databases
        command = [PYTHON, "-B", PROGRAM, *how, *(f"{scene}={name}" for scene, name in databases.items())]
        self.run = build.run_watched(command, folder / "%p.pb", **server.variables)
        assert (self.run.returncode, self.run.stderr) == (0, b""), self.run.stderr.decode()
        self.recordings = sorted(folder.glob("*.pb"))
        self.report = build.report(*self.recordings)

    def of(self, scene):
        groups = [group for group in self.report["groups"] if group["database"]["name"] == self.databases[scene]]
        numbers = {group["id"] for group in groups}
        return {"groups": groups, "findings": [finding for finding in self.report["findings"] if finding["group"] in numbers]}

    def summary(self, scene):
        """What must be the same however the bytes came."""
        report = self.of(scene)
        texts = {group["id"]: group["statement"]["text"] for group in report["groups"]}
        return (sorted((group["statement"]["text"], [frame["line"] for frame in group["stack"] if frame["function"] == scene], group["executions"],
                        group["errors"], None if scene in UNSTEADY else group["rows"], group["distinct_values"]) for group in report["groups"]),
                sorted((finding["kind"], finding["confidence"], texts[finding["group"]]) for finding in report["findings"]
                       if scene != "repeated" or finding["executions"] > SELDOM))


@pytest.fixture(scope="module")
def databases(server):
    found = dict(zip(SCENES, server.new_databases(len(SCENES))))
    server.forget_calls()
    return found


@pytest.fixture(scope="module")
def whole(build, server, databases, tmp_path_factory):
    watched = Watched(build, server, tmp_path_factory.mktemp("whole"), databases)
    watched.calls = {scene: calls_by_statement(build, server.calls(name)) for scene, name in databases.items()}
    return watched


@pytest.mark.parametrize("scene", SCENES)
def test_each_statement_has_the_executions_that_the_server_counted(whole, scene):
    calls = whole.calls[scene].copy()
    counted = Counter({text: count for text, count in executions_by_statement(whole.of(scene)).items() if not text.startswith(UNTOLD)})
    if scene == "named_by_sql":
        for text in [text for text in calls if text.startswith("prepare ")]:
            calls[text.split(" as ", 1)[1]] += calls.pop(text)
    if scene == "transactions":  # a COMMIT that fails has run, says the server
        counted["commit"] += 1
    if scene == "handed_on":  # not by the connection that is followed
        assert calls.pop("select ?, ?, ?") == 1
    assert counted == calls
    assert bool(counted) == (scene != "replicated")


def test_the_program_goes_on_as_without_the_agent(build, server, databases, whole):
    plain = build.run([PYTHON, "-B", PROGRAM, *(f"{scene}={name}" for scene, name in databases.items())], **server.variables)
    assert (plain.returncode, plain.stdout, plain.stderr) == (0, whole.run.stdout, b"")


@pytest.mark.parametrize("how", WAYS, ids=" ".join)
def test_pieces_and_calls_change_nothing(build, server, tmp_path, databases, whole, how):
    scenes = [scene for scene in SCENES if scene not in OWN_CALLS]
    watched = Watched(build, server, tmp_path, {scene: databases[scene] for scene in scenes}, *how)
    assert {scene: watched.summary(scene) for scene in scenes} == {scene: whole.summary(scene) for scene in scenes}
    lines = whole.run.stdout.decode().splitlines()
    assert watched.run.stdout.decode().splitlines() == [line for line in lines if line.split()[0] in scenes]


def test_rows_and_errors(whole):
    def sums(scene, text):
        found = [group for group in whole.of(scene)["groups"] if group["statement"]["text"] == text]
        return [sum(group[field] for group in found) for field in ("executions", "rows", "errors")]
    assert sums("portals", "select a from t order by a") == [1, 8, 0]
    assert sums("suspended", "select a from t where a > ? order by a") == [2, 9 + 2, 0]
    assert sums("copied", "copy t to stdout") == [2, 200, 0]
    assert sums("copied", "copy t from stdin") == [2, 100, 1]
    assert sums("failing", "selec nothing") == [1, 0, 1]
    assert sums("failing", "select ? / ?::int") == [2, 0, 2]  # one failed, the other was left out behind it
    assert sums("cancelled", "select pg_sleep(?), ?") == [1, 0, 1]
    assert sums("terminated", "select ?::int as behind") == [1, 0, 1]
    assert sums("handed_over", "select ?::int as handed_over") == [5, 5, 0]


def test_a_loop_is_proven(whole):
    finding, = whole.of("looped")["findings"]
    assert (finding["kind"], finding["confidence"], finding["executions"]) == ("n_plus_one", "proven", 200)
    line = next(number for number, text in enumerate(PROGRAM.read_text().splitlines(), 1) if "select name from child" in text)
    assert [(finding[place]["file"], finding[place]["line"]) for place in ("location", "loop")] == [(str(PROGRAM), line)] * 2


def test_a_wait_for_a_connection_ends_no_work_whatever_the_number(whole):
    finding, = whole.of("watched_by_a_copy")["findings"]
    assert (finding["kind"], finding["confidence"], finding["parent_column"], finding["executions"]) == ("n_plus_one", "proven", "child", 24)


def test_rows_that_come_a_few_at_a_time_are_all_met(whole):
    finding, = whole.of("looped_in_between")["findings"]
    assert (finding["kind"], finding["confidence"], finding["parent_column"], finding["executions"]) == ("n_plus_one", "proven", "child", 24)
    assert (finding["evidence"]["matches"], finding["evidence"]["judged"], finding["episodes"]) == (24, 24, 1)


def test_values_are_met_in_whichever_format_they_come(whole):
    found = whole.of("formatted")
    texts = {group["id"]: group["statement"]["text"] for group in found["groups"]}
    assert sorted((finding["kind"], finding["confidence"], finding["executions"], texts[finding["parent"]], finding["parent_column"])
                  for finding in found["findings"]) == [("n_plus_one", "proven", 40, f"select id, child, word from {name}_parent order by id", "child")
                                                        for name in ("binary", "inner", "no", "outer", "text")]


def test_a_text_that_is_parsed_again(whole):
    found = sorted((group["statement"]["text"], group["executions"], group["rows"], group["distinct_values"])
                   for group in whole.of("parsed_again")["groups"] if group["statement"]["text"].endswith("a = ?"))
    assert found == [("select a from t where a = ?", 3, 3, 1)] * 2 + [("select b from t where a = ?", 12, 12, 2)] * 2  # of each line


def test_a_description_is_of_its_own_text(whole):
    found = whole.of("undescribed")
    texts = {group["id"]: group["statement"]["text"] for group in found["groups"]}
    assert [(finding["kind"], finding["confidence"], finding["executions"], texts.get(finding["parent"])) for finding in found["findings"]
            if finding["parent"] is not None] == [("n_plus_one", "proven", 40, "select a from t where a > ? order by a")]


def test_what_is_not_understood_is_said(build, whole):
    """A connection of nonsense, and one that somebody got a descriptor of; the others are whole."""
    told = "".join(build.view("info", recording).stdout.decode() for recording in whole.recordings)
    assert sorted(re.findall(r"^ +connections +(\d+)$", told, re.MULTILINE)) == ["0"] * (len(whole.recordings) - 1) + ["2"], told


def test_encryption_changes_nothing(build, tls_server, tmp_path, whole):
    scenes = ("extended", "looped", "copied", "wide")
    watched = Watched(build, tls_server, tmp_path, {scene: tls_server.new_database() for scene in scenes}, "--tls")
    assert {scene: watched.summary(scene) for scene in scenes} == {scene: whole.summary(scene) for scene in scenes}


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


@pytest.mark.parametrize("is_asked", [True, False])
def test_encryption_by_a_library_that_the_program_exports(build, tls_server, tmp_path, is_asked):
    """Linked with the archive, the program calls it without the loader's help, as Node.js does."""
    words = [build.program("hidden", "exported_ssl"), 50]
    variables = {**tls_server.variables, "PGDATABASE": tls_server.new_database()}
    run = build.run_watched(words, tmp_path / "r.pb", NPLUS1_HIDDEN=str(int(is_asked)), NPLUS1_LOG="info", **variables)
    assert (run.returncode, run.stdout) == (0, b"1225\n")
    assert (b"copy of libssl.so in the program: patched" in run.stderr) is is_asked
    report = build.report(tmp_path / "r.pb")
    assert executions_by_statement(report) == ({"select ?": 50} if is_asked else {})
    assert [process["left_out_connections"] for process in report["processes"]] == [0 if is_asked else 1]


def test_who_has_some_of_its_names_is_left_alone(build, tmp_path):
    run = build.run_watched([build.program("hidden", "some_ssl")], tmp_path / "r.pb", NPLUS1_HIDDEN="1", NPLUS1_LOG="info")
    assert (run.returncode, run.stdout, run.stderr) == (0, b"4 bytes of text to 1\n3 bytes from 2\n", b"")


def test_what_libpq_encrypts_is_counted_once(build, tls_server, tmp_path):
    database = tls_server.new_database()
    variables = {**tls_server.variables, "PGHOST": "127.0.0.1", "PGSSLMODE": "require", "PGDATABASE": database}
    run = build.run_watched(["/usr/bin/psql", "-XAtc", "select 1", "-c", "select 2, 3"], tmp_path / "recording.pb", **variables)
    assert (run.returncode, run.stderr) == (0, b"")
    assert executions_by_statement(build.report(tmp_path / "recording.pb")) == {"select ?": 1, "select ?, ?": 1}
