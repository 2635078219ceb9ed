"""What nplus1 says of PHP programs: exact counts, and each finding at the line of the script that asks for the rows."""
import json
import re

import pytest
from conftest import ROOT

SOURCES = ROOT / "samples/php"
CLIENTS = {"sqlite3": "sqlite3_shop.php", "pdo_sqlite": "pdo.php", "pdo_pgsql": "pdo.php", "pgsql": "pgsql_shop.php"}


def scenes_of(client):
    table = re.search(r"const SCENES = \[(.*?)\];", (SOURCES / CLIENTS[client]).read_text(), re.DOTALL)[1]
    return re.findall(r"'(\w+)' =>", table)


SCENES = [(client, scene) for client in CLIENTS for scene in scenes_of(client)]
# What the scenes are about besides loading has tests of its own.
LOADS = [(client, scene) for client, scene in SCENES if re.search(r"_(lazy|joined|selectin|group_by)$|^two_lines", scene)]
LAZY = [(client, scene) for client, scene in LOADS if scene.endswith("_lazy")]


def marked_lines(source, function, marker="// N+1 here"):
    inside, lines = False, []
    for number, line in enumerate(source.read_text().splitlines(), 1):
        if line.startswith("function "):
            inside = line.startswith(f"function {function}(")
        if inside and marker in line:
            lines.append(number)
    return lines


class Watched:
    def __init__(self, build, server, client, scene, folder):
        self.source = SOURCES / CLIENTS[client]
        self.scene = scene
        command = ["php", SOURCES / f"{client}_shop.php", scene]
        variables = server.variables if "pgsql" in client else {}
        self.alone = build.run([*command, folder / "alone.json"], **variables)
        self.run = build.run_watched([*command, folder / "counts.json"], folder / "recording.pb", **variables)
        assert (self.alone.returncode, self.alone.stderr) == (0, b"")
        self.counts = json.loads((folder / "counts.json").read_text())
        self.counts_alone = json.loads((folder / "alone.json").read_text())
        self.report = build.report(folder / "recording.pb")
        # PDO gives back what it prepared, in a command of its own that is nobody's wish.
        self.groups = [group for group in self.report["groups"] if not group["statement"]["text"].startswith("deallocate")]
        self.loads = [group for group in self.groups if any(frame["function"] == scene for frame in group["stack"])]


@pytest.fixture(scope="module", params=SCENES, ids="-".join)
def watched(request, build, server, tmp_path_factory):
    return Watched(build, server, *request.param, tmp_path_factory.mktemp("sample"))


def watch(build, server, folder, client, scene):
    return Watched(build, server, client, scene, folder)


def test_the_program_does_what_it_does_alone_and_every_execution_is_counted(watched):
    assert (watched.run.returncode, watched.run.stdout, watched.run.stderr) == (0, watched.alone.stdout, b"")
    assert watched.counts == watched.counts_alone
    assert sum(group["executions"] for group in watched.loads) == watched.counts["expected"] == watched.counts["load"]
    assert sum(group["executions"] for group in watched.groups) == watched.counts["total"]
    assert watched.report["totals"]["executions"] == sum(group["executions"] for group in watched.report["groups"])


def test_php_frames_alone_are_on_the_stacks(watched):
    frames = [frame for group in watched.report["groups"] for frame in group["stack"]]
    assert {frame["language"] for frame in frames} == {"php"}
    assert all(frame["line"] > 0 and frame["in_app"] for frame in frames)
    assert {group["stack"][-1]["function"] for group in watched.report["groups"]} == {"{main}"}


@pytest.mark.parametrize("client, scene", LOADS, ids="-".join)
def test_an_eager_load_has_no_finding_and_a_lazy_one_has_one_per_level(build, server, tmp_path, client, scene):
    watched = watch(build, server, tmp_path, client, scene)
    findings = [(finding["kind"], finding["location"]["line"]) for finding in watched.report["findings"]]
    assert sorted(findings) == [("n_plus_one", line) for line in marked_lines(watched.source, scene)]
    for finding in watched.report["findings"]:
        assert finding["confidence"] == "proven"
        assert (finding["location"]["file"], finding["location"]["function"]) == (str(watched.source), scene)


def test_two_callers_of_one_helper_are_two_findings(build, server, tmp_path):
    watched = watch(build, server, tmp_path, "sqlite3", "shared_helper")
    groups = [group for group in watched.loads if len(group["stack"]) > 3]
    assert [group["stack"][0]["function"] for group in groups] == ["sum_of_likes"] * 2
    first, second = sorted(group["stack"][1]["line"] for group in groups)
    assert second == first + 1
    assert sorted(finding["group"] for finding in watched.report["findings"]
                  if finding["kind"] == "n_plus_one") == sorted(group["id"] for group in groups)


@pytest.mark.parametrize("client", CLIENTS)
def test_every_way_of_loading_a_scene_gives_the_same_result(build, server, client):
    results = {}
    for scene in scenes_of(client):
        run = build.run(["php", SOURCES / f"{client}_shop.php", scene], **server.variables)
        assert (run.returncode, run.stderr) == (0, b"")
        results.setdefault(re.sub(r"_(lazy|joined|selectin|group_by)$", "", scene), set()).add(run.stdout)
    assert all(len(outputs) == 1 for outputs in results.values())
