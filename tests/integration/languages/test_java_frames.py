"""Frames of HotSpot: what Java itself says of a stack."""
import subprocess
from pathlib import Path

import pytest
from java_runtimes import RUNTIMES, home_of

PROGRAMS = Path(__file__).resolve().parents[2] / "programs/java"
MACHINES = {path.name: path for path in sorted(Path("/usr/lib/jvm").glob("*")) if (path / "include/jni.h").exists() and not path.is_symlink()}


def major(home):
    (line,) = [line for line in (home / "release").read_text().splitlines() if line.startswith("JAVA_VERSION=")]
    return int(line.split('"')[1].split(".")[0])


def compiler_for(release):
    """A machine that has one, of that release or the next later one."""
    return min((home for home in MACHINES.values() if major(home) >= release), key=major)


@pytest.fixture(scope="module", params=[*MACHINES, *RUNTIMES])
def java(request, build, tmp_path_factory):
    """Starts a program of tests/programs/java under the agent; the words before the program's name are the machine's options."""
    home = MACHINES[request.param] if request.param in MACHINES else home_of(build, request.param)
    compiler, folder = compiler_for(major(home)), tmp_path_factory.mktemp("java")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", f"-I{compiler}/include", f"-I{compiler}/include/linux", PROGRAMS / "bridge.c", "-lsqlite3",
                    "-o", folder / "bridge.so"], check=True)
    has_virtual = major(home) >= 21
    subprocess.run([compiler / "bin/javac", "-Xlint:none", "--release", str(major(home)), "-d", folder,
                    *(path for path in PROGRAMS.glob("*.java") if has_virtual or path.name != "Virtual.java")], check=True)

    inlined = folder / "Inlined.class"
    inlined.write_bytes(inlined.read_bytes().replace(b"Inlined.java", b"Inlined__.kt"))

    def run(build, recording, *words):
        allowed = ["--enable-native-access=ALL-UNNAMED"] if major(home) >= 22 else []
        watched = build.run_watched([home / "bin/java", "-cp", folder, f"-Dbridge={folder}/bridge.so", "-XX:+UseSerialGC", *allowed, *words], recording)
        assert (watched.returncode, watched.stderr) == (0, b""), watched.stderr.decode()
        return watched.stdout.decode().splitlines(), build.report(recording)
    run.major = major(home)
    run.compile = lambda debug, name: subprocess.run([compiler / "bin/javac", debug, "-Xlint:none", "--release", str(major(home)), "-cp", folder,
                                                      "-d", folder, PROGRAMS / "made" / name], check=True)
    return run


def own(group):
    return [f"{frame['function']}:{frame['line']}" for frame in group["stack"] if frame["in_app"] and frame["file"] != "Sql.java"]


def folded(frames):
    return [frame for i, frame in enumerate(frames) if i == 0 or frame != frames[i - 1]]


@pytest.mark.parametrize("options", [[], ["-Xint"], ["-Xcomp", "-XX:TieredStopAtLevel=1"]], ids=["mixed", "interpreted", "compiled"])
def test_frames_are_those_of_the_stack_trace(build, tmp_path, java, options):
    lines, report = java(build, tmp_path / "recording.pb", *options, "Cases")
    told = sorted((name, folded(frames)) for name, *frames in map(str.split, lines))
    seen = [(group["statement"]["text"].rpartition(" ")[2], own(group)) for group in report["groups"]]
    assert len(told) == 19 and sorted(found for i, found in enumerate(seen) if found not in seen[:i]) == told
    assert {frame["language"] for group in report["groups"] for frame in group["stack"]} == {"java"}


@pytest.mark.parametrize("threads, options", [(2, []), (8, ["-XX:-UseSerialGC", "-XX:+UseG1GC", "-Xmx24m", "-Xlog:disable"])], ids=["plain", "garbage"])
def test_a_loop_is_one_stack_however_its_code_is_run(build, tmp_path, java, threads, options):
    lines, report = java(build, tmp_path / "recording.pb", *options, "Loops", str(threads), "10000")
    count = threads * 10000
    groups = {(group["statement"]["text"], group["executions"], *own(group)) for group in report["groups"]
              if group["statement"]["text"].startswith("select")}
    assert groups == {("select id from b where a = ?", count, "Loops$One.ask:9", "Loops.each:22", "Loops.work:34", "Loops.lambda$main$0:42"),
                      ("select id + ? from b where a = ?", count, "Loops$Two.ask:15", "Loops.each:22", "Loops.work:35", "Loops.lambda$main$0:42")}


def test_a_task_is_one_stack_whoever_runs_it(build, tmp_path, java):
    _, report = java(build, tmp_path / "recording.pb", "-Djava.util.concurrent.ForkJoinPool.common.parallelism=3", "Tasks")
    assert [(group["executions"], own(group)) for group in report["groups"]] == [(64, ["Tasks.ask:13", "Tasks.lambda$main$0:17"])]


def test_virtual_threads_have_their_own_frames(build, tmp_path, java):
    if java.major < 21:
        pytest.skip("virtual threads came with JDK 21")
    lines, report = java(build, tmp_path / "recording.pb", "Virtual")
    assert [(group["executions"], own(group)) for group in report["groups"]] == [
        (500, ["Virtual.leaf:11", "Virtual.deep:5", "Virtual.deep:6", "Virtual.lambda$main$0:20"])]


def test_the_line_of_an_inline_function_of_kotlin_is_that_of_its_call(build, tmp_path, java):
    lines, report = java(build, tmp_path / "recording.pb", "Inlined")
    assert sorted((group["executions"], own(group)) for group in report["groups"]) == [(1, ["Inlined.main:16"]), (3, ["Inlined.main:8"])]


def loops(report):
    groups = {group["id"]: group["statement"]["text"] for group in report["groups"]}
    return {(groups[finding["group"]], finding["confidence"], finding["executions"], finding["max_per_episode"])
            for finding in report["findings"] if finding["kind"] == "n_plus_one"}


@pytest.mark.parametrize("visitors", [1, 4], ids=["one", "several"])
def test_a_pools_thread_that_an_event_loop_calls_has_a_unit_of_work_for_each_visitor(build, tmp_path, java, visitors):
    requests, lists = 3 * 31, 3 * visitors
    lines, report = java(build, tmp_path / "recording.pb", "Called", "lookups", str(visitors), str(requests))
    assert lines == [str(requests)] * visitors
    assert {group["statement"]["text"]: group["executions"] for group in report["groups"] if group["statement"]["text"].startswith("select")} == {
        "select id, a from b": lists, "select a + ? from b where id = ?": lists * 30, "select a from b where id = ?": lists * 30}
    if visitors == 1:  # of several at once, whose work a thread goes on with is not known
        assert loops(report) == {("select a + ? from b where id = ?", "proven", lists * 30, 30)}
    else:
        assert ("select a + ? from b where id = ?", "proven", lists * 30, 30) in loops(report)


def test_what_a_framework_wrote_into_the_programs_classes_is_no_place(build, tmp_path, java):
    for debug, name in (("-g:source", "Entity.java"), ("-g:none", "Repository.java"), ("-g", "Made.java")):
        java.compile(debug, name)
    lines, report = java(build, tmp_path / "recording.pb", "Made")
    source = (PROGRAMS / "made/Made.java").read_text().splitlines()
    marked = [next(number for number, line in enumerate(source, 1) if line.endswith(f"// {mark}")) for mark in ("counts", "finds")]
    found = {group["statement"]["text"]: own(group) for group in report["groups"]}
    assert found["select count(*) from b where a = ?"] == [f"Made.main:{marked[0]}"]
    assert found["select a from b where id = ?"] == [f"Made.main:{marked[1]}"]
    assert {frame["file"] for group in report["groups"] for frame in group["stack"] if "Intercepted" in frame["function"]} == {
        "Repository$Intercepted.class"}


def test_machines_to_test_with_are_there():
    assert MACHINES
