"""Shops of which every table's keys are 1, 2, 3: whose rows a key came from is told rightly, though it stands in those of others."""
import json
import re
from collections import Counter
from pathlib import Path

from python_samples import PYTHON

SCRIPT = Path(__file__).with_name("dense_shops.py")
FIRST, SHOPS = 1000, 200


def plain(text):
    return re.sub(r"[\s\"]|(?<![a-z])'x'|(?<![a-z_])1(?![0-9])", "", text.lower().replace("?", ""))


def judge(report, sources):
    """How often the parent's column was told rightly, and what was told wrongly."""
    groups = {group["id"]: group["statement"]["text"] for group in report["groups"]}
    of_text = {plain(text): columns for text, columns in sources.items()}
    proven = [finding for finding in report["findings"] if (finding["kind"], finding["confidence"]) == ("n_plus_one", "proven")]
    wrong = []
    for finding in proven:
        table = re.search(r"from \"?(\w+)", groups[finding["parent"]]).group(1)
        said = f"{table}.{finding['parent_column']}"
        if said not in of_text[plain(groups[finding["group"]])]:
            wrong.append((groups[finding["group"]], said))
    return len(proven) - len(wrong), wrong


def test_the_parent_is_the_one_whose_rows_gave_the_key(build, tmp_path):
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    run = build.run_watched([PYTHON, "-B", SCRIPT, tmp_path, FIRST, SHOPS], recordings / "%p.pb")
    assert (run.returncode, run.stderr) == (0, b""), run.stderr.decode()
    right, wrong = 0, []
    for number in range(FIRST, FIRST + SHOPS):
        pid, sources = json.loads((tmp_path / f"{number}.json").read_text())
        good, bad = judge(build.report(recordings / f"{pid}.pb"), sources)
        right += good
        wrong += bad
    assert right >= 700 and len(wrong) <= 0.03 * right, (right, Counter(wrong).most_common())
