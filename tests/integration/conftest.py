"""Running programs with and without the agent, and reading what nplus1 says about them."""
import json
import os
import subprocess
from pathlib import Path

import postgresql
import pytest

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 120  # seconds; a program that hangs is a fault, not a wait


class Build:
    def __init__(self, folder):
        self.folder = folder
        self.agent = folder / "agent/libnplus1.so"
        self.viewer = folder / "viewer/nplus1"

    def sample(self, name, system="sqlite"):
        return self.folder / "samples/c" / system / name

    def program(self, name):
        return self.folder / "tests/programs" / name

    def run(self, command, **variables):
        """Runs a command without the agent; keyword arguments are environment variables."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NPLUS1_")}
        environment.update(variables)
        return subprocess.run([str(word) for word in command], env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=TIMEOUT)

    def run_watched(self, command, recording, **variables):
        """Runs a command under the agent, which writes to the file `recording`."""
        return self.run(command, LD_PRELOAD=str(self.agent), NPLUS1_OUTPUT=str(recording), **variables)

    def report(self, *paths):
        result = self.run([self.viewer, "report", "--json", *paths])
        assert (result.returncode, result.stderr) == (0, b"")
        return json.loads(result.stdout)


@pytest.fixture(scope="module")
def build():
    folder = ROOT / os.environ.get("NPLUS1_BUILD", "build")
    found = Build(folder)
    for path in (found.agent, found.viewer):
        if not path.exists():
            pytest.fail(f"{path} is not there; build first, or name the folder in NPLUS1_BUILD")
    return found


@pytest.fixture(scope="session")
def server():
    with postgresql.running_server(*postgresql.SETTINGS) as running:
        yield running


def line_of_marker(source, function, marker="/* N+1 here */"):
    """The line of the marker inside a C function of the project's style: its head and its closing brace stand at column 0."""
    inside = False
    for number, line in enumerate(source.read_text().splitlines(), 1):
        if not line.startswith((" ", "}", "{")) and f" {function}(" in line.replace("*", " "):
            inside = True
        elif line.startswith("}"):
            inside = False
        elif inside and marker in line:
            return number
    raise LookupError(f"no {marker} in {function} of {source}")
