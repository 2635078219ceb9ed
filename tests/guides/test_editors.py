"""docs/editors.md: what it says is read by Vim itself, and by the expression of the tasks of Visual Studio Code."""
import json
import re
import shutil

import pytest
from conftest import ROOT
from golden.outputs import Normaliser

PATH = ROOT / "docs/editors.md"
BLOCK = re.compile(r"(<!-- check: begin -->\n).*?(<!-- check: end -->)", re.DOTALL)


@pytest.fixture(scope="module")
def recorded(build, tmp_path_factory):
    """The recording of a sample, and what check says of it."""
    recording = tmp_path_factory.mktemp("editors") / "shop.pb"
    assert build.run_watched([build.sample("orders_customer_lazy"), "100", "10"], recording, cwd=ROOT).returncode == 0
    return recording, build.view("check", recording, cwd=ROOT).stdout.decode()


def expected(build, recorded):
    location = build.report(recorded[0])["findings"][0]["loop"]
    return location["file"], location["line"]


def test_the_page_shows_what_check_writes(build, recorded):
    line = Normaliser(build, recorded[0].parent, {}).text(recorded[1])
    assert BLOCK.search(PATH.read_text())[0] == f"<!-- check: begin -->\n    {line}<!-- check: end -->"


def test_vim_jumps_to_the_loop(build, recorded, tmp_path):
    vim = shutil.which("vim")
    assert vim, "vim is not installed; scripts/setup test does it"
    form = re.search(r"errorformat=(\S+ ?%m)", PATH.read_text())[1]
    script = [f"set errorformat={form}", f"cgetexpr system('{build.viewer} check {recorded[0]} 2>/dev/null')",
              "let items = map(getqflist(), {_, i -> [bufname(i.bufnr), i.lnum, i.text, i.valid]})",
              f"call writefile([json_encode(items)], '{tmp_path}/items')", "qall!"]
    (tmp_path / "script.vim").write_text("\n".join(script) + "\n")
    build.run([vim, "-N", "-u", "NONE", "-i", "NONE", "-es", "-S", tmp_path / "script.vim"], cwd=ROOT, TERM="dumb")
    [item] = json.loads((tmp_path / "items").read_text())
    file, line = expected(build, recorded)
    assert (str(ROOT / item[0]), item[1], item[3]) == (str(ROOT / file), line, 1)
    assert item[2].startswith("n_plus_one, proven: 100 executions of ")


def test_the_tasks_match_it(build, recorded):
    tasks = json.loads(re.search(r"```json\n(.*?)```", PATH.read_text(), re.DOTALL)[1])
    matcher = tasks["tasks"][0]["problemMatcher"]
    found = re.fullmatch(matcher["pattern"]["regexp"], recorded[1].rstrip("\n"))
    file, line = expected(build, recorded)
    pattern = matcher["pattern"]
    assert (str(ROOT / found[pattern["file"]]), int(found[pattern["line"]])) == (str(ROOT / file), line)
    assert found[pattern["code"]] == "n_plus_one" and found[pattern["message"]].startswith("n_plus_one, proven: ")
    report = build.view("report", recorded[0], cwd=ROOT).stdout.decode()
    assert not [row for row in report.splitlines() if re.fullmatch(pattern["regexp"], row)], "the report's own lines are no problems"
