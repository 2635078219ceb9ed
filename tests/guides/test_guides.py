"""Each guide, followed as it stands: what its page shows is what nplus1 says, and its correction helps. `make golden` writes the pages anew."""
import difflib
import re

import pytest
from conftest import ROOT
from guides.following import BLOCK, GUIDES, GUIDES_BY_NAME, follow, with_blocks

ATTEMPTS = 3  # a machine that stands still for 50 ms ends a unit of work; what is really different is so each time


@pytest.mark.parametrize("name", GUIDES_BY_NAME)
def test_a_guide_shows_what_happens(build, tmp_path, name):
    guide = GUIDES_BY_NAME[name]
    page = guide.path.read_text()
    for attempt in range(ATTEMPTS):
        work = tmp_path / str(attempt)
        work.mkdir()
        blocks, checks = follow(build, guide, work)
        now = with_blocks(page, blocks)
        if now == page:
            break
    assert not list(difflib.unified_diff(page.splitlines(), now.splitlines(), str(guide.path.relative_to(ROOT)), "now", lineterm="", n=1))
    assert checks == [1, 0]
    assert any(name.startswith(f"{guide.name} ") for _, name, _, _ in BLOCK.findall(page))


def test_every_guide_is_followed():
    pages = {path.stem for path in GUIDES.glob("*.md")} - {"README"}
    assert pages == {guide.folder for guide in GUIDES_BY_NAME.values()} == {path.name for path in GUIDES.iterdir() if path.is_dir()}
    blocks = {name for page in GUIDES.glob("*.md") for _, name, _, _ in BLOCK.findall(page.read_text())}
    assert {name.rpartition(" ")[0] for name in blocks} == set(GUIDES_BY_NAME)


def test_the_list_of_guides_is_whole():
    listed = set(re.findall(r"\]\((\w[\w-]*)\.md\)", (GUIDES / "README.md").read_text()))
    assert listed == {guide.folder for guide in GUIDES_BY_NAME.values()}
