"""Running the projects of tests/programs/suites with the real runners."""
import os

from conftest import ROOT

SUITES = ROOT / "tests/programs/suites"
INTEGRATIONS = ROOT / "integrations"


def marked_line(path, marker="N+1 here"):
    """Where the loop stands in a file of a project."""
    return next(number for number, line in enumerate((SUITES / path).read_text().splitlines(), 1) if marker in line)


class Suite:
    """A project, and what its runner needs in the environment to find the integration."""

    def __init__(self, build, folder, tmp_path, **environment):
        self.build, self.folder, self.recordings, self.environment = build, folder, tmp_path / "recordings", environment

    def run(self, *command, watched=True, **variables):
        """The output of both kinds, and the exit status."""
        before = [self.build.viewer, "run", "-o", f"{self.recordings}/", "--"] if watched else []
        run = self.build.run([*before, *command], cwd=self.folder, **{"PATH": os.environ["PATH"], **self.environment, **variables})
        return run.stdout.decode() + run.stderr.decode(), run.returncode
