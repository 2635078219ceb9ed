"""Programs in a sandbox whose seccomp filter kills for a call that the agent would like: they live, and what can be counted is."""
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

NUMBERS = {name: number for name, number in re.findall(r"#define __NR_(\w+) (\d+)", open("/usr/include/x86_64-linux-gnu/asm/unistd_64.h").read())}
# All that the agent calls (agent/base/sandbox/trial.c), and clone.
CALLS = """wait4 prctl openat close read pread64 pwrite64 lseek fcntl fstat fstatfs newfstatat ftruncate fallocate readlink unlink unlinkat
    getdents64 mkdir access getcwd mmap munmap mprotect madvise brk rt_sigprocmask rt_sigaction rt_sigpending rt_sigtimedwait futex nanosleep
    clock_gettime getpid getppid gettid kill tgkill getrandom prlimit64 uname getpeername getsockopt ioctl poll sendto vmsplice clone""".split()
# No section under a lock can be entered: nothing more is counted.
ENDS = {"rt_sigprocmask", "futex"}
# Without them no recording can be begun.
BEGINS = {"openat", "mkdir", "mmap", "madvise", "prlimit64"}
# Without them libc does not bring a program to its beginning, or to a thread.
LOADS = {"openat", "close", "read", "pread64", "newfstatat", "access", "mmap", "munmap", "mprotect", "brk", "getrandom", "prlimit64"}
OF_THREADS = {"madvise", "rt_sigprocmask"}
# There is no asking whether a filter is there, or no child that could die of it: agent/base/sandbox/README.md.
NEEDED = {"prctl", "clone"}


def run_each(build, folder, when, action, calls):
    """Of each call how the program behaved, alone and watched, and the reports by the executions that it said."""
    def run(call):
        own = folder / call
        own.mkdir()
        command = [build.hostile("sandbox"), when, action, NUMBERS[call]]
        alone = build.run(command, cwd=own)
        assert (alone.returncode, alone.stderr) == (0, b""), call
        preloads = {"AGENT" if when == "inherited" else "LD_PRELOAD": str(build.agent)}
        watched = build.run(command, cwd=own, NPLUS1_OUTPUT=f"{own}/recordings/", **preloads)
        files = sorted((own / "recordings").iterdir()) if (own / "recordings").exists() else []
        return call, (watched.returncode, watched.stdout) == (0, alone.stdout), watched.stderr, [build.report(path) for path in files]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, calls))
    assert [call for call, same, _, _ in results if not same] == []
    for call, _, stderr, _ in results:  # at most the one line
        assert re.fullmatch(rb"(nplus1: [^\n]*: nothing is recorded\n)?", stderr), (call, stderr)
    return {call: sorted(report["totals"]["executions"] for report in reports) for call, _, _, reports in results}


@pytest.mark.parametrize("action", ["kill", "trap", "errno"])
def test_a_filter_that_is_set_up_between_statements_ends_nothing_but_what_cannot_go_on(build, tmp_path, action):
    counts = run_each(build, tmp_path, "between", action, CALLS)
    assert counts == {call: [61 if call in ENDS and action != "errno" else 122] for call in CALLS}


@pytest.mark.parametrize("action", ["kill", "kill_thread"])
def test_a_filter_that_is_set_up_before_the_first_statement(build, tmp_path, action):
    calls = [call for call in CALLS if call != "brk"]
    counts = run_each(build, tmp_path, "before", action, calls)
    assert counts == {call: [] if call in BEGINS | ENDS else [122] for call in calls}


def test_a_filter_that_a_thread_sets_up_for_all(build, tmp_path):
    calls = [call for call in CALLS if call not in OF_THREADS]
    counts = run_each(build, tmp_path, "threads", "kill", calls)
    # A thread that begins under it needs memory of its own, and one whose key may.
    assert counts == {call: [61] if call in ENDS else [122] if call in ("mmap", "brk") else [183] for call in calls} | {"mmap": [122]}


def test_a_filter_of_one_thread_is_none_of_another(build, tmp_path):
    calls = [call for call in CALLS if call not in OF_THREADS]
    counts = run_each(build, tmp_path, "alone", "kill", calls)
    assert counts == {call: [122] if call in ENDS | {"mmap", "brk"} else [183] for call in calls}


def test_a_filter_in_the_child_of_a_fork(build, tmp_path):
    calls = [call for call in CALLS if call != "mkdir"]
    counts = run_each(build, tmp_path, "child", "kill", calls)
    assert all(count[-1] == 122 for count in counts.values())
    assert {call for call, count in counts.items() if count == [122]} == (BEGINS | ENDS | {"brk"}) - {"mkdir"}
    assert {tuple(count) for count in counts.values()} == {(122,), (61, 122)}


@pytest.mark.parametrize("action", ["kill", "trap", "errno"])
def test_a_filter_that_was_there_before_the_program_is_tried_out(build, tmp_path, action):
    calls = [call for call in CALLS if call not in LOADS | (NEEDED if action != "errno" else set())]
    counts = run_each(build, tmp_path, "inherited", action, calls)
    # Where no child can be had nobody knows what else would kill.
    assert counts == {call: [] if call in BEGINS | (ENDS if action != "errno" else {"clone"}) else [122] for call in calls}


def run_both(build, folder, when, expected):
    """The report of a program that says so, and the same when it is watched."""
    command = [build.hostile("sandbox"), when]
    alone = build.run(command)
    run = build.run_watched(command, folder / "recording.pb")
    assert (alone.returncode, alone.stdout) == (0, expected)
    assert (run.returncode, run.stdout, run.stderr) == (0, alone.stdout, b"")
    return build.report(folder / "recording.pb")


def test_strict_mode_in_a_thread(build, tmp_path):
    assert run_both(build, tmp_path, "strict", b"strict\n61 183\n")["totals"]["executions"] == 122


def test_a_thread_whose_system_calls_are_handed_to_the_program_makes_none_of_ours(build, tmp_path):
    assert run_both(build, tmp_path, "dispatch", b"61 244\n")["totals"]["executions"] == 122


def test_a_program_that_may_not_read_the_time_stamp_counter(build, tmp_path):
    report = run_both(build, tmp_path, "tsc", b"61 122\n")
    assert report["totals"]["executions"] == 122
    assert [process["ended"] for process in report["processes"]] == ["exit"]
    assert 0 < report["totals"]["time_ns"] < 10**9


def test_what_a_sandbox_keeps_from_being_counted_is_said(build, tmp_path):
    recording = tmp_path / "recording.pb"
    run = build.run_watched([build.hostile("sandbox"), "between", "kill", NUMBERS["rt_sigprocmask"]], recording)
    assert run.returncode == 0
    info = build.view("info", recording).stdout.decode()
    assert re.search(r"groups and others +[1-9]", info)
