"""Frames of V8: what JavaScript itself says of a stack."""
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
