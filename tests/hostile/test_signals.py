"""Handlers that do not come back, cancellation, and where the agent's one line goes."""
import pytest
from conftest import cases_of
from test_traps import Watched


def test_an_exit_in_a_handler_ends_the_process_whatever_the_agent_is_at(build, tmp_path):
    watched = Watched(build, "traps_signals", "exit_in_a_handler", tmp_path)
    watched.check_behaviour()
    assert {process["ended"] for report in watched.reports for process in report["processes"]} == {"exit"}


def test_nothing_that_the_agent_does_is_a_cancellation_point(build, tmp_path):
    watched = Watched(build, "traps_signals", "a_thread_that_is_cancelled_in_its_first_statement", tmp_path)
    watched.check_behaviour()
    watched.check_counts()
    watched.check_groups()


def test_signals_that_the_program_blocks_stay_blocked(build, tmp_path):
    watched = Watched(build, "traps_signals", "signals_that_are_blocked_stay_so", tmp_path)
    watched.check_behaviour()
    watched.check_counts()
    watched.check_groups()


# What descriptor 2 is when the agent has to complain, and whether somebody reads it.
@pytest.mark.parametrize("case, heard", [
    ("five", True), ("a_socket_that_is_read", True), ("a_pipe_without_a_reader", False), ("a_pipe_that_is_full", False),
    ("a_socket_without_a_peer", False), ("a_socket_that_is_full", False), ("descriptor_2_is_another_file", False),
    ("descriptor_2_beyond_the_limit_of_file_sizes", False)])
def test_a_complaint_goes_to_the_stderr_of_the_start_or_nowhere(build, tmp_path, case, heard):
    command = [build.hostile("traps_signals"), case]
    alone = build.run(command, cwd=tmp_path)
    run = build.run_watched(command, "/dev/null/recording.pb", cwd=tmp_path)
    assert (alone.returncode, alone.stderr, run.returncode, run.stdout) == (0, b"", 0, alone.stdout)
    assert run.stderr == (b"nplus1: /dev/null/recording.pb: Not a directory: nothing is recorded\n" if heard else b"")


@pytest.mark.parametrize("case", cases_of("traps_bus"))
def test_a_recording_that_is_cut_harms_nobody_and_sigbus_stays_the_programs(build, tmp_path, case):
    recording = tmp_path / "recording.pb"
    command = [build.hostile("traps_bus"), case]
    alone = build.run(command, cwd=tmp_path)
    run = build.run_watched(command, recording, cwd=tmp_path)
    assert (alone.returncode, alone.stderr) == (0, b"")
    assert (run.returncode, run.stdout, run.stderr) == (0, alone.stdout, b"")
    if case in ("ignored", "dies_of_its_own", "a_fork_whose_child_sets_it_up"):  # nothing was cut
        assert build.report(recording)["totals"]["executions"] >= 10
