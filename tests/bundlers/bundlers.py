"""TypeScript's compiler and esbuild, from npm, pinned; installed once for a build and a set of versions."""
import fcntl
import os
import shutil
from pathlib import Path

from consumers.installed import Unavailable, need, run

HERE = Path(__file__).resolve().parent


class Bundlers:
    def __init__(self, build):
        self.folder = build.folder.absolute() / "bundlers"

    def prepare(self):
        self.folder.mkdir(exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            mark, wanted = self.folder / "npm.done", (HERE / "package-lock.json").read_text()
            if mark.exists() and mark.read_text() == wanted:
                return
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, self.folder / name)
            self.check(run([need("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=self.folder))
            mark.write_text(wanted)

    def check(self, result):
        if result.returncode:
            raise Unavailable(f"{' '.join(result.args[:2])} failed: {(result.stderr or result.stdout).strip()[-2000:]}")

    def compile(self, folder, *words):
        """TypeScript. What it says of types is nobody's business here."""
        run([self.folder / "node_modules/.bin/tsc", *words], cwd=folder, env={**os.environ, "NODE_OPTIONS": ""})

    def bundle(self, folder, *words):
        self.check(run([self.folder / "node_modules/.bin/esbuild", "--bundle", "--platform=node", "--log-level=error", *words], cwd=folder))
