"""nplus1 export: each format says what the report says."""
import json
import re
import subprocess

import pytest

CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]")


@pytest.fixture
def made(build, tmp_path):
    def make(kind, *more):
        path = tmp_path / f"{kind}.pb"
        subprocess.run([build.program("tools", "make_recording"), kind, path, *more], check=True)
        return path
    return make


def folded(build, *words):
    """Stacks and weights: a list of (frames, number)."""
    result = build.view("export", "-f", "folded", *words)
    assert (result.returncode, result.stderr) == (0, b"")
    assert not CONTROL.search(result.stdout)
    lines = [line.rpartition(" ") for line in result.stdout.decode().splitlines()]
    return [(stack.split(";"), int(number)) for stack, _, number in lines]


@pytest.mark.parametrize("kind", ["clean", "nested", "likely", "hostile"])
def test_the_weights_add_up_to_the_totals_of_the_report(build, made, kind):
    path = made(kind)
    totals = build.report(path)["totals"]
    assert sum(number for _, number in folded(build, path)) == totals["executions"]
    assert sum(number for _, number in folded(build, "--weight", "time", path)) == totals["time_ns"] // 1000
    assert folded(build, "--weight=executions", path) == folded(build, path)


def test_the_weights_of_many_groups_add_up_although_each_is_rounded(build, made):
    path = made("big", "5000")
    totals = build.report(path)["totals"]
    assert totals["time_ns"] % 1000 or totals["groups"] == 5000
    assert sum(number for _, number in folded(build, "--weight=time", path)) == totals["time_ns"] // 1000
    assert sum(number for _, number in folded(build, path)) == totals["executions"]


def test_frames_stand_outermost_first_and_the_statement_last(build, tmp_path):
    recording = tmp_path / "shop.pb"
    assert build.run_watched([build.sample("orders_customer_lazy"), "100"], recording).returncode == 0
    stacks = folded(build, recording)
    [child] = [frames for frames, number in stacks if number == 100]
    assert child[-1].startswith("select ") and " from customers " in child[-1]
    functions = [frame.split(" ")[0] for frame in child[:-1]]
    assert functions.index("main") < functions.index("load_customer")
    assert functions[-1].startswith("sqlite3_") or "load_customer" in functions[-2:]
    assert re.fullmatch(r"load_customer \(\w+\.c:\d+\)", child[functions.index("load_customer")])


def test_names_cannot_break_the_format(build, made):
    stacks = folded(build, made("hostile"))
    assert len(stacks) == 2
    assert [len(frames) for frames, _ in stacks] == [3, 2]
    assert all("\\x1b" in frames[-1] for frames, _ in stacks)


def test_json_is_what_report_says(build, made):
    path = made("nested")
    assert build.view("export", "-f", "json", path).stdout == build.view("report", "--json", path).stdout


def test_a_file_gets_the_output_and_is_replaced(build, made, tmp_path):
    path, out = made("nested"), tmp_path / "out.folded"
    out.write_text("what was there before, and is longer than the output\n" * 100)
    result = build.view("export", "-f", "folded", "-o", out, path)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    assert out.read_bytes() == build.view("export", "--format=folded", path).stdout
    result = build.view("export", "-f", "json", f"--output={tmp_path}/none/out", path)
    assert result.returncode == 2 and b"none/out: No such file or directory" in result.stderr


def test_a_recording_that_cannot_be_read_leaves_the_file_alone(build, tmp_path):
    out = tmp_path / "out.json"
    out.write_text("kept")
    assert build.view("export", "-f", "json", "-o", out, tmp_path / "none.pb").returncode == 2
    assert out.read_text() == "kept"


def test_a_full_disk_is_an_error(build, made):
    result = build.view("export", "-f", "json", "-o", "/dev/full", made("nested"))
    assert result.returncode == 2
    assert result.stderr == b"nplus1: /dev/full: No space left on device\n"


@pytest.mark.parametrize("words, said", [
    (["-f", "pprofile"], "unknown format 'pprofile'; known are folded, json"),
    ([], "name a format with -f; known are folded, json"),
    (["-f"], "option -f needs a value"),
    (["-f", "folded", "--weight=rows"], "--weight=rows: is not executions or time"),
    (["-f", "folded", "-o", ""], "option -o needs a file"),
])
def test_a_wrong_command_line_is_told(build, tmp_path, words, said):
    result = build.view("export", *words, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, b"")
    assert said in result.stderr.decode() and len(result.stderr.splitlines()) == 1


def test_the_exported_json_can_be_a_baseline(build, made, tmp_path):
    path, baseline = made("nested"), tmp_path / "baseline.json"
    assert build.view("export", "-f", "json", "-o", baseline, path).returncode == 0
    assert json.loads(baseline.read_text())["findings"]
    assert build.view("check", "--baseline", baseline, path).returncode == 0
