"""Which column threads take their values from, where two columns have the same ones."""
from pathlib import Path

import pytest
from python_samples import PYTHON

SCRIPT = Path(__file__).with_name("thread_columns.py")


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
