"""What nplus1 says of each sample in C is word for word what stands beside it; `make golden` writes it anew."""
import difflib

import pytest
from golden.outputs import DETECTION, README_SAMPLE, ROOT, SAMPLES, SYSTEMS, outputs_of, samples, with_quotes, with_readme_block

ATTEMPTS = 3  # a machine that stands still for 50 ms ends a unit of work; what is really different is so each time


def differences(golden, outputs):
    found = []
    for file, text in outputs.items():
        path = golden / file
        expected = path.read_text() if path.exists() else ""
        found += difflib.unified_diff(expected.splitlines(), text.splitlines(), str(path.relative_to(ROOT)), "now", lineterm="", n=1)
    return found


@pytest.mark.parametrize("system, name", [(system, name) for system in SYSTEMS for name in samples(system)])
def test_the_outputs_are_those_beside_the_sample(build, request, tmp_path, system, name):
    variables = request.getfixturevalue("server").variables if system == "postgresql" else {}
    golden = SAMPLES / system / name
    for attempt in range(ATTEMPTS):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        outputs = outputs_of(build, name, system, folder, variables)
        found = differences(golden, outputs)
        if not found:
            break
    assert not found, "\n".join(found[:60])
    assert sorted(outputs) == sorted(path.name for path in golden.iterdir())


@pytest.mark.parametrize("system", SYSTEMS)
def test_nothing_is_kept_of_samples_that_are_gone(system):
    assert sorted(path.name for path in (SAMPLES / system).iterdir() if path.is_dir()) == sorted(samples(system))


def test_the_example_of_the_readme_is_the_golden_one():
    readme = (ROOT / "README.md").read_text()
    assert readme == with_readme_block(readme, (README_SAMPLE / "report.txt").read_text())


def test_the_examples_of_each_confidence_are_golden_ones():
    page = DETECTION.read_text()
    assert page == with_quotes(page)
    for confidence in ("proven", "likely", "possible"):
        assert f"    1. N+1, {confidence}:" in page
