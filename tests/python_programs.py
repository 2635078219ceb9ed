"""Scripts in CPython that are run with and without the agent.

NPLUS1_PYTHON names another CPython, 3.8 to 3.14, to run them with.
"""
import os
import re
import subprocess
import textwrap
from collections import Counter

import pytest

PYTHON = os.environ.get("NPLUS1_PYTHON", "/usr/bin/python3")
VERSION = tuple(map(int, subprocess.run([PYTHON, "-c", "import sys; print(*sys.version_info[:2])"], check=True, capture_output=True,
                                        text=True).stdout.split()))

HEAD = """\
import sqlite3
db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
db.executescript("CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER);"
                 "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) INSERT INTO p SELECT i FROM n;")
"""


class Program:
    """A script that is run with and without the agent. A line that ends in `# N: 40` issues its statement 40 times."""

    def __init__(self, build, folder, text, head=HEAD, tail="", python=(PYTHON,), before_watching=lambda: None, **variables):
        self.path = folder / "program.py"
        self.path.write_text(head + textwrap.dedent(text) + tail)
        self.lines = self.path.read_text().splitlines()
        self.alone = build.run([*python, self.path], **variables)
        before_watching()
        self.run = build.run_watched([*python, self.path], folder / "recording.pb", **variables)
        assert (self.run.returncode, self.run.stdout, self.run.stderr) == (
            self.alone.returncode, self.alone.stdout, self.alone.stderr)
        assert self.run.returncode == 0, self.run.stderr.decode()
        self.report = build.report(folder / "recording.pb")
        self.info = build.view("info", folder / "recording.pb").stdout.decode()
        assert self.report["processes"][0]["left_out"] == 0
        self.groups = [group for group in self.report["groups"] if "from c" in group["statement"]["text"]]
        self.findings = [finding for finding in self.report["findings"] if finding["kind"] == "n_plus_one"]

    def recorded_groups(self):
        """Before the viewer makes one of those that look alike."""
        return int(re.search(r"^groups +(\d+)$", self.info, re.MULTILINE)[1])

    def expected(self):
        marks = ((number, re.search(r"# N: (\d+)$", line)) for number, line in enumerate(self.lines, 1))
        return {number: int(mark[1]) for number, mark in marks if mark}

    def by_line(self, depth=0):
        counted = Counter()
        for group in self.groups:
            own = [frame for frame in group["stack"] if frame["in_app"]]
            counted[own[depth]["line"]] += group["executions"]
        return dict(counted)


@pytest.fixture
def program(build, tmp_path):
    return lambda text, **more: Program(build, tmp_path, text, **more)
