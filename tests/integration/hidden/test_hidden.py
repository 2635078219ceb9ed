"""SQLite as a part of a program or module, without names: every execution is seen, and nothing else happens to the program.

What was executed the program says itself: it has SQLite's trace count."""
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT, cases_of, line_of_marker

sys.path.append(str(ROOT / "tests/hostile"))
from test_traps import INEXACT, Watched

KINDS = {"a program": "shop", "a program that exports OpenSSL, too": "shop_and_ssl", "linked for a fixed address": "shop_fixed", "a module": "shop_module.so", "a module, among threads": "shop_module.so"}
FINDINGS = {"lazy": [("n_plus_one", "proven")], "callback": [("n_plus_one", "proven")], "eager": []}


def command(build, kind, *words, times=1):
    path = build.program("hidden", KINDS.get(kind, kind))
    if path.suffix != ".so":
        return [path, *words]
    return [build.program("hidden", "shop_host"), *(["-t"] if "threads" in kind else []), times, path, *words]


def run(build, folder, words, **variables):
    """The program's result without and with the agent, its own count, and the report."""
    alone = build.run(words, cwd=folder)
    variables = {"NPLUS1_HIDDEN": "1", **variables}
    watched = build.run_watched(words, folder / "recording.pb", cwd=folder, HIDDEN_COUNT=str(folder / "count"), **variables)
    assert (watched.returncode, watched.stdout, watched.stderr) == (0, alone.stdout, b"")
    recording = folder / "recording.pb"
    return int((folder / "count").read_text()), build.report(recording) if recording.exists() else None


@pytest.mark.parametrize("how", FINDINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_loop_is_counted_and_proven_and_its_twin_is_silent(build, tmp_path, kind, how):
    count, report = run(build, tmp_path, command(build, kind, how))
    assert report["totals"]["executions"] == count > 1000
    assert [(finding["kind"], finding["confidence"]) for finding in report["findings"]] == FINDINGS[how]
    assert [finding["executions"] for finding in report["findings"]] == [1000] * len(FINDINGS[how])


def test_what_a_function_in_sql_runs_counts(build, tmp_path):
    count, report = run(build, tmp_path, command(build, "a program", "function"))
    assert report["totals"]["executions"] == count > 2000


def test_a_loop_is_found_at_its_line(build, tmp_path):
    _, report = run(build, tmp_path, command(build, "shop_named", "lazy"))
    location = report["findings"][0]["location"]
    assert (location["function"], location["line"]) == ("price_of", line_of_marker(ROOT / "tests/programs/hidden/shop.c", "price_of"))


def test_without_the_setting_nothing_is_patched(build, tmp_path):
    _, report = run(build, tmp_path, command(build, "a program", "lazy"), NPLUS1_HIDDEN="0")
    assert report is None


@pytest.mark.parametrize("how", FINDINGS)
def test_a_copy_whose_other_functions_were_compiled_into_their_callers_is_watched_by_its_steps(build, tmp_path, how):
    count, report = run(build, tmp_path, command(build, "shop_inside", how))
    assert report["totals"]["executions"] == count > 1000
    assert [(finding["kind"], finding["confidence"]) for finding in report["findings"]] == FINDINGS[how]


@pytest.mark.parametrize("how", [*FINDINGS, "function"])
def test_a_copy_that_does_not_say_where_its_functions_are_is_followed_from_its_table(build, tmp_path, how):
    count, report = run(build, tmp_path, command(build, "shop_bare", how))
    assert report["totals"]["executions"] == count > 1000
    if how in FINDINGS:
        assert [(finding["kind"], finding["confidence"]) for finding in report["findings"]] == FINDINGS[how]


@pytest.mark.parametrize("kind", ["shop_bare_fixed", "shop_bare_inside"])
def test_one_of_which_that_cannot_be_told_is_left_alone_and_doctor_says_so(build, tmp_path, kind):
    words = command(build, kind, "lazy", 20)
    count, report = run(build, tmp_path, words)
    assert count > 20 and report is None
    said = " ".join(build.view("doctor", "--json", "--", *words).stdout.decode().split())
    assert "no call frame information says where a function begins and ends" in said or "compiled into" in said


def test_connections_that_nobody_saw_open_or_close_are_told_apart(build, tmp_path):
    """The address is the same, the file is another one, and a transaction ended with the connection."""
    words = [build.program("hidden", "connections"), 60]
    result = build.run_watched(words, tmp_path / "recording.pb", cwd=tmp_path, NPLUS1_HIDDEN="1")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"the same address: mostly\n", b"")
    report = build.report(tmp_path / "recording.pb")
    found = {}
    for group in report["groups"]:
        key = (group["statement"]["text"].split()[0], group["database"]["name"].rpartition("/")[2])
        found[key] = found.get(key, 0) + group["executions"]
    assert found == {(word, name): 30 * (1 + (word == "select" and name == "b.db")) for name in ("a.db", "b.db")
                     for word in ("create", "begin", "insert", "select")}
    assert not {finding["kind"] for finding in report["findings"]} & {"long_transaction"}


def test_a_transaction_that_stays_open_may_be_of_a_group_that_came_later_than_its_record(build, tmp_path):
    """Its record in the recording is used again: the first one was of the other database."""
    result = build.run_watched([build.program("hidden", "connections_shared"), 2, "keep"], tmp_path / "recording.pb", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, b"")
    assert build.report(tmp_path / "recording.pb")["totals"]["executions"] == 2 * 4 + 1


def test_doctor_says_that_a_copy_is_watched_by_its_steps(build):
    said = build.view("doctor", build.program("hidden", "shop_inside")).stdout.decode()
    assert "watched by its steps: what the program reads of results is not seen" in " ".join(said.split())
    assert "watched by its steps" not in build.view("doctor", build.program("hidden", "shop")).stdout.decode()


def test_a_copy_of_which_no_function_is_called_is_left_alone_and_doctor_says_so(build, tmp_path):
    words = command(build, "shop_outside", "lazy", 20)
    count, report = run(build, tmp_path, words)
    assert count > 20 and report is None
    said = build.view("doctor", "--json", "--", *words).stdout.decode()
    assert "nothing calls its functions that open a connection, or they were compiled into what does" in said


def test_run_looks_for_hidden_copies_by_itself(build, tmp_path):
    result = build.run([build.viewer, "run", "-o", tmp_path / "run.pb", *command(build, "a program", "lazy")], cwd=tmp_path,
                       HIDDEN_COUNT=str(tmp_path / "count"))
    assert result.returncode == 0
    assert build.report(tmp_path / "run.pb")["totals"]["executions"] == int((tmp_path / "count").read_text())


def test_a_module_that_comes_and_goes(build, tmp_path):
    count, report = run(build, tmp_path, command(build, "a module", "callback", 20, times=40))
    assert report["totals"]["executions"] == 40 * count


def test_two_modules_that_are_the_same_file_under_two_names(build, tmp_path):
    other = tmp_path / "other.so"
    shutil.copy(build.program("hidden", "shop_module.so"), other)
    host = build.program("hidden", "shop_host")
    words = [host, 1, build.program("hidden", "shop_module.so"), "lazy", "50", "--", other, "callback", "50"]
    count, report = run(build, tmp_path, words)
    assert report["totals"]["executions"] == 2 * count


def test_modules_in_namespaces_of_their_own_behave(build, tmp_path):
    """What dlmopen loads has a libc of its own and does not come to us."""
    module = build.program("hidden", "shop_module.so")
    count, report = run(build, tmp_path, [build.program("hidden", "shop_host"), "-m", "3", module, "lazy", "20", "--", module, "callback", "20"])
    assert count > 20 and report is None


def test_each_process_of_a_shell_that_forks_and_execs_patches_its_own_copy(build, tmp_path):
    program = build.program("hidden", "shop")
    folder = tmp_path / "recordings"
    folder.mkdir()
    script = f"HIDDEN_COUNT=one {program} lazy 20 & wait; (HIDDEN_COUNT=two {program} callback 30); HIDDEN_COUNT=three exec {program} lazy 40"
    alone = build.run(["sh", "-c", script], cwd=tmp_path)
    watched = build.run_watched(["sh", "-c", script], f"{folder}/", cwd=tmp_path, NPLUS1_HIDDEN="1")
    assert (watched.returncode, watched.stdout, watched.stderr) == (0, alone.stdout, b"")
    assert build.report(folder)["totals"]["executions"] == sum(int((tmp_path / name).read_text()) for name in ("one", "two", "three"))


# A folder of their own: tests/hostile.
OTHER_PROCESSES = {"limit_of_file_sizes", "other_directory"}
TRAPS = [(f"{kind}_traps_{name}", case) for kind in ("hidden", "inside") for name in ("counting", "moves", "stacks")
         for case in cases_of(f"{kind}_traps_{name}", "hidden")]


@pytest.mark.parametrize("program,case", TRAPS)
def test_every_way_of_using_the_library_is_counted_right(build, tmp_path, program, case):
    watched = Watched(build, program, case, tmp_path, NPLUS1_HIDDEN="1")
    if case != "threads_that_are_cancelled":  # which do each time as much as they come to
        watched.check_behaviour()
    if case not in INEXACT:
        watched.check_counts()
        watched.check_groups()


PROCESSES = [(f"{kind}_traps_processes", case) for kind in ("hidden", "inside") for case in cases_of(f"{kind}_traps_processes", "hidden")
             if case not in OTHER_PROCESSES]


@pytest.mark.parametrize("program,case", PROCESSES)
def test_processes_that_fork_and_end_in_every_way_are_counted_right(build, tmp_path, program, case):
    watched = Watched(build, program, case, tmp_path, NPLUS1_HIDDEN="1")
    watched.check_behaviour()
    watched.check_counts()


@pytest.mark.parametrize("case", ["runpath_and_origin_of_the_caller", "names_that_are_not_there", "one_copy_goes_while_the_other_stays",
                                  "threads_while_libraries_come_and_go"])
def test_what_a_caller_of_dlopen_may_rely_on_stays(build, tmp_path, case):
    watched = Watched(build, "traps_loading", case, tmp_path, NPLUS1_HIDDEN="1")
    watched.check_behaviour()
    watched.check_counts()


VALGRIND = "valgrind runs a translation of its code"


def test_under_valgrind_nothing_is_patched_and_doctor_says_so(build, tmp_path):
    words = ["valgrind", "--quiet", "--error-exitcode=9", build.program("hidden", "shop_named"), "lazy", "20"]
    count, report = run(build, tmp_path, words)
    assert count > 20 and report is None
    said = build.run_watched(words, tmp_path / "recording.pb", cwd=tmp_path, NPLUS1_HIDDEN="1", NPLUS1_LOG="info").stderr.decode()
    assert f"in {words[3]}: {VALGRIND}" in said or f"in the program: {VALGRIND}" in said
    for word, is_said in (("valgrind", True), ("env", False)):
        said = build.view("doctor", "--", word, *words[3:]).stdout.decode()
        assert ("a copy of SQLite is hidden inside, and valgrind runs a translation of its code" in " ".join(said.split())) is is_said


@pytest.mark.parametrize("words, is_noted", [(["valgrind", "--quiet", "--log-file=log"], True), ([], False)], ids=["valgrind", "alone"])
def test_the_recording_says_that_a_copy_was_left_alone_under_valgrind(build, tmp_path, words, is_noted):
    """The program's own library is seen; a module that is preloaded has a copy inside."""
    module = build.program("hidden", "shop_module.so")
    program = build.folder / "samples/c/sqlite/orders_customer_lazy"
    result = build.run_watched([*words, program, 10, 2], tmp_path / "recording.pb", cwd=tmp_path, NPLUS1_HIDDEN="1", LD_PRELOAD=f"{build.agent}:{module}")
    assert (result.returncode, result.stderr) == (0, b"")
    report = build.report(tmp_path / "recording.pb")
    assert report["totals"]["executions"] > 10
    said = build.view("info", tmp_path / "recording.pb").stdout.decode()
    assert (f"in {module}: {VALGRIND}" in said) is is_noted and ("hidden copy" in said) is is_noted


@pytest.mark.alone
def test_doctor_knows_a_process_that_valgrind_runs(build, tmp_path):
    variables = {"LD_PRELOAD": str(build.agent), "NPLUS1_HIDDEN": "1", "NPLUS1_OUTPUT": str(tmp_path / "recording.pb")}
    program = build.program("hidden", "shop_named")
    with subprocess.Popen(["valgrind", "--quiet", program, "lazy", "100000000"], cwd=tmp_path, env={**os.environ, **variables}) as process:
        try:
            for _ in range(100):
                time.sleep(0.1)
                if str(program) in Path(f"/proc/{process.pid}/maps").read_text() and "libc.so" in Path(f"/proc/{process.pid}/maps").read_text():
                    break
            said = build.view("doctor", str(process.pid)).stdout.decode()
        finally:
            process.kill()
    assert "valgrind runs a translation of its code" in " ".join(said.split())


# Before the patch: at the program's first instruction. After it: when the program runs.
GDB = {"before": ["starti", "break sqlite3_step"], "after": ["break fill", "run", "break sqlite3_step"]}


@pytest.mark.parametrize("when", GDB)
def test_a_breakpoint_of_gdb_keeps_a_copy_from_being_patched_or_stands_behind_the_patch(build, tmp_path, when):
    count = tmp_path / "count"
    variables = {"LD_PRELOAD": build.agent, "NPLUS1_HIDDEN": "1", "NPLUS1_OUTPUT": tmp_path / "recording.pb", "HIDDEN_COUNT": count}
    commands = ["set startup-with-shell off", "set confirm off", "set breakpoint pending on", "set debuginfod enabled off",
                *(f"set environment {name} {value}" for name, value in variables.items()),
                *GDB[when], "continue", "continue", "continue", "delete", "continue"]
    words = [word for command in commands for word in ("-ex", command)]
    result = build.run(["gdb", "-nx", "-q", "-batch", *words, "--args", build.program("hidden", "shop_named"), "lazy", "20"], cwd=tmp_path)
    said = result.stdout.decode()
    assert said.count("sqlite3_step") >= 3 and "exited normally" in said, said
    if when == "before":  # int3 is no beginning of a function
        assert not (tmp_path / "recording.pb").exists()
    else:
        assert build.report(tmp_path / "recording.pb")["totals"]["executions"] == int(count.read_text())
