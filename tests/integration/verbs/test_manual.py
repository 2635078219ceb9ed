"""The manual pages know every verb and every option that the help of nplus1 knows."""
import re

import pytest

from conftest import ROOT, find_build

PAGES = ROOT / "viewer/verbs"


def verbs():
    text = find_build().view("--help").stdout.decode()
    return re.findall(r"^  (\w+) ", text, re.MULTILINE)


def options_of_page(verb):
    """Long names and letters of the OPTIONS of a page."""
    text = (PAGES / f"{verb}.scd").read_text()
    section = re.search(r"^# OPTIONS\n(.*?)^# ", text, re.MULTILINE | re.DOTALL)[1]
    heads = " ".join(line for line in section.splitlines() if line.startswith("*-"))
    return set(re.findall(r"\*(--?[\w-]+)\*", heads))


@pytest.mark.parametrize("verb", verbs())
def test_every_option_stands_in_the_page_of_its_verb(build, verb):
    text = build.view(verb, "--help").stdout.decode()
    options = set()
    for letter, name in re.findall(r"^  (?:(-\w), )?(--[\w-]+)", text, re.MULTILINE):
        options |= {letter, name} - {""}
    assert {"--help", "--color"} <= options
    assert options_of_page(verb) == options


def test_the_page_of_nplus1_names_every_verb_and_refers_to_its_page():
    text = (ROOT / "docs/nplus1.1.scd").read_text()
    for verb in verbs():
        assert f"*nplus1 {verb}*" in text
        assert f"*nplus1-{verb}*(1)" in text
    assert set(re.findall(r"nplus1-(\w+)\*\(1\)", text)) == set(verbs())


def test_the_formats_of_export_stand_in_its_page(build):
    text = build.view("export", "--help").stdout.decode()
    formats = re.findall(r"^  (\w+) ", text.split("Formats:")[1], re.MULTILINE)
    section = (PAGES / "export.scd").read_text().split("# FORMATS")[1].split("\n# ")[0]
    assert re.findall(r"^\*(\w+)\*$", section, re.MULTILINE) == formats
