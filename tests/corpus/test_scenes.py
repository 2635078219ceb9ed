"""Random scenes: how right nplus1 is about programs that nobody wrote for it. The figures may only improve."""
import json
import os
from pathlib import Path

import pytest
from scenes import evaluate, generate, truth

SEED = "1"
COUNT = int(os.environ.get("NPLUS1_TEST_SCENES", 200))
FIGURES = Path(__file__).parent / "scenes/figures.json"
THREADS = 2 + COUNT // 200  # places of which threads may decide otherwise the next time


@pytest.fixture(scope="module")
def outcome(build, server):
    return evaluate.evaluate(build.folder, SEED, range(COUNT), jobs=min(2, os.cpu_count()), server=server)


def test_every_scene_does_what_it_is_thought_to_do(outcome):
    _, failures = outcome
    assert not [failure.text() for failure in failures if failure.broken]


def test_every_execution_is_counted_at_its_line(outcome):
    tally, _ = outcome
    assert tally.all["miscounted"] == 0


def test_the_figures_only_improve(outcome, capsys):
    """CORPUS_FIGURES=write keeps those of this run."""
    tally, failures = outcome
    with capsys.disabled():
        print("\n" + "\n".join(tally.lines()))
    rates = tally.rates()
    kept = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    if os.environ.get("CORPUS_FIGURES") == "write":
        kept[str(COUNT)] = rates
        FIGURES.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n")
    if str(COUNT) not in kept:
        pytest.skip(f"no figures of {COUNT} scenes are kept")
    worse = [f"{name} was {before:.2%}, is {rates[name]:.2%}" for name, before in kept[str(COUNT)].items()
             if rates[name] > before + tally.share_of_one(name) * THREADS]
    assert not worse, "\n".join(worse + [failure.brief() for failure in failures])


def test_a_scene_is_the_same_again():
    for number in range(12):
        scene, log, initial = generate.generate(SEED, number)
        again, the_same, contents = generate.generate(SEED, number)
        assert (scene, initial) == (again, contents)
        assert [(one.values, one.rows) for one in log] == [(one.values, one.rows) for one in the_same]


@pytest.mark.parametrize("values, rows, level", (
    ("abcd", "abcd", 4), ("dcba", "abcd", 4), ("aab", "aab", 4), ("aabbcd", "abcd", 3), ("abc", "abcabc", 3),
    ("bc", "abcd", 2), ("cba", "abcd", 2), ("abc", "abcab", 3), ("a", "abc", 2), ("b", "abc", 1),
    ("ac", "abcd", 1), ("db", "abcd", 1), ("acb", "abcd", 0), ("ae", "abcd", None)))
def test_how_values_meet_rows(values, rows, level):
    assert truth.meets(list(values), list(rows)) == level
