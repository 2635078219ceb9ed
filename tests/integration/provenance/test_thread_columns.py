"""Which column threads take their values from, where two columns have the same ones."""
from pathlib import Path

import pytest
from python_samples import PYTHON

SCRIPT = Path(__file__).with_name("thread_columns.py")
TURNS = Path(__file__).with_name("thread_turns.py")


def findings_of(build, folder, column, seed):
    run = build.run_watched([PYTHON, "-B", SCRIPT, column, seed, folder / "shop.db"], folder / "recording.pb")
    assert (run.returncode, run.stderr) == (0, b""), run.stderr.decode()
    return [finding for finding in build.report(folder / "recording.pb")["findings"] if finding["kind"] == "n_plus_one"]


@pytest.mark.parametrize("column", ("author_id", "editor_id"))
def test_row_after_row_order_tells(build, tmp_path, column):
    [finding] = findings_of(build, tmp_path, column, 0)
    assert (finding["confidence"], finding["parent_column"]) == ("proven", column)


@pytest.mark.parametrize("seed", range(1, 13))
def test_in_no_order_names_tell(build, tmp_path, seed):
    [finding] = findings_of(build, tmp_path, "author_id", seed)
    assert finding["confidence"] in ("proven", "likely") and finding["parent_column"] in ("author_id", None)


@pytest.mark.parametrize("threads", (4, 40))
def test_who_read_the_parent_has_its_turn_too(build, tmp_path, threads):
    for keys, expected in (("all", [("proven", "id")]), ("some", [("likely", None)])):
        folder = tmp_path / keys
        folder.mkdir()
        run = build.run_watched([PYTHON, "-B", TURNS, keys, threads, folder / "shop.db"], folder / "recording.pb")
        assert (run.returncode, run.stderr) == (0, b"")
        findings = [finding for finding in build.report(folder / "recording.pb")["findings"] if finding["kind"] == "n_plus_one"]
        found = [(finding["confidence"], finding["parent_column"]) for finding in findings]
        assert found in (expected, [] if keys == "some" else expected)
        assert all(finding["evidence"]["matched"] <= finding["evidence"]["searched"] <= finding["executions"] for finding in findings if finding["evidence"])
