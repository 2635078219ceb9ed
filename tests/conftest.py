"""Running programs with and without the agent, and reading what nplus1 says about them."""
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import postgresql
import pytest
import releases

from consumers.consumers import Consumers
from consumers.installed import Unavailable

# Started by nohup, or in the background of a script, these are ignored: the programs under test would inherit that.
for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(ignored) == signal.SIG_IGN:
        signal.signal(ignored, signal.SIG_DFL)

ROOT = Path(__file__).resolve().parents[1]
# What the tests of clients know of the samples, those of other rooms use, too.
sys.path.append(str(ROOT / "tests/integration/clients"))
sys.path.append(str(ROOT / "tests/today"))
collect_ignore = ["programs"]  # suites there are run by tests
TIMEOUT = 120  # seconds; a program that hangs is a fault, not a wait


def pytest_configure(config):
    config.addinivalue_line("markers", "alone: measures time, or waits for it: runs when nothing else does (scripts/test)")


class Build:
    def __init__(self, folder):
        self.folder = folder
        self.agent = folder / "agent/libnplus1.so"
        self.viewer = folder / "viewer/nplus1"
        # What the agent is preloaded with: a sanitizer's runtime wants to be the first (scripts/sanitize).
        self.preloads = ":".join([*os.environ.get("NPLUS1_TEST_RUNTIME", "").split(), str(self.agent)])

    def sample(self, name, system="sqlite"):
        return self.folder / "samples/c" / system / name

    def program(self, room, name):
        return self.folder / "tests/programs" / room / name

    def hostile(self, name):
        """A program that is hard on a guest, about whatever it is."""
        return next(path for path in (self.program(room, name) for room in ("loading", "memory", "preloads", "hidden", "hostile"))
                    if path.exists() or path.parent.name == "hostile")

    def run(self, command, cwd=None, input=None, **variables):
        """Runs a command without the agent; keyword arguments are environment variables."""
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("NPLUS1_") and name not in ("LD_PRELOAD", "NO_COLOR", "CLICOLOR_FORCE")}
        if command[0] == self.viewer:
            environment["XDG_CONFIG_HOME"] = "/nowhere"  # whoever runs the tests may have a configuration
        environment.update(variables)
        return subprocess.run([str(word) for word in command], cwd=cwd, env=environment, capture_output=True, timeout=TIMEOUT,
                              **({"stdin": subprocess.DEVNULL} if input is None else {"input": input}))

    def run_watched(self, command, recording, cwd=None, input=None, **variables):
        """Runs a command under the agent, which writes to the file `recording`."""
        variables.setdefault("LD_PRELOAD", self.preloads)
        return self.run(command, cwd, input, NPLUS1_OUTPUT=str(recording), **variables)

    def view(self, *words, **more):
        return self.run([self.viewer, *words], **more)

    def report(self, *paths, **variables):
        result = self.run([self.viewer, "report", "--json", *paths], **variables)
        assert (result.returncode, result.stderr) == (0, b"")
        return json.loads(result.stdout)


def find_build():
    return Build(ROOT / os.environ.get("NPLUS1_BUILD", "build"))


def prepared(what):
    """What is downloaded or compiled once for a build; the tests that want it fail with the reason why it cannot be had."""
    try:
        what.prepare()
    except (Unavailable, releases.Unavailable) as why:
        pytest.fail(str(why))
    return what


def cases_of(program, room=None):
    """The names of the cases of a program of tests/hostile; one that fails when it is not built."""
    path = find_build().program(room, program) if room else find_build().hostile(program)
    return subprocess.run([path, "--list"], capture_output=True, text=True, check=True).stdout.split() if path.exists() else [
        "not built"]


@pytest.fixture(scope="session")
def build():
    found = find_build()
    for path in (found.agent, found.viewer):
        if not path.exists():
            pytest.fail(f"{path} is not there; build first, or name the folder in NPLUS1_BUILD")
    return found


@pytest.fixture(scope="session")
def server():
    with postgresql.running_server(*postgresql.SETTINGS) as running:
        yield running


@pytest.fixture(scope="session")
def tls_server():
    with postgresql.running_tls_server(*postgresql.SETTINGS) as running:
        yield running


@pytest.fixture(scope="session")
def tcp_server():
    """One that listens on the loopback, too: Java knows no other sockets."""
    with postgresql.running_server(*postgresql.SETTINGS, "listen_addresses=127.0.0.1", f"port={postgresql.free_port()}") as running:
        yield running


@pytest.fixture(scope="session")
def drivers(build):
    """Those that speak the protocol themselves (tests/drivers)."""
    from drivers.drivers import Drivers
    return prepared(Drivers(build))


@pytest.fixture(scope="session")
def today(build):
    """Libraries in today's versions (tests/today)."""
    from today import Today
    return prepared(Today(build))


@pytest.fixture
def made(build, tmp_path):
    def make(kind, *more):
        path = tmp_path / f"{kind}.pb"
        subprocess.run([build.program("tools", "make_recording"), kind, path, *more], check=True)
        return path
    return make


@pytest.fixture
def exported(build, tmp_path):
    """Writes a format to a file whose name ends with it."""
    def export(form, *words, cwd=None, **variables):
        path = tmp_path / f"exported.{form}"
        result = build.view("export", "-f", form, "-o", path, *words, cwd=cwd, **variables)
        assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
        return path
    return export


@pytest.fixture(scope="session")
def consumers(build):
    return prepared(Consumers(build.folder))


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
