"""docs/ci.md: the commands of each piece are run on a project that has an N+1, as the service would; actionlint reads the workflow."""
import json
import os
import re
import subprocess

import pytest
import yaml
from conftest import ROOT

PAGE = (ROOT / "docs/ci.md").read_text()
PROJECT = ROOT / "tests/programs/suites/sqlalchemy"


def piece(name):
    return re.search(rf"<!-- {name}: begin -->\n```\w+\n(.*?)```\n<!-- {name}: end -->", PAGE, re.DOTALL)[1]


@pytest.fixture
def machine(build, tmp_path):
    """Runs a script of a service: with nplus1 and a pytest that knows the plugin, in a folder of its own."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "nplus1").symlink_to(build.viewer)
    (tools / "pytest").write_text(f'#!/bin/sh\nexec /usr/bin/python3 -B -m pytest -p no:cacheprovider -p nplus1 {PROJECT} "$@"\n')
    (tools / "pytest").chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()

    def run(script, **variables):
        ran = build.run(["bash", "-e", "-o", "pipefail", "-c", script], cwd=work, PATH=f"{tools}:{os.environ['PATH']}",
                        PYTHONPATH=str(ROOT / "integrations/python"), GITHUB_STEP_SUMMARY=str(work / "summary.md"), **variables)
        return ran.returncode, ran.stdout.decode() + ran.stderr.decode()
    run.folder = work
    return run


def test_the_workflow_finds_and_knows_its_baseline(machine):
    steps = {step["name"]: step["run"] for step in yaml.safe_load(piece("github"))["jobs"]["nplus1"]["steps"] if "run" in step and "name" in step}
    status, output = machine(steps["Test"])
    assert status == 1 and "shop.py:38: N+1, proven" in output
    status, output = machine(steps["Annotate, and fail for what is new"])
    assert status == 1 and "::error file=" in output and "2 of 5 findings to fix" in output
    assert json.loads((machine.folder / "nplus1.sarif").read_text())["runs"][0]["results"]
    assert "N+1" in (machine.folder / "summary.md").read_text() and (machine.folder / "nplus1.html").stat().st_size > 1000
    status, output = machine(steps["The next baseline"])
    assert (status, output) == (0, "")
    status, output = machine(steps["Annotate, and fail for what is new"])
    assert status == 0


def test_the_workflow_is_one(consumers):
    path = consumers.folder / "workflow.yml"
    path.write_text(piece("github"))
    found = consumers.actionlint(path)
    assert (found.returncode, found.stdout) == (0, "")
    path.write_text(piece("github").replace("runs-on: ubuntu-latest", "runs-on: [").replace("run: nplus1", "ran: nplus1"))
    assert consumers.actionlint(path).returncode != 0


def test_the_job_of_gitlab(machine):
    job = yaml.safe_load(piece("gitlab"))["nplus1"]
    assert machine("\n".join(job["script"]))[0] == 1
    assert machine("\n".join(job["after_script"])) == (0, "")
    for path in [*job["artifacts"]["reports"].values(), *job["artifacts"]["paths"]]:
        assert (machine.folder / path).stat().st_size > 100
    issues = json.loads((machine.folder / job["artifacts"]["reports"]["codequality"]).read_text())
    assert 38 in [issue["location"]["lines"]["begin"] for issue in issues]


def test_the_pipeline_of_jenkins(machine):
    commands = re.findall(r"sh '(.*)'", piece("jenkins"))
    assert [machine(command)[0] for command in commands] == [1, 0, 0, 0]
    for path in re.findall(r"(?:junit|archiveArtifacts|pattern:) '(.*?)'", piece("jenkins")):
        assert (machine.folder / path).stat().st_size > 100


def test_a_server_that_is_stopped(machine):
    """The last piece of the page, with a script for the server."""
    block = re.search(r"An end-to-end test.*?\n\n(.*?)\n\n", PAGE, re.DOTALL)[1]
    (machine.folder / "server").write_text(f"#!/usr/bin/python3\nimport sys, time\nsys.path.insert(0, {str(PROJECT)!r})\nimport shop\n"
                                           "shop.counts(shop.new_session())\nopen('ready', 'w').close()\ntime.sleep(60)\n")
    (machine.folder / "end-to-end-tests").write_text("#!/bin/sh\nuntil test -e ready; do sleep 0.05; done\n")
    for name in ("server", "end-to-end-tests"):
        (machine.folder / name).chmod(0o755)
    agent = machine.folder.parent / "tools/nplus1"
    library = agent.resolve().parents[1] / "agent/libnplus1.so"
    status, output = machine("\n".join(line.strip() for line in block.splitlines()).replace("libnplus1.so", str(library)))
    assert status == 1 and "n_plus_one, proven" in output, output


def test_commands_of_the_page_are_verbs(build):
    verbs = set(re.findall(r"\bnplus1 ([a-z]+)\b", re.sub(r"/tmp/nplus1 deb|name: .*", "", PAGE)))
    for verb in verbs - {"is", "run"}:
        assert subprocess.run([build.viewer, verb, "--help"], capture_output=True).returncode == 0, verb
