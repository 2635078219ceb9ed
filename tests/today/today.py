"""Programs under the Python of Debian 13, with the libraries of python.txt. Made once for a build, in some 90 s, and kept."""
import fcntl
import subprocess
from pathlib import Path

import releases

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


class Today:
    def __init__(self, build):
        self.build = build
        self.folder = build.folder.absolute() / "today"
        self.packages = self.folder / "site-packages"  # named so, as where packages are
        self.release = releases.Release("trixie", self.folder / "trixie", self.folder / "trixie.log")

    def prepare(self):
        releases.require()
        self.folder.mkdir(exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.release.bootstrap(["python3"])
            self.install()

    def install(self):
        wanted, mark = (HERE / "python.txt").read_text(), self.folder / "python.txt"
        if mark.exists() and mark.read_text() == wanted:
            return
        run = subprocess.run(["/usr/bin/python3", "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:",
                              "--ignore-requires-python", "--upgrade", "--target", self.packages, "-r", HERE / "python.txt"],
                             stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if run.returncode:
            raise releases.Unavailable(f"pip could not install tests/today/python.txt: {run.stderr.strip()}")
        mark.write_text(wanted)

    def run(self, program, *words, seen=(), **variables):
        """Runs a program of ours without the agent; it sees the tree, and the folders `seen`."""
        inside = {"PYTHONPATH": str(self.packages), "PYTHONDONTWRITEBYTECODE": "1", **variables}
        return self.build.run(self.release.command(["/usr/bin/python3", program, *words], inside, [ROOT, self.folder, *seen]))

    def run_watched(self, recording, program, *words, seen=()):
        """Runs it under the agent, which writes to the file `recording`; its folder is seen, too."""
        return self.run(program, *words, seen=[recording.parent, *seen], LD_PRELOAD=str(self.build.agent.absolute()),
                        NPLUS1_OUTPUT=str(recording))
