"""The viewer under valgrind's memcheck: what it reads was written, and what it takes it gives back or still knows of. With
NPLUS1_TEST_MEMCHECK=1 (make asan-all) every verb and format, on recordings of all samples of SQLite."""
import os
import re

import pytest
from conftest import ROOT, find_build

LONG = bool(os.environ.get("NPLUS1_TEST_MEMCHECK"))
SAMPLES = sorted(path.stem for path in (ROOT / "samples/c/sqlite").glob("*.c") if "int main(" in path.read_text()) if LONG else [
    "users_posts_comments_lazy", "users_posts_comments_selectin"]
VALGRIND = ["valgrind", "-q", "--error-exitcode=86", "--leak-check=full", "--show-leak-kinds=definite", "--errors-for-leak-kinds=definite"]
FAULT = 86


def formats():
    shown = find_build().view("export", "--help").stdout.decode().partition("Formats:\n")[2].partition("\n\n")[0]
    return re.findall(r"^ +(\w+) ", shown, re.MULTILINE)


def of_all(folder, first, second):
    """Commands on a folder of recordings."""
    yield from (["report", folder], ["report", "--json", folder], ["check", folder], ["diff", first, second], ["diff", "--json", first, second],
                ["report", "--html", folder / "page.html", folder])
    yield from (["export", "-f", form, folder] for form in formats())


def of_one(path):
    yield from (["dump", path], ["info", path])


@pytest.fixture(scope="module")
def recordings(build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("recordings")
    for name in SAMPLES:
        assert build.run_watched([build.sample(name)], folder / f"{name}.pb").returncode == 0
    return folder


def check(build, commands):
    for words in commands:
        run = build.run([*VALGRIND, build.viewer, *words])
        assert run.returncode != FAULT, (words, run.stderr.decode())
        assert run.returncode in (0, 1), (words, run.stderr.decode())


def test_verbs_and_formats(build, recordings):
    first, second = (recordings / f"users_posts_comments_{way}.pb" for way in ("lazy", "selectin"))
    commands = list(of_all(recordings, first, second))
    assert len(commands) > 15
    check(build, commands if LONG else commands[:4])


@pytest.mark.parametrize("name", SAMPLES)
def test_every_record(build, recordings, name):
    check(build, list(of_one(recordings / f"{name}.pb"))[:None if LONG else 1])


def test_a_recording_that_is_cut_anywhere(build, recordings, tmp_path):
    whole = (recordings / f"{SAMPLES[0]}.pb").read_bytes()
    places = range(1, len(whole), max(1, len(whole) // (40 if LONG else 3)))
    paths = [tmp_path / f"{place}.pb" for place in places]
    for place, path in zip(places, paths):
        path.write_bytes(whole[:place] + bytes(byte ^ 0x55 for byte in whole[place:place + 16]))
    for path in paths:
        run = build.run([*VALGRIND, build.viewer, "report", path])
        assert run.returncode in (0, 2), (path, run.stderr.decode())
