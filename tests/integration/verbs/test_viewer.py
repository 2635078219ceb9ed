"""The command line of nplus1: what it says, where, and with which exit status."""
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time

import jsonschema
import pytest

from conftest import ROOT, TIMEOUT

SCHEMA = json.loads((ROOT / "docs/report.schema.json").read_text())
CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]")


@pytest.fixture
def nplus1(build, tmp_path):
    """Runs nplus1 in an empty directory."""
    def run(*arguments, expect=0, **variables):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("NPLUS1_") and name not in ("NO_COLOR", "CLICOLOR_FORCE", "LD_PRELOAD")}
        environment.update({"XDG_CONFIG_HOME": "/nowhere", **variables})
        result = subprocess.run([str(build.viewer), *map(str, arguments)], cwd=tmp_path, env=environment, capture_output=True,
                                stdin=subprocess.DEVNULL, timeout=TIMEOUT)
        assert result.returncode == expect, result.stderr.decode()
        return result
    return run


@pytest.fixture
def made(build, tmp_path):
    """Makes a recording of a kind in the working directory."""
    def make(kind, name=None):
        path = tmp_path / (name or f"{kind}.pb")
        subprocess.run([build.program("tools", "make_recording"), kind, path], check=True)
        return path
    return make


def one_error_line(result):
    lines = result.stderr.decode().splitlines()
    assert len(lines) == 1 and lines[0].startswith("nplus1: "), lines
    assert result.stdout == b""
    return lines[0]


# --- the command line itself


def test_help_names_every_verb_and_only_those(nplus1):
    text = nplus1("--help").stdout.decode()
    verbs = re.findall(r"^  (\w+) ", text, re.MULTILINE)
    assert verbs == ["run", "report", "check", "top", "diff", "export", "dump", "info", "doctor", "mcp"]
    for verb in verbs:
        assert nplus1(verb, "--help").stdout.startswith(f"usage: nplus1 {verb} ".encode())
        assert nplus1("help", verb).stdout == nplus1(verb, "--help").stdout == nplus1(verb, "-h").stdout


def test_version(nplus1):
    assert re.fullmatch(rb"nplus1 \d+\.\d+\.\d+\n", nplus1("--version").stdout)


@pytest.mark.parametrize("arguments, said", [
    (["frobnicate"], "frobnicate: unknown verb"),
    (["-V"], "-V: unknown option; see nplus1 --help"),
    (["report", "--xml", "x"], "unknown option --xml"),
    (["report", "--htlm", "x"], "unknown option --htlm (did you mean --html?)"),
    (["report", "--jsn=1"], "unknown option --jsn=1"),
    (["repotr"], "repotr: unknown verb (did you mean report?)"),
    (["report", "--jsno"], "unknown option --jsno (did you mean --json?)"),
    (["export", "-f", "sarrif"], "unknown format 'sarrif' (did you mean sarif?)"),
    (["check", "--fail-on=n_plus_on:proven"], "'n_plus_on:proven' is not a kind, a confidence, KIND:CONFIDENCE or setup (did you mean n_plus_one?)"),
    (["report", "--round-trip=soon"], "--round-trip: 'soon' is not a time"),
    (["report", "-x"], "unknown option -x"),
    (["report", "a.pb", "--json=x"], "option --json takes no value"),
    (["report", "a.pb", "--jsno", "b-c.pb"], "unknown option --jsno (did you mean --json?)"),
    (["report", "--json", "a-b.pb", "-xy"], "unknown option -x"),
    (["report", "a-b.pb", "--top"], "option --top needs a value"),
    (["report", "--color=pink"], "--color=pink: is not auto, always or never"),
    (["check", "--fail-on"], "option --fail-on needs a value"),
    (["check", "--fail-on=sure"], "'sure' is not a kind"),
    (["check", "--fail-on=n_plus_one:sure"], "'n_plus_one:sure' is not a kind"),
    (["check", "--fail-on="], "'' is not a kind"),
    (["dump"], "give one recording"),
    (["info", "a", "b"], "give one recording"),
    (["run"], "give a command"),
    (["run", "-o"], "option -o needs a value"),
    (["run", "-o", "", "true"], "option -o needs a path"),
])
def test_a_wrong_command_line_is_told_in_one_line(nplus1, arguments, said):
    assert said in one_error_line(nplus1(*arguments, expect=2))


def test_without_a_verb_it_shows_the_usage_on_stderr(nplus1):
    result = nplus1(expect=2)
    assert result.stdout == b"" and result.stderr.startswith(b"usage: nplus1 VERB")


# --- report


@pytest.mark.parametrize("kind", ["clean", "likely", "nested", "hostile"])
def test_json_is_as_the_schema_says(nplus1, made, kind):
    report = json.loads(nplus1("report", "--json", made(kind)).stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(report)
    assert report["totals"]["executions"] == sum(group["executions"] for group in report["groups"])


def test_json_of_a_nested_load(nplus1, made):
    report = json.loads(nplus1("report", "--json", made("nested")).stdout)
    items, orders = report["findings"]
    assert (items["kind"], items["confidence"], items["executions"]) == ("n_plus_one", "proven", 300)
    assert (items["group"], items["parent"], items["root"]) == (3, 2, 1)
    assert (items["parent_column"], items["parameter"]) == ("id", 1)
    assert (items["episodes"], items["max_per_episode"]) == (30, 14)
    assert (orders["parent"], orders["root"]) == (1, 1)
    assert items["location"] == {"file": "/opt/shop/app.py", "line": 11, "function": "load_items"}
    assert items["advice"]["strategy"] == "selectin"
    assert items["advice"]["sql"] == "select order_id, id, price from items where order_id in (?, ?, ...)"
    assert report["processes"][0]["ended"] == "exit"
    assert report["processes"][0]["started"] == "2023-11-14T22:13:20.123456Z"


def test_the_same_recording_gives_the_same_bytes(nplus1, made):
    path = made("nested")
    for options in ([], ["--json"]):
        assert nplus1("report", *options, path).stdout == nplus1("report", *options, path).stdout


@pytest.mark.parametrize("verb", [["report"], ["report", "--json"], ["dump"], ["info"], ["check", "--fail-on=possible"]])
def test_nothing_in_a_recording_reaches_the_terminal_as_a_control_character(nplus1, made, verb):
    path = made("hostile")
    result = nplus1(*verb, path, expect=1 if verb[0] == "check" else 0)
    for output in (result.stdout, result.stderr):
        assert not CONTROL.search(output if "--json" not in verb else output.replace(b"\xe2\x80\xae", b""))
    assert b"\\x1b" in result.stdout or b"\\u001b" in result.stdout


def test_without_a_path_the_newest_recording_of_the_directory_is_taken(nplus1, made):
    made("nested", "old.pb")
    new = made("clean", "new.pb")
    os.utime(new, (time.time() + 10, time.time() + 10))
    assert json.loads(nplus1("report", "--json").stdout)["processes"][0]["recording"] == "new.pb"


def test_without_a_path_and_without_a_recording_it_says_what_to_do(nplus1):
    assert "nplus1 run -- COMMAND" in one_error_line(nplus1("report", expect=2))


def test_a_directory_stands_for_its_recordings(nplus1, made, tmp_path):
    made("nested", "a.pb")
    made("nested", "b.pb")
    (tmp_path / "notes.txt").write_text("not a recording")
    report = json.loads(nplus1("report", "--json", ".").stdout)
    assert [process["recording"] for process in report["processes"]] == ["./a.pb", "./b.pb"]
    assert report["totals"] == {"executions": 662, "statements": 3, "groups": 3, "rows": 2460, "time_ns": 7380000, "errors": 0}


def test_a_directory_without_recordings_is_told(nplus1, tmp_path):
    assert ".: has no recording" in one_error_line(nplus1("report", ".", expect=2))


def test_one_recording_named_twice_counts_once(nplus1, made, tmp_path):
    path = made("clean")
    (tmp_path / "link.pb").symlink_to(path)
    assert json.loads(nplus1("report", "--json", path, ".", path).stdout)["totals"]["executions"] == 1


@pytest.mark.parametrize("content, said", [
    (b"", "is empty"),
    (b"hello world, this is no recording\n", "is no recording of nplus1"),
    (b"\x7fELF" + bytes(range(256)) * 8, "is no recording of nplus1"),
    (bytes(10000), "is no recording of nplus1"),
    (b"\xff" * 10000, "is no recording of nplus1"),
])
@pytest.mark.parametrize("verb", ["report", "check", "dump", "info"])
def test_what_is_no_recording_is_refused_in_one_line(nplus1, tmp_path, verb, content, said):
    path = tmp_path / "a.pb"
    path.write_bytes(content)
    assert f"nplus1: {path}: {said}" in one_error_line(nplus1(verb, path, expect=2))


def test_a_missing_file_is_told_in_one_line(nplus1):
    assert "nplus1: gone.pb: No such file or directory" in one_error_line(nplus1("report", "gone.pb", expect=2))


def test_what_can_be_read_is_reported_beside_what_cannot(nplus1, made, tmp_path):
    (tmp_path / "bad.pb").write_bytes(b"nonsense")
    result = nplus1("report", "--json", "bad.pb", made("clean"), expect=2)
    assert json.loads(result.stdout)["totals"]["executions"] == 1
    assert result.stderr.decode().startswith("nplus1: bad.pb: is no recording")


def test_a_cut_recording_gives_a_partial_report_that_says_so(nplus1, made):
    path = made("nested")
    path.write_bytes(path.read_bytes()[:-100])
    result = nplus1("report", path)
    text = " ".join(result.stdout.decode().split())  # wherever its lines end
    assert "3 N+1" not in text and " found in what there is of " in text and "is cut off" in text
    assert "or the part that is missing says how it ended" in text and "all here" not in text
    assert f"nplus1: {path}: is cut off" in result.stderr.decode()
    assert json.loads(nplus1("report", "--json", path).stdout)["processes"][0]["complete"] is False


def test_colours_follow_the_option_and_the_environment(nplus1, made):
    path = made("nested")
    assert b"\x1b[" not in nplus1("report", path).stdout
    assert b"\x1b[" in nplus1("report", "--color=always", path).stdout
    assert b"\x1b[" in nplus1("report", path, CLICOLOR_FORCE="1").stdout
    assert b"\x1b[" not in nplus1("report", path, CLICOLOR_FORCE="0").stdout
    assert b"\x1b[" not in nplus1("report", path, CLICOLOR_FORCE="1", NO_COLOR="1").stdout
    assert b"\x1b[" not in nplus1("report", "--color=never", path, CLICOLOR_FORCE="1").stdout


@pytest.mark.parametrize("words", [["report", "--json"], ["check"], ["export", "-f", "csv"]], ids=" ".join)
def test_a_full_disk_is_an_error(build, made, words):
    with open("/dev/full", "wb") as full:
        result = subprocess.run([build.viewer, *words, made("nested")], stdout=full, stderr=subprocess.PIPE)
    assert (result.returncode, result.stderr.splitlines()[-1]) == (2, b"nplus1: standard output: No space left on device")


def on_a_terminal(command, cwd, **variables):
    """The output of a command whose standard output is a terminal, and its wait status."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        os.environ.update(variables)
        os.execv(command[0], command)
    output = b""
    try:
        while chunk := os.read(terminal, 65536):
            output += chunk
    except OSError:
        pass
    os.close(terminal)
    return output, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_terminal_gets_colours_and_a_pager(build, made, tmp_path):
    command = [str(build.viewer), "report", str(made("nested"))]
    output, status = on_a_terminal(command, tmp_path, TERM="xterm", PAGER="sed 's/^/paged: /'")
    assert status == 0
    assert output.startswith(b"paged: \x1b[1;31m2 N+1 found")


def test_a_pager_that_ends_early_is_no_error(build, made, tmp_path):
    command = [str(build.viewer), "report", str(made("nested"))]
    output, status = on_a_terminal(command, tmp_path, TERM="xterm", PAGER="true")
    assert (output, status) == (b"", 0)


def test_a_pager_that_is_not_there_loses_nothing(build, made, tmp_path):
    command = [str(build.viewer), "report", str(made("nested"))]
    output, status = on_a_terminal(command, tmp_path, TERM="xterm", PAGER="no-such-pager -x")
    assert status == 0 and b"no-such-pager: not found" in output and b"2 N+1 found" in output and b"in the database" in output


def test_a_pager_shows_colours_and_none_waits_on_a_dumb_terminal(build, made, tmp_path, monkeypatch):
    monkeypatch.delenv("LESS", raising=False)
    monkeypatch.delenv("PAGER", raising=False)
    command = [str(build.viewer), "report", str(made("nested"))]
    output, _ = on_a_terminal(command, tmp_path, TERM="xterm", PAGER="echo less is $LESS")
    assert b"less is FRX" in output
    output, _ = on_a_terminal(command, tmp_path, TERM="xterm", PAGER="echo less is $LESS", LESS="S")
    assert b"less is S" in output
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "less").write_text("#!/bin/sh\necho asked for a key\n")
    (bin_folder / "less").chmod(0o755)
    path = f"{bin_folder}:{os.environ['PATH']}"
    assert b"asked for a key" in on_a_terminal(command, tmp_path, TERM="xterm", PATH=path)[0]
    output, status = on_a_terminal(command, tmp_path, TERM="dumb", PATH=path)
    assert status == 0 and output.startswith(b"2 N+1 found") and b"\x1b" not in output


# --- check


def test_check_fails_on_what_is_likely_or_proven(nplus1, made):
    result = nplus1("check", made("nested"), expect=1)
    lines = result.stdout.decode().splitlines()
    assert len(lines) == 2
    assert re.fullmatch(r"/opt/shop/app\.py:11: n_plus_one, proven: 300 executions of select .*, in load_items \[[0-9a-f]{16}\]",
                        lines[0])
    assert result.stderr.startswith(b"nplus1: check: 2 of 2 findings")


def test_check_passes_without_a_word(nplus1, made):
    result = nplus1("check", made("clean"))
    assert (result.stdout, result.stderr) == (b"", b"")


@pytest.mark.parametrize("fail_on, kind, expected", [
    ("proven", "likely", 0), ("proven", "nested", 1), ("likely", "likely", 1), ("possible", "likely", 1),
    ("n_plus_one", "likely", 1), ("n_plus_one:proven", "likely", 0), ("n_plus_one:proven", "nested", 1),
    ("write_loop", "nested", 0), ("write_loop,n_plus_one", "nested", 1), ("write_loop:possible,proven", "likely", 0),
])
def test_check_fails_on_what_it_is_told_to(nplus1, made, fail_on, kind, expected):
    nplus1("check", f"--fail-on={fail_on}", made(kind), expect=expected)


def test_check_lets_the_baseline_pass(nplus1, made, tmp_path):
    path = made("nested")
    baseline = tmp_path / "baseline.json"
    report = json.loads(nplus1("report", "--json", path).stdout)
    baseline.write_text(json.dumps(report))
    nplus1("check", "--baseline", baseline, path)
    report["findings"].pop()
    baseline.write_text(json.dumps(report))
    result = nplus1("check", "--baseline", baseline, path, expect=1)
    assert len(result.stdout.splitlines()) == 1 and b"1 in the baseline" in result.stderr


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": 2, "findings": []}', '{"schema": 1}',
                                     '{"schema": 1, "findings": [{"signature": 7}]}'])
def test_check_refuses_a_baseline_that_is_none(nplus1, made, tmp_path, content):
    (tmp_path / "baseline.json").write_text(content)
    assert "nplus1: baseline.json: " in one_error_line(nplus1("check", "--baseline=baseline.json", made("nested"), expect=2))


def test_check_lets_suppressed_findings_pass(nplus1, made, tmp_path):
    path = made("nested")
    signatures = [finding["signature"] for finding in json.loads(nplus1("report", "--json", path).stdout)["findings"]]
    rules = tmp_path / "rules"
    for text in (f"# known\n{signatures[0]}\n\n{signatures[1]} # why\n", "kind=n_plus_one\n", "file=app.py\n",
                 "file=shop/*.py kind=n_*\n", "file=/opt/*\n", "function=load_*\n",
                 'statement="select id, price *" function=load_items\nfunction=load_orders\n'):
        rules.write_text(text)
        result = nplus1("check", "--suppressions", rules, path)
        assert result.stderr == b"", text
    for text in ("file=/app.py\n", "kind=write_loop\n", "function=load\n", "0123456789abcdef function=load_*\n"):
        rules.write_text(text)
        result = nplus1("check", "--suppressions", rules, path, expect=1)
        assert len(result.stdout.splitlines()) == 2
        assert f"nplus1: {rules}:1: this suppression matches nothing".encode() in result.stderr


@pytest.mark.parametrize("line", ["nonsense", "colour=red", '"file=app.py', "0123456789abcde"])
def test_check_refuses_a_suppression_that_it_does_not_understand(nplus1, made, tmp_path, line):
    (tmp_path / "rules").write_text("# fine\n" + line + "\n")
    assert "nplus1: rules:2: " in one_error_line(nplus1("check", "--suppressions=rules", made("nested"), expect=2))


# --- dump and info


def test_dump_shows_every_record_with_its_place(nplus1, made):
    lines = nplus1("dump", made("nested")).stdout.decode().splitlines()
    assert len(lines) == 23
    assert re.match(r'00000000 header version=1 pid=42 program="shop" exe="/opt/shop/shop" command=\["./shop", "--all"\]', lines[0])
    assert [int(line[:8], 16) for line in lines] == sorted({int(line[:8], 16) for line in lines})
    assert sum(" counters executions=" in line for line in lines) == 3
    assert any("verb=VERB_SELECT" in line for line in lines)


def test_info_tells_the_health(nplus1, made):
    path = made("nested")
    text = nplus1("info", path).stdout.decode()
    for line in (r"ended +exit", r"file +whole", r"records +23", r"groups +3", r"edges +2", r"left out executions +0"):
        assert re.search(f"^{line}$", text, re.MULTILINE), line
    path.write_bytes(path.read_bytes()[:-4])
    assert re.search(r"^file +cut off$", nplus1("info", path).stdout.decode(), re.MULTILINE)


# --- run


def test_run_reports_after_the_command_and_leaves_nothing(nplus1, build, tmp_path):
    result = nplus1("run", "--", build.sample("orders_customer_lazy"), "20", "7", TMPDIR=str(tmp_path))
    assert result.stdout.startswith(b"orders 20\n")
    assert b"N+1 found in orders_customer_lazy" in result.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("output, names", [
    ("kept/", r"nplus1\.orders_customer_lazy\.\d+\..*\.pb"),
    ("a.pb", r"a\.pb"),
    ("%e-%p.pb", r"orders_customer_lazy-\d+\.pb"),
])
def test_run_keeps_the_recording_where_it_is_told(nplus1, build, tmp_path, output, names):
    for _ in range(2):
        result = nplus1("run", "-o", output, build.sample("orders_customer_lazy"), "20", "7")
        assert b"20 of 27 executions" in result.stdout, "only this run's recording counts"
    folder = tmp_path / "kept" if output.endswith("/") else tmp_path
    for entry in folder.iterdir():
        assert re.fullmatch(names, entry.name)


def test_run_does_not_overwrite_what_is_no_recording(nplus1, build, tmp_path):
    (tmp_path / "precious").write_text("data")
    assert "is not a recording" in one_error_line(nplus1("run", "-o", "precious", "true", expect=2))
    assert (tmp_path / "precious").read_text() == "data"


def test_run_passes_the_exit_status_on(nplus1):
    nplus1("run", "--", "sh", "-c", "exit 7", expect=7)
    nplus1("run", "--check", "--", "sh", "-c", "exit 7", expect=7)
    nplus1("run", "sh", "-c", "kill -TERM $$", expect=128 + signal.SIGTERM)
    nplus1("run", "true")


def test_run_check_turns_success_into_failure_when_there_are_findings(nplus1, build):
    nplus1("run", "--check", build.sample("orders_customer_lazy"), expect=1)
    nplus1("run", "--check", build.sample("orders_customer_joined"))


def test_run_says_when_a_command_cannot_be_started(nplus1, tmp_path):
    assert one_error_line(nplus1("run", "no-such-command", expect=2)) == "nplus1: no-such-command: not found"
    (tmp_path / "plain").write_text("")
    assert one_error_line(nplus1("run", "./plain", expect=2)) == "nplus1: ./plain: Permission denied"


def test_run_says_when_nothing_was_recorded(nplus1):
    result = nplus1("run", "true")
    assert result.stdout == b"" and b"nplus1: nothing recorded: " in result.stderr


def test_run_keeps_an_older_preload_and_the_environment(nplus1, build):
    result = nplus1("run", "sh", "-c", "echo $LD_PRELOAD; echo $MARK", LD_PRELOAD="libc.so.6", MARK="mark")
    assert result.stdout.decode().splitlines() == [f"{build.agent.resolve()}:libc.so.6", "mark"]


def run_and_send(build, folder, name, send, **how):
    """A command that catches the signal of this name; it ends by itself after two minutes."""
    script = f"trap 'echo caught; exit 3' {name}; echo ready; n=0; while [ $((n += 1)) -lt 2400 ]; do sleep 0.05; done"
    with subprocess.Popen([build.viewer, "run", "sh", "-c", script], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          **how) as child:
        assert child.stdout.readline() == b"ready\n"
        send(child)
        output, _ = child.communicate(timeout=TIMEOUT)
    assert (output, child.returncode) == (b"caught\n", 3)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_run_passes_signals_on(build, tmp_path, number):
    run_and_send(build, tmp_path, number.name.removeprefix("SIG"), lambda child: child.send_signal(number))


def test_run_leaves_an_interrupt_to_the_command(build, tmp_path):
    run_and_send(build, tmp_path, "INT", lambda child: os.killpg(child.pid, signal.SIGINT), start_new_session=True)


def test_how_a_program_ended_is_known(build, nplus1, tmp_path):
    script = ("import sqlite3, sys, time; c = sqlite3.connect(':memory:'); c.execute('select 1').fetchall(); "
              "print('ready', flush=True); time.sleep(60)")
    recording = tmp_path / "live.pb"
    environment = dict(os.environ, LD_PRELOAD=str(build.agent), NPLUS1_OUTPUT=str(recording))
    child = subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE)
    try:
        assert child.stdout.readline() == b"ready\n"
        if not recording.exists():
            pytest.skip("the agent does not see this python's SQLite")
        assert json.loads(nplus1("report", "--json", recording).stdout)["processes"][0]["ended"] == "running"
    finally:
        child.kill()
        child.wait()
    assert json.loads(nplus1("report", "--json", recording).stdout)["processes"][0]["ended"] == "killed"
