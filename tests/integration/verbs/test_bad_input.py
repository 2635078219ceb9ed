"""Whatever is given to the viewer, and wherever the agent is to write: one line, the right exit status, never a crash."""
import json
import os
import random
import shutil
import subprocess

import pytest

VERBS = [["report"], ["report", "--json"], ["check"], ["check", "--gen-suppressions"], ["dump"], ["info"]]
DIFFS = [["diff"], ["diff", "--json", "--at=1000000"]]


@pytest.fixture(scope="module")
def recording(build, tmp_path_factory):
    path = tmp_path_factory.mktemp("good") / "recording.pb"
    assert build.run_watched([build.sample("users_posts_comments_lazy"), 20, 5], path).returncode == 0
    return path


def make_bad(kind, path):
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "zeros":
        path.write_bytes(bytes(100000))
    elif kind == "random":
        path.write_bytes(random.Random(5).randbytes(100000))
    elif kind == "text":
        path.write_text("This is no recording.\n" * 100)
    elif kind == "elf":
        shutil.copy("/bin/true", path)
    elif kind == "directory":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "dangling":
        path.symlink_to(path.parent / "nowhere")
    elif kind == "json":
        path.write_text(json.dumps({"schema": 1}))
    return path


@pytest.mark.parametrize("kind", ["missing", "empty", "zeros", "random", "text", "elf", "directory", "fifo", "dangling", "json"])
@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_what_is_no_recording_is_one_line_and_status_2(build, tmp_path, verb, kind):
    run = build.view(*verb, make_bad(kind, tmp_path / "bad.pb"))
    assert (run.returncode, run.stdout) == (2, b"")
    line, = run.stderr.decode().splitlines()
    assert line.startswith("nplus1: ") and "bad.pb" in line


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_a_recording_cut_off_anywhere_is_a_partial_report_or_one_line(build, recording, tmp_path, verb):
    data = recording.read_bytes()
    choose = random.Random(7)
    sizes = sorted({*range(0, 64, 9), *(choose.randrange(len(data)) for _ in range(12)), len(data) - 1})
    partial = 0
    for size in sizes:
        path = tmp_path / f"{size}.pb"
        path.write_bytes(data[:size])
        run = build.view(*verb, path)
        assert run.returncode in (0, 1, 2), run.returncode
        lines = run.stderr.decode().splitlines()
        if run.returncode == 2:
            assert run.stdout == b"" and len(lines) == 1 and lines[0].startswith("nplus1: ")
            continue
        partial += 1
        if verb == ["report", "--json"]:
            report = json.loads(run.stdout)
            assert report["processes"][0]["complete"] is False or not lines
        assert all(line.startswith("nplus1: ") for line in lines)
    assert partial >= 5


def test_a_cut_recording_says_so(build, recording, tmp_path):
    path = tmp_path / "cut.pb"
    path.write_bytes(recording.read_bytes()[:-100])
    run = build.view("report", path)
    assert run.returncode == 0
    assert b"cut off" in run.stderr + run.stdout
    assert b"\nfile                  cut off\n" in build.view("info", path).stdout


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_damaged_bytes_are_never_a_crash(build, recording, tmp_path, verb):
    data = recording.read_bytes()
    choose = random.Random(11)
    for number in range(25):
        damaged = bytearray(data)
        for _ in range(choose.choice([1, 3, 100])):
            damaged[choose.randrange(len(damaged))] = choose.randrange(256)
        path = tmp_path / f"{number}.pb"
        path.write_bytes(damaged)
        run = build.view(*verb, path)
        assert run.returncode in (0, 1, 2), (number, run.returncode, run.stderr)
        assert all(line.startswith(b"nplus1: ") for line in run.stderr.splitlines())


@pytest.mark.parametrize("verb", DIFFS, ids=" ".join)
def test_damaged_recordings_can_be_compared(build, recording, tmp_path, verb):
    data = recording.read_bytes()
    choose = random.Random(13)
    compared = 0
    for number in range(25):
        sides = []
        for side in ("old", "new"):
            damaged = bytearray(data)
            for _ in range(choose.choice([0, 1, 3, 100])):
                damaged[choose.randrange(len(damaged))] = choose.randrange(256)
            sides.append(tmp_path / f"{side}{number}.pb")
            sides[-1].write_bytes(damaged[:choose.choice([len(damaged), choose.randrange(len(damaged))])])
        run = build.view(*verb, *sides)
        assert run.returncode in (0, 1, 2), (number, run.returncode, run.stderr)
        assert all(line.startswith(b"nplus1: ") for line in run.stderr.splitlines())
        assert (run.returncode == 2) == (not run.stdout)
        if run.stdout and "--json" in verb:
            json.loads(run.stdout)
        compared += run.returncode != 2
    assert compared >= 10


@pytest.mark.parametrize("kind", ["empty", "random", "text", "directory", "fifo", "dangling"])
def test_what_is_no_recording_cannot_be_compared(build, recording, tmp_path, kind):
    bad = make_bad(kind, tmp_path / "bad.pb")
    for sides in ((bad, recording), (recording, bad)):
        run = build.view("diff", *sides)
        assert (run.returncode, run.stdout) == (2, b"")
        line, = run.stderr.decode().splitlines()
        assert line.startswith("nplus1: ") and "bad.pb" in line


def test_one_bad_file_among_good_ones_is_named_and_the_rest_reported(build, recording, tmp_path):
    bad = make_bad("text", tmp_path / "bad.pb")
    run = build.view("report", "--json", recording, bad)
    assert run.returncode == 2
    assert json.loads(run.stdout)["totals"] == build.report(recording)["totals"]
    line, = run.stderr.decode().splitlines()
    assert "bad.pb" in line


@pytest.mark.parametrize("words", [[], ["nonsense"], ["report", "--nonsense"], ["info"], ["dump"], ["run"], ["run", "-o"],
                                   ["check", "--fail-on", "everything"], ["report", "--color=blue"], ["check", "--baseline"]],
                         ids=lambda words: " ".join(words) or "nothing")
def test_wrong_usage_is_status_2_and_not_on_stdout(build, words):
    run = build.view(*words)
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr


def test_stdout_that_is_full_is_said(build, recording):
    with open("/dev/full", "wb") as full:
        run = subprocess.run([build.viewer, "report", "--json", recording], stdout=full, stderr=subprocess.PIPE)
    assert run.returncode == 2
    assert run.stderr.startswith(b"nplus1: standard output: ")


@pytest.mark.parametrize("output", ["missing/recording.pb", "/proc/recording.pb", "file/recording.pb", "x" * 300])
def test_an_output_that_cannot_be_written_is_one_line_and_the_program_runs_on(build, tmp_path, output):
    (tmp_path / "file").write_text("")
    command = [build.sample("users_posts_lazy"), 20]
    alone = build.run(command)
    run = build.run_watched(command, tmp_path / output)
    assert (run.returncode, run.stdout) == (alone.returncode, alone.stdout)
    line, = run.stderr.decode().splitlines()
    assert line.startswith("nplus1: ") and line.endswith("nothing is recorded")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_full_disk_stops_the_recording_and_nothing_else(build, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "none", disk], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"a small tmpfs cannot be mounted: {mounted.stderr.strip()}")
    try:
        command = [build.hostile("traps_processes"), "timer_that_fires_all_the_time"]
        alone = build.run(command)
        run = build.run_watched(command, disk / "recording.pb")
        assert (run.returncode, run.stdout, run.stderr) == (alone.returncode, alone.stdout, alone.stderr)
        report = build.report(disk / "recording.pb")
        assert report["totals"]["executions"] == json.loads(run.stdout)["executions"]
        process, = report["processes"]
        assert process["left_out"] > 0 and process["complete"] is False
        assert b"in the totals only" in build.view("report", disk / "recording.pb").stdout
        (disk / "fill").write_bytes(bytes(shutil.disk_usage(disk).free))
        run = build.run_watched(command, disk / "second.pb")
        assert (run.returncode, run.stdout) == (alone.returncode, alone.stdout)
        assert len(run.stderr.splitlines()) == 1 and b"nothing is recorded" in run.stderr
    finally:
        subprocess.run(["umount", disk], check=True)
