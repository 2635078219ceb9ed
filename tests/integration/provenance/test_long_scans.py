"""Results that are longer than what is kept of them: which of their rows are taken in changes no verdict, column or count."""
from pathlib import Path

import pytest
from python_samples import PYTHON

SCRIPT = Path(__file__).with_name("long_scans.py")
ROWS = 60000
PROVEN = {  # column, executions, of which matched
    "the_first_people": ("person", 100, 100), "the_last_people": ("person", 100, 100), "scattered_people": ("person", 200, 200),
    "each_person_once": ("person", 500, 500), "each_person_sorted": ("person", 500, 500), "places_in_order": ("place", 20, 20),
    "places_sorted": ("place", 20, 20), "places_backwards": ("place", 20, 20), "the_first_visits": ("id", 100, 100),
    "many_visits": ("id", 20000, 8192), "each_place_as_it_comes": ("place", 20, 20), "people_late": ("person", 599, 599),
    "visits_early": ("id", 300, 300), "people_all_along": ("person", 1500, 1500)}
LIKELY = {"the_last_visits": 100, "own_numbers": 200, "own_places": 60}


def findings_of(build, path, loop):
    run = build.run_watched([PYTHON, "-B", SCRIPT, loop, ROWS], path)
    assert (run.returncode, run.stderr) == (0, b""), run.stderr.decode()
    return build.report(path)["findings"]


@pytest.mark.parametrize("loop", PROVEN)
def test_what_came_from_the_rows_is_proven(build, tmp_path, loop):
    [finding] = findings_of(build, tmp_path / "recording.pb", loop)
    assert (finding["kind"], finding["confidence"]) == ("n_plus_one", "proven")
    evidence = finding["evidence"]
    column, executions, matched = PROVEN[loop]
    assert (finding["parent_column"], finding["executions"]) == (column, executions)
    assert matched <= evidence["matched"] <= matched + 2 # where a busy machine makes a pause, a search more may come before it
    assert evidence["searched"] == evidence["matched"]


@pytest.mark.parametrize("loop", LIKELY)
def test_what_did_not_is_not(build, tmp_path, loop):
    [finding] = findings_of(build, tmp_path / "recording.pb", loop)
    assert (finding["kind"], finding["confidence"], finding["executions"]) == ("n_plus_one", "likely", LIKELY[loop])


def test_a_join_that_repeats_its_parents_columns(build, tmp_path):
    [finding] = findings_of(build, tmp_path / "recording.pb", "a_join")
    evidence = finding["evidence"]
    assert (finding["kind"], evidence["rows"], evidence["repeated_columns"]) == ("join_fanout", 32768, 2)
    assert evidence["parents"] == 11  # a place has 3,000 events
