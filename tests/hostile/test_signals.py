"""Handlers that do not come back, cancellation, and where the agent's one line goes."""
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
