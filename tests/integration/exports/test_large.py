"""Recordings that are large, or were made to hurt: what each output takes of the processor and of memory is bounded."""
import pytest

from measuring import measure

pytestmark = pytest.mark.alone

FORMATS = ("pprof", "speedscope", "folded", "sarif", "junit", "github", "gitlab", "markdown", "csv", "otlp", "openmetrics", "html", "json")
VERBS = (["report"], ["report", "--by=statement"], ["report", "--by=file"], ["check"], ["dump"], ["info"], ["top", "--once", "--interval=0.1"])
OUTPUTS = [*VERBS, *(["export", "-f", form] for form in FORMATS)]
NAMES = [" ".join(words) for words in OUTPUTS]


@pytest.mark.parametrize("words", OUTPUTS, ids=NAMES)
def test_names_of_a_megabyte_take_no_longer_than_other_bytes(build, made, tmp_path, words):
    path = made("long", "1000000")
    taken = measure(build, tmp_path, *words, path)
    assert taken.status in (0, 1) and (tmp_path / "err").read_bytes().count(b"\n") <= 1
    assert taken.cpu_s < 4 and taken.mib < 500, taken
