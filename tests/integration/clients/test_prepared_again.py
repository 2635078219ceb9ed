"""Statements that are prepared again and again, at addresses that others had: each text has its own counts."""
import re
from collections import Counter, defaultdict

import pytest


def prepared(build, recording, texts):
    """By the text: the sum of the last counters of each group in each thread."""
    last = {}
    for line in build.view("dump", recording).stdout.decode().splitlines():
        if " counters " in line:
            words = dict(re.findall(r"(\w+)=(\d+)", line))
            last[words["group"], words["shard"]] = int(words["prepared"])
    sums = Counter()
    for (group, _), count in last.items():
        sums[texts[int(group)]] += count
    return sums


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_text_is_counted_as_its_own(build, tmp_path, seed, threads):
    """Of which some begin as others do, end where memory does, are cut short or too long, or stand before statements of SQLite's own;
    several threads share a connection."""
    recording = tmp_path / "recording.pb"
    run = build.run_watched([build.program("sqlite", "prepared_again"), seed, threads], recording)
    assert (run.returncode, run.stderr) == (0, b"")
    expected = {text: tuple(map(int, counts)) for text, *counts in (line.split("|") for line in run.stdout.decode().splitlines())}
    groups = build.report(recording)["groups"]
    texts = {group["id"]: group["statement"]["text"] for group in groups}
    executions, values = Counter(), defaultdict(list)
    for group in groups:
        executions[texts[group["id"]]] += group["executions"]
        values[texts[group["id"]]].append(group["distinct_values"])
    counted = prepared(build, recording, texts)
    assert len(expected) == 12 * threads
    assert {text: (counted[text], executions[text]) for text in expected} == {text: counts[:2] for text, counts in expected.items()}
    alone = [text for text in expected if len(values[text]) == 1]  # those that are run from one place only
    assert len(alone) == 11 * threads
    assert {text: values[text][0] for text in alone} == {text: expected[text][2] for text in alone}
    # What the virtual table runs for itself is nobody's.
    assert executions.total() == sum(executions[text] for text in expected) + 3 * 30 * threads
