"""The names of findings: the same in every run, wherever a program was built and runs, and when its lines move."""
import json
import shutil
import subprocess

import pytest
from conftest import ROOT

SAMPLES = ROOT / "samples/c"
SAMPLE = "users_posts_comments_lazy"

# Two loops in one function and one in a helper that two functions share, in any order and on as many threads as asked for. The
# main thread sends statements first.
SCRIPT = """\
import sqlite3, sys, threading
# here
def posts(db, user):
    return db.execute("SELECT id FROM posts WHERE user_id = ?", (user,)).fetchall()

def twice(db):
    for loop in (2, 1) if "back" in sys.argv else (1, 2):
        users = db.execute("SELECT id FROM users").fetchall()
        for (user,) in users if loop == 1 else []:
            db.execute("SELECT id FROM posts WHERE user_id = ?", (user,)).fetchall()  # first
        for (user,) in users if loop == 2 else []:
            db.execute("SELECT id FROM posts WHERE user_id = ?", (user,)).fetchall()  # second

def one(db):
    for (user,) in db.execute("SELECT id FROM users").fetchall():
        posts(db, user)  # third

def other(db):
    [posts(db, user) for (user,) in db.execute("SELECT id FROM users").fetchall()]  # fourth

def work(loads):
    db = sqlite3.connect(":memory:")
    db.executescript("CREATE TABLE users(id INTEGER PRIMARY KEY); CREATE TABLE posts(id INTEGER PRIMARY KEY, user_id);"
                     "INSERT INTO users VALUES (1), (2), (3); INSERT INTO posts(user_id) VALUES (1), (2), (3), (1);")
    for load in loads:
        load(db)

loads = [globals()[name] for name in sys.argv[2:] if name != "back"]
threads = [threading.Thread(target=work, args=(loads,)) for _ in range(int(sys.argv[1]))]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def names(report):
    """Of all findings, each with its function; no two are alike."""
    found = {finding["signature"]: finding["location"]["function"] for finding in report["findings"]}
    assert len(found) == len(report["findings"]) > 0
    return found


def compile_sample(folder, *options, moved=False):
    """In a folder of its own, with the loops twenty lines down in their file when they moved."""
    shutil.copytree(SAMPLES, folder)
    source = folder / "sqlite" / f"{SAMPLE}.c"
    if moved:
        source.write_text(source.read_text().replace("\nstatic ", "\n" * 21 + "static ", 1))
    subprocess.run(["gcc", "-g", "-D_GNU_SOURCE", *options, "-I", "common", "-o", SAMPLE, f"sqlite/{SAMPLE}.c", "sqlite/shop.c",
                    "common/fail.c", "common/ids.c", "common/sample.c", "common/scene.c", "-lsqlite3"], cwd=folder, check=True)
    return folder / SAMPLE


@pytest.fixture(scope="module")
def compiled(build, tmp_path_factory):
    """A report of the sample as it is."""
    folder = tmp_path_factory.mktemp("compiled")
    program = compile_sample(folder / "here")
    assert build.run_watched([program, 5], folder / "recording.pb").returncode == 0
    return program, build.report(folder / "recording.pb")


def lines(report):
    return sorted(finding["location"]["line"] for finding in report["findings"])


def test_a_second_run_gives_the_same_names(build, compiled, tmp_path):
    program, first = compiled
    assert build.run_watched([f"./{program.name}", 5], tmp_path / "again.pb", cwd=program.parent).returncode == 0
    again = build.report(tmp_path / "again.pb")
    assert again["processes"][0]["pid"] != first["processes"][0]["pid"]
    assert names(again) == names(first) and len(names(first)) == 2


@pytest.mark.parametrize("options", [[], ["-no-pie", "-fno-pie"], ["-O2"]], ids=" ".join)
def test_another_folder_and_moved_lines_keep_the_names_of_a_c_program(build, compiled, tmp_path, options):
    first = compiled[1]
    program = compile_sample(tmp_path / "elsewhere", *options, moved=True)
    assert build.run_watched([program, 7], tmp_path / "moved.pb", cwd=tmp_path).returncode == 0
    moved = build.report(tmp_path / "moved.pb")
    assert lines(moved) == [line + 20 for line in lines(first)]
    assert moved["findings"][0]["location"]["file"] != first["findings"][0]["location"]["file"]
    assert names(moved) == names(first)


def test_diff_and_baseline_see_no_difference_when_lines_move(build, compiled, tmp_path):
    program = compile_sample(tmp_path / "elsewhere", moved=True)
    for name, command in (("old", compiled[0]), ("new", program)):
        assert build.run_watched([command, 5], tmp_path / f"{name}.pb").returncode == 0
    found = json.loads(build.view("diff", "--json", tmp_path / "old.pb", tmp_path / "new.pb").stdout)
    assert {item["state"] for item in found["findings"] + found["groups"]} == {"same"}
    assert build.view("check", "--baseline", tmp_path / "old.pb", tmp_path / "new.pb").returncode == 0


def run_script(build, path, recording, *arguments, cwd=None):
    """The names of the findings by the marks of their loops."""
    assert build.run_watched(["/usr/bin/python3", path, *arguments], recording, cwd=cwd).returncode == 0
    report = build.report(recording)
    text = (cwd / path if cwd else path).read_text().splitlines()
    groups = {group["id"]: group for group in report["groups"]}
    marks = {}
    found = [finding for finding in report["findings"] if finding["kind"] == "n_plus_one"]
    for finding in found:
        stack = groups[finding["group"]]["stack"]
        mark, = {text[frame["line"] - 1].split("# ")[1] for frame in stack
                 if frame["file"] and frame["file"].endswith("/loops.py") and "  # " in text[frame["line"] - 1]}
        marks[mark] = finding["signature"]
    assert len(marks) == len(found) and names(report)
    return marks


@pytest.fixture(scope="module")
def script(build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("script")
    (folder / "loops.py").write_text(SCRIPT)
    marks = run_script(build, folder / "loops.py", folder / "recording.pb", 1, "twice", "one", "other")
    assert sorted(marks) == ["first", "fourth", "second", "third"]
    return marks


def test_another_order_and_other_threads_keep_the_names_of_a_script(build, script, tmp_path):
    path = tmp_path / "loops.py"
    path.write_text(SCRIPT)
    assert run_script(build, path, tmp_path / "order.pb", 1, "other", "one", "twice") == script
    assert run_script(build, path, tmp_path / "back.pb", 1, "twice", "one", "other", "back") == script
    for number in range(3):
        assert run_script(build, path, tmp_path / f"threads{number}.pb", 4, "twice", "other", "one") == script


def test_another_folder_and_moved_lines_keep_the_names_of_a_script(build, script, tmp_path):
    (tmp_path / "deep/er").mkdir(parents=True)
    path = tmp_path / "deep/er/loops.py"
    path.write_text(SCRIPT.replace("# here\n", "\n" * 20))
    assert run_script(build, "er/loops.py", tmp_path / "moved.pb", 1, "twice", "one", "other", cwd=tmp_path / "deep") == script


def test_a_loop_that_is_not_found_yet_keeps_its_number(build, script, tmp_path):
    """The first loop of twice() runs once only: the second one keeps its name."""
    path = tmp_path / "loops.py"
    path.write_text(SCRIPT.replace("users if loop == 1", "users[:1] if loop == 1"))
    marks = run_script(build, path, tmp_path / "one.pb", 1, "twice")
    assert marks == {"second": script["second"]}


@pytest.mark.parametrize("words", [["report"], ["report", "--json"], ["check"], ["check", "--gen-suppressions"], ["diff"], ["diff", "--json"],
                                   ["dump"], ["info"]], ids=" ".join)
def test_the_same_recordings_give_the_same_bytes(build, compiled, tmp_path, words):
    several = []
    for number in range(1 if words[0] in ("dump", "info") else 2):
        several.append(tmp_path / f"{number}.pb")
        assert build.run_watched([compiled[0], 5 + number], several[-1]).returncode == 0
    runs = [build.view(*words, *several) for _ in range(2)]
    assert runs[0].stdout and (runs[0].returncode, runs[0].stdout, runs[0].stderr) == (runs[1].returncode, runs[1].stdout, runs[1].stderr)
    if words[0] in ("report", "check"):
        assert build.view(*words, *reversed(several)).stdout == runs[0].stdout
