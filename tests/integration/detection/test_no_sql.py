"""A program without a database gets nothing but a millisecond of start."""
import os
import statistics
import time

import pytest

pytestmark = pytest.mark.alone

PROGRAMS = [["/bin/true"], ["/bin/sh", "-c", "echo a; ls / >/dev/null; exit 3"], ["/usr/bin/python3", "-c", "print(1)"],
            ["/bin/cat", "/etc/hostname"], ["/usr/bin/env"]]
PAIRS = 300
LIMIT = 0.001  # seconds


def test_there_is_no_file_and_no_output(build, tmp_path):
    for command in PROGRAMS[:-1]:
        alone = build.run(command)
        run = build.run(command, cwd=tmp_path, LD_PRELOAD=str(build.agent))
        assert (run.returncode, run.stdout, run.stderr) == (alone.returncode, alone.stdout, alone.stderr)
        assert list(tmp_path.iterdir()) == []


def test_a_wrong_setting_is_not_mentioned_either(build, tmp_path):
    run = build.run_watched(["/bin/true"], tmp_path / "recording.pb", NPLUS1_THRESHOLD="x", NPLUS1_LOG="loud")
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")
    assert list(tmp_path.iterdir()) == []


def test_a_connection_alone_makes_no_file(build, tmp_path):
    code = "import sqlite3; sqlite3.connect(':memory:').close()"
    run = build.run_watched(["/usr/bin/python3", "-c", code], tmp_path / "recording.pb")
    assert (run.returncode, run.stderr) == (0, b"")
    assert list(tmp_path.iterdir()) == []


def time_of(environment):
    start = time.perf_counter()
    _, status = os.waitpid(os.posix_spawn("/bin/true", ["true"], environment), 0)
    assert status == 0
    return time.perf_counter() - start


def test_the_start_of_a_program_costs_at_most_a_millisecond(build):
    plain = {"PATH": "/bin"}
    watched = dict(plain, LD_PRELOAD=str(build.agent))
    for environment in (plain, watched) * 5:
        time_of(environment)
    # One after the other in pairs, so that whatever disturbs disturbs both; the median does not mind single ones.
    cost = statistics.median(time_of(watched) - time_of(plain) for _ in range(PAIRS))
    print(f"{cost * 1e3:.3f} ms")
    assert cost <= LIMIT
