"""nplus1 run: the program's own streams and status, the report, the recordings."""
import json
import os

import pytest
from conftest import ROOT


def lazy(build):
    return [build.sample("users_posts_lazy"), 20]


def clean(build):
    return [build.sample("users_posts_selectin"), 20]


def test_the_programs_output_comes_first_then_the_report(build, tmp_path):
    alone = build.run(lazy(build))
    run = build.view("run", "--", *lazy(build), cwd=tmp_path, TMPDIR=str(tmp_path))
    assert (run.returncode, run.stderr) == (0, b"")
    assert run.stdout.startswith(alone.stdout)
    assert b"users_posts_lazy.c" in run.stdout
    assert list(tmp_path.iterdir()) == []  # without -o nothing is kept


@pytest.mark.parametrize("status", [0, 1, 7, 255])
def test_the_commands_status_is_passed_on(build, status):
    assert build.view("run", "/bin/sh", "-c", f"exit {status}").returncode == status


@pytest.mark.parametrize("number", [9, 11, 15])
def test_a_signal_is_128_and_its_number(build, number):
    assert build.view("run", "--", "/bin/sh", "-c", f"ulimit -c 0; kill -{number} $$").returncode == 128 + number


def test_check_makes_1_of_a_clean_end_with_findings(build):
    assert build.view("run", "--check", "--", *lazy(build)).returncode == 1
    assert build.view("run", "--check", "--", *clean(build)).returncode == 0
    script = f"{lazy(build)[0]} 20; exit 5"
    assert build.view("run", "--check", "--", "/bin/sh", "-c", script).returncode == 5


def test_a_command_that_is_not_there_is_one_line(build):
    run = build.view("run", "--", "/nowhere/at/all")
    assert run.returncode in (2, 127)
    assert run.stderr.startswith(b"nplus1: /nowhere/at/all: ") and len(run.stderr.splitlines()) == 1


def test_nothing_recorded_is_said(build):
    run = build.view("run", "/bin/true")
    assert run.returncode == 0
    assert run.stderr.startswith(b"nplus1: nothing recorded")


def test_recordings_are_kept_where_o_says(build, tmp_path):
    assert build.view("run", "-o", tmp_path / "one.pb", "--", *lazy(build)).returncode == 0
    assert build.view("run", "-o", f"{tmp_path}/many/", "--", "/bin/sh", "-c",
                      f"{lazy(build)[0]} 20; {clean(build)[0]} 20").returncode == 0
    assert build.view("run", "-o", "relative.pb", "--", *lazy(build), cwd=tmp_path).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["many", "one.pb", "relative.pb"]
    assert len(list((tmp_path / "many").iterdir())) == 2
    assert build.report(tmp_path / "one.pb")["totals"]["executions"] == build.report(tmp_path / "relative.pb")["totals"]["executions"]


def test_o_writes_over_a_recording_but_over_nothing_else(build, tmp_path):
    path = tmp_path / "one.pb"
    for _ in range(2):
        assert build.view("run", "-o", path, "--", *lazy(build)).returncode == 0
    assert len(build.report(path)["processes"]) == 1
    other = tmp_path / "mine.txt"
    other.write_text("mine")
    run = build.view("run", "-o", other, "--", *lazy(build))
    assert run.returncode == 2 and other.read_text() == "mine"


MANY = """
import sqlite3, sys
db = sqlite3.connect(":memory:")
db.execute("create table t(id integer primary key, v text)")
db.executemany("insert into t values (?, ?)", [(7919 * i, "v") for i in range(10)])
for k in range(900):
    loop = f"for (i,) in db.execute('select id as a{k} from t').fetchall(): db.execute('select v as b{k} from t where id = ?', (i,)).fetchall()"
    exec(compile(loop, f"shop{k}.py", "exec"))
sys.exit(int(sys.argv[1]))
"""


@pytest.mark.parametrize(("words", "left", "status"), [([], 3, 3), ([], 0, 0), (["--check"], 0, 1)])
def test_a_reader_that_leaves_changes_no_status_and_leaves_nothing_behind(build, tmp_path, words, left, status):
    """What is written is more than a pipe takes: `nplus1 run --check -- suite | head` stays a gate."""
    (tmp_path / "many.py").write_text(MANY)
    (tmp_path / "tmp").mkdir()
    command = " ".join([str(build.viewer.absolute()), "run", *words, "--", "/usr/bin/python3", "many.py", str(left)])
    run = build.run(["bash", "-c", f"{command} | head -1; exit ${{PIPESTATUS[0]}}"], cwd=tmp_path, TMPDIR=str(tmp_path / "tmp"),
                    XDG_CONFIG_HOME="/nowhere")
    assert (run.returncode, run.stderr) == (status, b"") and run.stdout.startswith(b"900 N+1 found")
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("path", ["none/r.pb", "none/%p.pb", "none/more/"])
def test_recordings_that_have_no_folder_are_told_before_the_command_runs(build, tmp_path, path):
    run = build.view("run", "-o", path, "--", "touch", "ran", cwd=tmp_path)
    assert run.returncode == 2 and run.stderr.decode() == f"nplus1: {path}: No such file or directory; make the directory\n"
    assert not (tmp_path / "ran").exists()
    assert build.view("run", "-o", f"{tmp_path}/%e/r.pb", "--", "true", cwd=tmp_path).returncode == 0  # whatever that will be


def test_why_nothing_was_recorded_is_said(build, tmp_path):
    """Not that the program ran no statement, when it did."""
    off = build.view("run", "--", *lazy(build), NPLUS1_DISABLE="1")
    assert off.stderr == b"nplus1: nothing recorded: NPLUS1_DISABLE is 1, so that the agent did nothing\n"
    unwritable = build.view("run", "-o", "%p/x.pb", "--", *lazy(build), cwd=tmp_path)
    assert unwritable.returncode == 0 and b"or its recording could not be written" in unwritable.stderr
    assert b"No such file or directory: nothing is recorded" in unwritable.stderr


def test_stdin_reaches_the_command(build):
    assert build.view("run", "/bin/cat", input=b"through").stdout.startswith(b"through")


def test_other_preloads_stay(build):
    run = build.view("run", "/bin/sh", "-c", "echo $LD_PRELOAD", LD_PRELOAD=str(build.hostile("other_preload.so")))
    assert str(build.hostile("other_preload.so")) in run.stdout.decode() and "libnplus1.so" in run.stdout.decode()


@pytest.fixture(scope="module")
def recording(build, tmp_path_factory):
    path = tmp_path_factory.mktemp("recording") / "recording.pb"
    assert build.run_watched([build.sample("users_posts_comments_lazy"), 20, 5], path).returncode == 0
    return path


def test_the_json_is_what_its_schema_says(build, recording):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((ROOT / "docs/report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(build.report(recording))


@pytest.mark.parametrize("verb", [["report"], ["report", "--json"], ["dump"], ["info"], ["check"]], ids=" ".join)
def test_the_same_input_gives_the_same_output(build, recording, verb):
    first, second = (build.view(*verb, recording) for _ in range(2))
    assert (first.returncode, first.stdout, first.stderr) == (second.returncode, second.stdout, second.stderr)
    assert first.stdout


def test_colour_is_asked_for_or_left_out(build, recording):
    def coloured(*words, **variables):
        return b"\x1b[" in build.view("report", *words, recording, **variables).stdout

    assert not coloured()  # no terminal
    assert coloured("--color=always") and coloured(CLICOLOR_FORCE="1")
    assert not coloured("--color=never", CLICOLOR_FORCE="1")
    assert not coloured(NO_COLOR="1", CLICOLOR_FORCE="1")
    assert not coloured(CLICOLOR_FORCE="0")
    assert coloured("--color=always", NO_COLOR="1")


def test_without_a_path_the_newest_recording_is_taken(build, tmp_path):
    for number, name in enumerate(["b.pb", "a.pb"]):
        command = lazy(build) if name == "a.pb" else clean(build)
        assert build.run_watched(command, tmp_path / name).returncode == 0
        os.utime(tmp_path / name, (1000 + number, 1000 + number))
    report = json.loads(build.view("report", "--json", cwd=tmp_path).stdout)
    assert [process["program"] for process in report["processes"]] == ["users_posts_lazy"]
    empty = tmp_path / "empty"
    empty.mkdir()
    run = build.view("report", cwd=empty)
    assert run.returncode == 2 and len(run.stderr.splitlines()) == 1


def test_a_directory_is_all_its_recordings(build, tmp_path):
    for name in ("a.pb", "b.pb"):
        assert build.run_watched(lazy(build), tmp_path / name).returncode == 0
    one, both = build.report(tmp_path / "a.pb"), build.report(tmp_path)
    assert len(both["processes"]) == 2
    assert both["totals"]["executions"] == 2 * one["totals"]["executions"]
    assert both["totals"]["groups"] == one["totals"]["groups"]  # the same places


FAMILY = """
import os, sqlite3, sys
def work():
    db = sqlite3.connect(":memory:")
    db.execute("create table a(id integer primary key, b integer)")
    db.executemany("insert into a values (?, ?)", [(i, 7919 * i + 11) for i in range(9)])
    for b, in db.execute("select b from a").fetchall():
        db.execute("select id from a where b = ?", (b,)).fetchall()
work()
for child in range(int(sys.argv[1])):
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    os.waitpid(pid, 0)
"""


def test_whoever_names_one_file_hears_of_those_of_other_processes(build, tmp_path):
    (tmp_path / "family.py").write_text(FAMILY)

    def files(children):
        run = build.view("run", "-o", "x.pb", "--", "/usr/bin/python3", "family.py", children, cwd=tmp_path)
        assert run.returncode == 0, run.stderr.decode()
        return sorted(path.name for path in tmp_path.glob("x.pb*"))

    names = files("2")
    assert len(names) == 3
    run = build.view("check", "x.pb", cwd=tmp_path)
    assert run.returncode == 1 and b"nplus1: x.pb: 2 other recordings are beside it" in run.stderr, run.stderr
    assert build.report("x.pb", cwd=tmp_path)["notes"][0].startswith("x.pb: 2 other recordings are beside it")
    whole = build.report(*names, cwd=tmp_path)
    assert whole["notes"] == [] and len(whole["processes"]) == 3
    (tmp_path / "x.pb.12").write_text("mine")  # no recording: it stays, and nobody speaks of it
    assert files("0") == ["x.pb", "x.pb.12"]
    assert build.report("x.pb", cwd=tmp_path)["notes"] == []
