"""What nplus1 says of the Python samples: exact counts, and each finding at the line of the script that asks for the rows."""
import json
import re

import pytest
from python_samples import HOOKS, LAZY, PYTHON, SCENES, SOURCES, SQLALCHEMY, marked_lines, scenes_of


class Watched:
    def __init__(self, build, client, scene, folder):
        self.client = client
        self.source = SOURCES / f"{client}_shop.py"
        self.scene = scene
        command = [PYTHON, "-B", self.source, scene, "--counts"]
        self.alone = build.run([*command, folder / "alone.json"])
        self.run = build.run_watched([*command, folder / "counts.json"], folder / "recording.pb")
        assert self.alone.returncode == 0, self.alone.stderr.decode()
        self.counts = json.loads((folder / "counts.json").read_text())
        self.counts_alone = json.loads((folder / "alone.json").read_text())
        self.report = build.report(folder / "recording.pb", NPLUS1_LIBRARY=str(SOURCES / "django_hook.py"))
        self.loads = [group for group in self.report["groups"] if any(frame["function"] == scene for frame in group["stack"])]


@pytest.fixture(scope="module", params=SCENES, ids="-".join)
def watched(request, build, tmp_path_factory):
    return Watched(build, *request.param, tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module", params=LAZY, ids="-".join)
def lazy(request, build, tmp_path_factory):
    return Watched(build, *request.param, tmp_path_factory.mktemp("lazy"))


def test_the_program_does_what_it_does_alone(watched):
    assert (watched.run.returncode, watched.run.stdout, watched.run.stderr) == (0, watched.alone.stdout, b"")
    assert watched.counts == watched.counts_alone


def test_what_the_load_needs_is_what_the_hook_the_driver_and_the_agent_count(watched):
    agent = sum(group["executions"] for group in watched.loads)
    assert agent == watched.counts["expected"] == watched.counts["load"]
    assert watched.counts["hook"] == (agent if watched.client in HOOKS else None)
    if watched.client == "sqlalchemy":
        assert agent == SQLALCHEMY[watched.scene]


def test_every_scene_of_sqlalchemy_is_a_sample():
    assert set(scenes_of("sqlalchemy")) == set(SQLALCHEMY)


def test_every_execution_of_the_program_is_counted(watched):
    totals = watched.report["totals"]
    assert totals["executions"] == watched.counts["total"]
    assert totals["executions"] == sum(group["executions"] for group in watched.report["groups"])
    assert watched.report["processes"][0]["left_out"] == 0


def test_an_eager_load_has_no_finding_and_a_lazy_one_has_one_per_level(watched):
    findings = [(finding["kind"], finding["location"]["line"]) for finding in watched.report["findings"]]
    assert sorted(findings) == [("n_plus_one", line) for line in marked_lines(watched.source, watched.scene)]


def test_a_finding_names_the_line_of_the_script_and_where_its_parameters_came_from(lazy):
    outer, *inner = sorted(lazy.report["findings"], key=lambda finding: finding["location"]["line"])
    for finding in (outer, *inner):
        assert finding["confidence"] == "proven"
        assert finding["location"]["file"] == str(lazy.source)
        assert finding["location"]["function"] == lazy.scene
        assert finding["distinct_values"] == (10 if lazy.scene.startswith("orders_customer") else finding["executions"])
    assert outer["parent"] in {group["id"] for group in lazy.loads}
    assert [finding["parent"] for finding in inner] == [outer["group"]] * len(inner)


def test_python_frames_alone_are_on_the_stacks(watched):
    frames = [frame for group in watched.report["groups"] for frame in group["stack"]]
    assert {frame["language"] for frame in frames} == {"python"}
    assert all(frame["line"] > 0 for frame in frames)
    assert {group["stack"][-1]["function"] for group in watched.report["groups"]} == {"<module>"}
    own = {frame["file"] for frame in frames if frame["in_app"]}
    assert own <= {str(SOURCES / name) for name in ("common.py", watched.source.name)}


@pytest.mark.parametrize("client", sorted({client for client, _ in SCENES}))
def test_every_way_of_loading_a_scene_gives_the_same_result(build, client):
    results = {}
    for scene in scenes_of(client):
        run = build.run([PYTHON, "-B", SOURCES / f"{client}_shop.py", scene])
        assert (run.returncode, run.stderr) == (0, b"")
        tables = re.sub(r"_(lazy|joined|selectin|subquery|prefetch|select_related|prefetch_related|group_by)$", "", scene)
        results.setdefault(tables, set()).add(run.stdout)
    assert all(len(outputs) == 1 for outputs in results.values())
