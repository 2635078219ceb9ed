"""Programs that are hard on a guest behave as without it, and what is recorded is what they executed."""
import json
import shutil

import pytest
from conftest import cases_of
from postgresql import executions_by_statement

# Where the program cannot know how many statements ran, or not all of them can be in groups: tests of their own below.
INEXACT = {"threads_that_run_at_exit"}
# How the process that prints a case's first line ends, where it is not by exit.
KILLED = {"ends_by__exit", "ends_by_quick_exit", "ends_by_abort", "ends_by_a_segment_fault", "ends_by_sigkill"}


def json_lines(stdout):
    return [json.loads(line) for line in stdout.splitlines() if line.startswith(b"{")]


def key(counts):
    return counts["executions"], counts["rows"], counts["errors"]


class Watched:
    """A case run once without the agent and once with it, each in a folder of its own."""

    def __init__(self, build, program, case, folder, output="recordings/", **variables):
        for name in ("alone", "watched"):
            (folder / name).mkdir()
        self.folder = folder / "watched"
        (folder / "recordings").mkdir()
        command = [build.hostile(program), *([case] if case else [])]
        self.alone = build.run(command, cwd=folder / "alone")
        self.run = build.run_watched(command, f"{folder}/{output}", cwd=self.folder, **variables)
        self.files = [sorted(path.name for path in (folder / name).iterdir()) for name in ("alone", "watched")]
        self.recordings = sorted((folder / "recordings").iterdir())
        self.reports = [build.report(path) for path in self.recordings]
        self.counts = json_lines(self.run.stdout)

    def check_behaviour(self):
        assert (self.run.returncode, sorted(self.run.stdout.splitlines()), self.run.stderr) == (
            self.alone.returncode, sorted(self.alone.stdout.splitlines()), self.alone.stderr)
        assert self.files[0] == self.files[1]

    def check_counts(self):
        assert sorted(key(report["totals"]) for report in self.reports) == sorted(map(key, self.counts))

    def check_groups(self):
        for report in self.reports:
            for number in ("executions", "rows", "errors"):
                assert sum(group[number] for group in report["groups"]) == report["totals"][number]
            assert [process["left_out"] for process in report["processes"]] == [0]


@pytest.mark.parametrize("case", [case for case in cases_of("traps_counting")])
def test_every_way_of_using_the_library_is_counted_right(build, tmp_path, case):
    watched = Watched(build, "traps_counting", case, tmp_path)
    watched.check_behaviour()
    watched.check_counts()
    watched.check_groups()


@pytest.mark.parametrize("case", [case for case in cases_of("traps_stacks") if case not in INEXACT | {"threads_that_are_cancelled"}])
def test_threads_and_stacks_of_all_kinds_are_counted_right(build, tmp_path, case):
    watched = Watched(build, "traps_stacks", case, tmp_path)
    watched.check_behaviour()
    watched.check_counts()
    watched.check_groups()


@pytest.mark.parametrize("case", [case for case in cases_of("traps_moves")])
def test_calls_that_return_in_another_thread_or_process_are_counted_right(build, tmp_path, case):
    watched = Watched(build, "traps_moves", case, tmp_path)
    watched.check_behaviour()
    watched.check_counts()
    watched.check_groups()


def test_threads_that_are_cancelled_are_counted_right(build, tmp_path):
    watched = Watched(build, "traps_stacks", "threads_that_are_cancelled", tmp_path)
    assert (watched.run.returncode, watched.run.stderr) == (0, b"")  # how often they run is a matter of time
    watched.check_counts()


def test_an_exit_while_threads_run_statements_is_clean(build, tmp_path):
    for number in range(10):
        folder = tmp_path / str(number)
        folder.mkdir()
        watched = Watched(build, "traps_stacks", "threads_that_run_at_exit", folder)
        watched.check_behaviour()
        report, = watched.reports
        assert report["totals"]["executions"] >= 1000
        assert [process["ended"] for process in report["processes"]] == ["exit"]


def test_a_thousand_threads_need_few_shards(build, tmp_path):
    watched = Watched(build, "traps_stacks", "a_thousand_short_threads", tmp_path)
    info = build.view("info", *watched.recordings).stdout.decode()
    shards = next(int(line.split()[-1]) for line in info.splitlines() if line.startswith("shards"))
    assert 1 <= shards <= 6  # four at once, and main


@pytest.mark.parametrize("case", [case for case in cases_of("traps_loading")])
def test_libraries_that_come_and_go_are_kept_apart(build, tmp_path, case):
    watched = Watched(build, "traps_loading", case, tmp_path)
    watched.check_behaviour()
    watched.check_counts()
    watched.check_groups()


@pytest.mark.parametrize("variables", [{"NPLUS1_DISABLE": "1"}, {"NPLUS1_OUTPUT": "/dev/null/recording.pb"}], ids=["disabled", "no output"])
@pytest.mark.parametrize("case", ["two_copies_at_once", "two_copies_behind_tail_calls", "two_copies_by_name"])
def test_copies_are_kept_apart_when_nothing_is_recorded(build, case, variables):
    command = [build.hostile("traps_loading"), case]
    alone = build.run(command)
    run = build.run(command, LD_PRELOAD=str(build.agent), **variables)
    assert (run.returncode, run.stdout) == (0, alone.stdout)


def test_what_runs_before_the_agent_started_works_and_what_comes_later_is_counted(build, tmp_path):
    watched = Watched(build, "early_program", None, tmp_path)
    watched.check_behaviour()
    watched.check_counts()


PROCESSES = [case for case in cases_of("traps_processes") if case not in ("limit_of_file_sizes", "other_directory")]


def test_a_child_of_vfork_that_closes_everything_closes_nothing_of_its_parents(build, server, tmp_path):
    """It has its parent's memory, but descriptors of its own."""
    run = build.run_watched([build.hostile("vfork_closes"), 40], tmp_path / "recording.pb",
                            **{**server.variables, "PGDATABASE": server.new_database()})
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")
    report = build.report(tmp_path / "recording.pb")
    assert report["totals"]["executions"] == 41
    [finding] = report["findings"]
    assert (finding["kind"], finding["confidence"], finding["executions"], finding["episodes"]) == ("n_plus_one", "proven", 40, 1)


@pytest.mark.parametrize("case", PROCESSES)
def test_each_process_has_a_recording_of_what_it_executed_itself(build, tmp_path, case):
    watched = Watched(build, "traps_processes", case, tmp_path)
    watched.check_behaviour()
    watched.check_counts()
    watched.check_groups()
    ended = {process["ended"] for report in watched.reports for process in report["processes"]}
    if case in KILLED:
        assert ended == {"killed"}
    elif case not in ("exec_that_keeps_the_pid", "fork_in_a_thread", "fork_inside_of_an_execution"):
        assert ended == {"exit"}


def test_a_limit_of_file_sizes_stops_the_recording_and_nothing_else(build, tmp_path):
    watched = Watched(build, "traps_processes", "limit_of_file_sizes", tmp_path)
    watched.check_behaviour()
    watched.check_counts()
    report, = watched.reports
    assert 1000 < report["processes"][0]["left_out"] < 5000
    assert watched.recordings[0].stat().st_size <= 300 << 10


def test_a_limit_of_no_bytes_at_all_is_called_by_its_name(build, tmp_path):
    run = build.run(["sh", "-c", 'ulimit -f 0; exec env LD_PRELOAD="$1" "$2" five', "sh", build.agent, build.hostile("traps_processes")],
                    NPLUS1_OUTPUT=str(tmp_path / "recording.pb"))
    assert run.returncode == 0
    assert run.stderr.decode() == f"nplus1: {tmp_path}/recording.pb: File too large: nothing is recorded\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["n" * 250, "\N{LATIN SMALL LETTER A WITH DIAERESIS}" * 125, "red \033[31m\n" + "m" * 200])
def test_a_program_of_any_name_is_recorded(build, tmp_path, name):
    (tmp_path / "recordings").mkdir()
    shutil.copy(build.hostile("traps_processes"), tmp_path / "copy")
    (tmp_path / "copy").rename(tmp_path / name)
    run = build.run_watched([tmp_path / name, "five"], f"{tmp_path}/recordings/")
    assert (run.returncode, run.stderr) == (0, b"")
    path, = (tmp_path / "recordings").iterdir()
    report = build.report(path)
    assert report["totals"]["executions"] == 5
    assert report["processes"][0]["program"] == name
    assert path.name.startswith("nplus1." + name[:20])


def test_a_complaint_has_its_reason_whole_and_no_commands_for_a_terminal(build, tmp_path):
    folder = tmp_path / ("red\033[31m\x7f\N{CONTROL SEQUENCE INTRODUCER}" + "m" * 200) / ("m" * 250) / ("m" * 250)
    run = build.run_watched([build.hostile("traps_processes"), "five"], f"{folder}/recording.pb")
    assert run.returncode == 0
    line, = run.stderr.decode().splitlines()
    assert line.startswith(f"nplus1: {tmp_path}/red?[31m?")
    assert line.endswith("mm/recording.pb: No such file or directory: nothing is recorded")
    assert line.isprintable()


def test_a_relative_output_belongs_to_the_directory_of_the_start(build, tmp_path):
    run = build.run_watched([build.hostile("traps_processes"), "other_directory"], "out.pb", cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, b"")
    assert build.report(tmp_path / "out.pb")["totals"]["executions"] == 5


def test_the_default_output_is_in_the_working_directory(build, tmp_path):
    run = build.run([build.hostile("traps_processes"), "five"], cwd=tmp_path, LD_PRELOAD=str(build.agent))
    assert run.returncode == 0
    path, = tmp_path.iterdir()
    program, pid, *start, suffix = path.name.removeprefix("nplus1.").split(".")
    assert (program, suffix, pid.isdigit(), len(start)) == ("traps_processes", "pb", True, 2)
    assert path.stat().st_mode & 0o777 == 0o600


def test_without_a_working_directory_there_is_nowhere_to_record_to(build, tmp_path):
    program, gone = build.hostile("traps_processes"), tmp_path / "gone"
    gone.mkdir()
    run = build.run(["/bin/sh", "-c", f"rmdir {gone} && LD_PRELOAD={build.agent} exec {program} five"], cwd=gone)
    assert (run.returncode, json_lines(run.stdout)) == (0, [{"executions": 5, "rows": 5, "errors": 0}])
    assert run.stderr == b"nplus1: NPLUS1_OUTPUT: No such file or directory: nothing is recorded\n"


def test_processes_under_one_fixed_name_each_have_a_file_and_the_second_one_is_said(build, tmp_path):
    run = build.run_watched([build.hostile("traps_processes"), "spawned"], tmp_path / "fixed.pb")
    assert run.returncode == 0
    assert len(run.stderr.splitlines()) == 1 and b"exists already" in run.stderr
    totals = sorted(build.report(path)["totals"]["executions"] for path in tmp_path.iterdir())
    assert totals == [2, 5]


def test_bad_pointers_are_answered_by_the_kernel(build, tmp_path):
    watched = Watched(build, "bad_pointers", None, tmp_path)
    assert watched.run.stdout.count(b"EFAULT") > 20
    watched.check_behaviour()
    watched.check_counts()


def test_pointers_of_what_libpq_refuses_are_not_looked_at(build, server, tmp_path):
    command = [build.program("postgresql", "refused")]
    alone = build.run(command, **server.variables)
    run = build.run_watched(command, tmp_path / "recording.pb", **server.variables)
    assert alone.stdout == b"none: 0 0 0 0\nfailed: 0 0 0 0\nbusy: 0 0 0 0\n1 row\n"
    assert (run.returncode, run.stdout, run.stderr) == (0, alone.stdout, b"")
    assert key(build.report(tmp_path / "recording.pb")["totals"]) == (1, 1, 0)


def test_exceptions_pass_through_and_counting_goes_on(build, tmp_path):
    watched = Watched(build, "exceptions", None, tmp_path)
    assert watched.run.returncode == 0
    watched.check_behaviour()
    watched.check_counts()


def test_no_allocation_is_made_while_statements_run(build, tmp_path):
    watched = Watched(build, "allocations", None, tmp_path)
    watched.check_behaviour()  # the numbers of all allocations of the process are in the output
    watched.check_counts()
    assert watched.run.stdout.count(b"of the agent 0") == 3


def check_lie(build, folder, language, lie, note):
    run = build.run_watched([build.program("languages", f"looks_like_{language}"), lie], folder / "recording.pb")
    assert (run.returncode, run.stderr) == (0, b"")
    report = build.report(folder / "recording.pb")
    assert key(report["totals"]) == key(json_lines(run.stdout)[0])
    languages = {frame["language"] for group in report["groups"] for frame in group["stack"]}
    assert languages == ({"c"} if lie else {language})  # without a lie it is what it seems
    assert (note in build.view("dump", folder / "recording.pb").stdout) == bool(lie)
    return report


@pytest.mark.parametrize("lie", ["", "threads", "version", "registry", "module", "frame", "odd", "circle", "function", "filename",
                                 "length", "class", "line", "opcodes"])
def test_what_only_looks_like_php_is_not_walked(build, tmp_path, lie):
    check_lie(build, tmp_path, "php", lie, b"PHP frames: ")


@pytest.mark.parametrize("lie", ["", "version", "offset", "member", "state", "interpreter", "frame", "odd", "next", "code", "other",
                                 "filename", "name", "length", "kind", "table", "size", "line", "before", "behind", "between", "circle"])
def test_what_only_looks_like_python_is_not_walked(build, tmp_path, lie):
    report = check_lie(build, tmp_path, "python", lie, b"Python frames: ")
    if not lie:
        assert report["groups"][0]["location"] == {"file": "/file.py", "line": 7, "function": "named"}


@pytest.mark.parametrize("lie", ["", *cases_of("looks_like_tcl", "languages")])
def test_what_only_looks_like_tcl_is_not_walked(build, tmp_path, lie):
    run = build.run_watched([build.program("languages", "looks_like_tcl"), lie], tmp_path / "recording.pb")
    refused = lie in ("interp", "stubs", "version")  # not even noted
    assert (run.returncode, run.stderr) == (0, b"0\n" if refused else b"1\n")
    report = build.report(tmp_path / "recording.pb")
    assert key(report["totals"]) == key(json_lines(run.stdout)[0])
    frames = [(frame["language"], frame["function"], frame["file"], frame["line"]) for frame in report["groups"][0]["stack"]]
    if not lie:  # without a lie it is what it seems
        assert frames == [("tcl", "shop::f", "/script.tcl", 7), ("tcl", "<main>", "/script.tcl", 9)]
    else:
        assert {frame[0] for frame in frames} == {"c"}
    assert (b"Tcl frames: " in build.view("dump", tmp_path / "recording.pb").stdout) == (lie not in ("", "interp", "stubs"))


# What is odd about the control frames, and how often the VM is asked for its frames in ten statements: the first two times it is to
# learn the frames and to remember them.
@pytest.mark.parametrize("lie, asked", [("", 2), ("collections", 10), *((lie, 10) for lie in (
    "no context", "context", "odd", "stack", "words", "first frame", "distance", "iseq", "type", "body", "pc", "label",
    "environment", "circle", "line", "fewer", "another thread's"))])
def test_control_frames_of_ruby_that_are_not_as_expected_are_not_used(build, tmp_path, lie, asked):
    run = build.run_watched([build.program("languages", "looks_like_ruby"), lie], tmp_path / "recording.pb")
    assert (run.returncode, run.stderr.decode()) == (0, f"asked {asked} times\n")
    report = build.report(tmp_path / "recording.pb")
    assert key(report["totals"]) == key(json_lines(run.stdout)[0])
    (group,) = report["groups"]
    assert [(frame["language"], frame["function"], frame["line"]) for frame in group["stack"]] == [
        ("ruby", "inner", 7), ("ruby", "outer", 8)]


@pytest.mark.parametrize("agent_first", [True, False])
def test_another_preload_sees_what_it_would_see_and_so_do_we(build, tmp_path, agent_first):
    other = build.hostile("other_preload.so")
    preloads = [str(build.agent), str(other)] if agent_first else [str(other), str(build.agent)]
    command = [build.hostile("traps_counting"), "exec_with_an_error_in_the_middle"]
    alone = build.run(command, LD_PRELOAD=str(other), OTHER_PRELOAD_COUNT=str(tmp_path / "alone"))
    run = build.run_watched(command, tmp_path / "recording.pb", LD_PRELOAD=":".join(preloads),
                            OTHER_PRELOAD_COUNT=str(tmp_path / "watched"))
    assert (run.returncode, run.stdout, run.stderr) == (0, alone.stdout, b"")
    assert (tmp_path / "watched").read_text() == (tmp_path / "alone").read_text()
    assert key(build.report(tmp_path / "recording.pb")["totals"]) == key(json_lines(run.stdout)[0])


@pytest.mark.parametrize("case", [case for case in cases_of("traps_counting")])
def test_behind_another_preload_every_statement_counts_once(build, tmp_path, case):
    preloads = f"{build.hostile('front_preload.so')}:{build.agent}"
    watched = Watched(build, "traps_counting", case, tmp_path, LD_PRELOAD=preloads)
    watched.check_behaviour()
    watched.check_counts()
    watched.check_groups()


@pytest.mark.parametrize("program", ["pipeline", "statements", "values"])
def test_behind_another_preload_every_command_counts_once(build, server, tmp_path, program):
    counts = []
    for preloads in (str(build.agent), f"{build.hostile('front_preload.so')}:{build.agent}"):
        path = tmp_path / f"{len(counts)}.pb"
        run = build.run_watched([build.program("postgresql", program)], path, LD_PRELOAD=preloads,
                                **dict(server.variables, PGDATABASE=server.new_database()))
        assert (run.returncode, run.stderr) == (0, b"")
        report = build.report(path)
        counts.append((key(report["totals"]), executions_by_statement(report)))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("when", ["lazy", "now"])
@pytest.mark.parametrize("module", ["binding_module.so", "binding_module_now.so"])
def test_a_module_that_finds_its_own_functions_first_keeps_them(build, tmp_path, module, when):
    command = [build.hostile("deep_binding"), when, build.hostile(module)]
    alone = build.run(command)
    assert alone.stdout == b"the module's own: poll 77, read -1, look-ups 0\n"
    run = build.run_watched(command, tmp_path / "recording.pb")
    assert (run.returncode, run.stdout, run.stderr) == (0, alone.stdout, b"")
    assert key(build.report(tmp_path / "recording.pb")["totals"]) == (10, 10, 0)


@pytest.mark.parametrize("program", ["weak_references", "weak_references_now", "weak_references_sqlite"])
@pytest.mark.parametrize("variables", [{}, {"NPLUS1_DISABLE": "1"}, {"LD_BIND_NOW": "1"}], ids=["", "disabled", "now"])
def test_weak_references_say_what_is_there(build, tmp_path, program, variables):
    command = [build.hostile(program), build.hostile("weak_module.so"), build.hostile("plugin.so")]
    alone = build.run(command)
    run = build.run_watched(command, tmp_path / "recording.pb", **variables)
    assert alone.stdout.startswith(b"1 1 0, at start 1, library 5" if program.endswith("sqlite") else b"0 0 0, at start 0, library 0")
    of_module = b"a module's answer %d\n" % (5 if program.endswith("sqlite") else 0)
    assert alone.stdout.endswith(of_module + b"module 0 0 0\n" + of_module)
    assert (run.returncode, run.stdout, run.stderr) == (0, alone.stdout, b"")
    if "NPLUS1_DISABLE" not in variables:  # what came later is seen
        assert build.report(tmp_path / "recording.pb")["totals"]["executions"] >= 10


def test_the_agent_named_twice_counts_once(build, tmp_path):
    run = build.run_watched([build.hostile("traps_processes"), "five"], tmp_path / "recording.pb",
                            LD_PRELOAD=f"{build.agent} {build.agent}")
    assert (run.returncode, run.stderr) == (0, b"")
    assert build.report(tmp_path / "recording.pb")["totals"]["executions"] == 5


def test_disabled_it_does_nothing(build, tmp_path):
    run = build.run_watched([build.hostile("traps_counting"), "exec_inside_of_exec"], tmp_path / "recording.pb", NPLUS1_DISABLE="1")
    assert (run.returncode, run.stderr) == (0, b"")
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_setting_is_one_line_and_recording_goes_on(build, tmp_path):
    run = build.run_watched([build.hostile("traps_processes"), "fork_whose_child_runs"], f"{tmp_path}/", NPLUS1_THRESHOLD="many",
                            NPLUS1_MAX_STREAM="1")
    assert run.returncode == 0
    assert len(run.stderr.splitlines()) == 1 and run.stderr.startswith(b"nplus1: NPLUS1_THRESHOLD=many: ")
    assert sum(build.report(path)["totals"]["executions"] for path in tmp_path.iterdir()) == 29


def test_a_function_of_sql_that_asks_again_has_none_of_the_agents_frames_on_its_stack(build, tmp_path):
    path = tmp_path / "recording.pb"
    assert build.run_watched([build.hostile("traps_counting"), "sql_function_that_runs_statements"], path).returncode == 0
    stacks = [group["stack"] for group in build.report(path)["groups"] if "from a function" not in group["statement"]["text"]
              and any(frame["function"] == "function_with_statements" for frame in group["stack"])]
    assert stacks
    for stack in stacks:
        assert any(frame["function"] == "sql_function_that_runs_statements" for frame in stack) # beyond the agent's
        assert not [frame for frame in stack if "libnplus1" in (frame["module"] or "")]
