"""Frames of V8: what JavaScript itself says of a stack."""
import json
import subprocess
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).resolve().parents[2] / "programs/javascript"


@pytest.fixture(scope="module")
def bridge(tmp_path_factory):
    addon = tmp_path_factory.mktemp("javascript") / "bridge.node"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-I/usr/include/node", PROGRAMS / "bridge.c", "-lsqlite3", "-o", addon], check=True)
    return addon


def run(build, recording, bridge, *words):
    watched = build.run_watched(["node", *words], recording, BRIDGE=str(bridge))
    assert (watched.returncode, watched.stderr) == (0, b""), watched.stderr.decode()
    return watched.stdout.decode().splitlines(), build.report(recording)


def own(group):
    return [f"{frame['function']}:{frame['line']}" for frame in group["stack"] if frame["in_app"] and frame["function"] != "ask"]


def folded(frames):
    return [frame for i, frame in enumerate(frames) if i == 0 or frame != frames[i - 1]]


@pytest.mark.parametrize("options", [[], ["--no-opt", "--no-sparkplug"], ["--always-sparkplug"], ["--stress-compaction"]], ids=["mixed", "interpreted", "baseline", "compaction"])
def test_frames_are_those_of_the_stack_trace(build, tmp_path, bridge, options):
    lines, report = run(build, tmp_path / "recording.pb", bridge, *options, PROGRAMS / "cases.js")
    told = sorted((name.lower(), folded(frames)) for name, *frames in (line.split("|") for line in lines))
    seen = sorted((group["statement"]["text"].rpartition(" ")[2], own(group)) for group in report["groups"])
    assert len(told) == 21 and seen == told
    assert {frame["language"] for group in report["groups"] for frame in group["stack"]} == {"javascript"}


@pytest.mark.parametrize("options", [[], ["--stress-compaction", "--max-semi-space-size=1"]], ids=["plain", "compaction"])
def test_a_loop_is_one_stack_however_its_code_is_run(build, tmp_path, bridge, options):
    count = 2000 if options else 50000
    lines, report = run(build, tmp_path / "recording.pb", bridge, *options, PROGRAMS / "loops.js", 2, count)
    groups = {(group["statement"]["text"], group["executions"], *(frame for frame in own(group) if ":" in frame and "ask" not in frame))
              for group in report["groups"] if group["statement"]["text"].startswith("select")}
    assert groups == {("select id from b where a = ?", 2 * count, "each:20", "work:27", "<anonymous>:35"),
                      ("select id + ? from b where a = ?", 2 * count, "each:20", "work:28", "<anonymous>:35")}


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    addon = tmp_path_factory.mktemp("javascript") / "pool.node"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-I/usr/include/node", PROGRAMS / "pool.c", "-lsqlite3", "-o", addon], check=True)
    return addon


@pytest.mark.parametrize("options", [[], ["--stress-compaction", "--max-semi-space-size=1"]], ids=["plain", "compaction"])
def test_what_nodes_pool_executes_is_told_at_the_line_that_asked_for_it(build, tmp_path, pool, options):
    count = 100
    watched = build.run_watched(["node", *options, PROGRAMS / "pool.js", str(count)], tmp_path / "recording.pb", POOL=str(pool))
    assert (watched.returncode, watched.stderr) == (0, b""), watched.stderr.decode()
    report = build.report(tmp_path / "recording.pb")
    executed = {}
    for group in report["groups"]:
        assert {frame["language"] for frame in group["stack"]} == {"javascript"}
        place = group["statement"]["text"].rpartition(" ")[2]
        lines = tuple(frame["line"] for frame in group["stack"] if frame["file"].endswith("pool.js") and frame["function"] != "ask")[:3]
        executed[place, lines] = executed.get((place, lines), 0) + group["executions"]
    assert executed == {("awaited", (8, 13, 32)): count, ("awaited", (8, 13, 27)): count, ("together", (8, 18, 17)): 2 * count,
                        ("called", (23, 34, 34)): 1, ("called", (23, 27, 27)): 1, ("called", (23, 23)): 2 * count - 2,
                        ("nobody", (36,)): 1, ("last", (8, 37)): 1}
    assert report["totals"]["executions"] == sum(json.loads(watched.stdout).values()) + 1


def test_a_mapper_s_statement_that_nodes_pool_executes_is_told_at_the_line_that_awaits_it(build, tmp_path, pool):
    for name in ("sqlite3", "mapper"):
        folder = tmp_path / "node_modules" / name
        folder.mkdir(parents=True)
        (folder / "index.js").symlink_to(PROGRAMS / "asked.js")
    shop = tmp_path / "shop/index.js"
    shop.parent.mkdir()
    shop.symlink_to(PROGRAMS / "asked.js")
    watched = build.run_watched(["node", "--preserve-symlinks", "--preserve-symlinks-main", shop], tmp_path / "recording.pb", POOL=str(pool))
    assert (watched.returncode, watched.stderr) == (0, b""), watched.stderr.decode()
    executed = {}
    for group in build.report(tmp_path / "recording.pb")["groups"]:
        place = group["statement"]["text"].rpartition(" ")[2], tuple(frame["function"] for frame in group["stack"] if frame["in_app"])
        executed[place] = executed.get(place, 0) + group["executions"]
    described = {functions: count for (place, functions), count in executed.items() if place == "described"}
    assert sum(described.values()) == 2 * 40 and all("main" in functions for functions in described)
    assert {functions: count for (place, functions), count in executed.items() if place == "looped"} == {("looped", "main"): 20}
    assert {functions: count for (place, functions), count in executed.items() if place == "together"} == {("together", "main"): 20}
    assert {functions[-2:]: count for (place, functions), count in executed.items() if place == "plain"} == {("plain", "main"): 20}


def test_requests_whose_statements_nodes_pool_executes_are_units_of_work(build, tmp_path, pool):
    watched = build.run_watched(["node", PROGRAMS / "served.js"], tmp_path / "recording.pb", POOL=str(pool))
    assert (watched.returncode, watched.stderr) == (0, b""), watched.stderr.decode()
    report = build.report(tmp_path / "recording.pb")
    executions = {}
    for group in report["groups"]:
        text = group["statement"]["text"]
        executions[text] = executions.get(text, 0) + group["executions"]
    looped, single = "select count(*) from orders where customer_id = ?", "select length(name) from customers where id = ?"
    assert (executions[looped], executions[single]) == (36, 50)
    texts = {group["id"]: group["statement"]["text"] for group in report["groups"]}
    found = [(texts[finding["group"]], finding["kind"], finding["confidence"], finding["parent_column"]) for finding in report["findings"]]
    assert found == [(looped, "n_plus_one", "proven", "id")]
