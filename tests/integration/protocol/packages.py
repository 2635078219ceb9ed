"""Installs what the programs of drivers/ need, once for a build and a set of versions: wheels, npm's packages, jars and classes."""
import fcntl
import hashlib
import shutil
import urllib.request
from pathlib import Path

from consumers.installed import Unavailable, need, run

DRIVERS = Path(__file__).resolve().parent / "drivers"
MAVEN = "https://repo1.maven.org/maven2/"


class Drivers:
    def __init__(self, build_folder):
        self.folder = build_folder.absolute() / "drivers"
        self.python = self.folder / "site-packages"  # named so, as where packages are
        self.classes = self.folder / "classes"

    def once(self, names, install):
        """Calls `install` unless that was done for the same files."""
        self.folder.mkdir(exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            wanted, mark = "".join((DRIVERS / name).read_text() for name in names), self.folder / f"{names[0]}.done"
            if not mark.exists() or mark.read_text() != wanted:
                install()
                mark.write_text(wanted)
        return self

    def with_python(self):
        return self.once(["python.txt"], self.install_python)

    def with_npm(self):
        return self.once(["package-lock.json"], self.install_npm)

    def with_java(self):
        return self.once(["jars.txt", "Shop.java"], self.install_java)

    def install_python(self):
        result = run(["/usr/bin/python3", "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:",
                      "--upgrade", "--target", self.python, "-r", DRIVERS / "python.txt"])
        if result.returncode:
            raise Unavailable(f"pip could not install python.txt of the drivers: {result.stderr.strip()[-2000:]}")

    def install_npm(self):
        for name in ("package.json", "package-lock.json"):
            shutil.copy(DRIVERS / name, self.folder / name)
        result = run([need("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=self.folder)
        if result.returncode:
            raise Unavailable(f"npm ci of the drivers failed: {result.stderr.strip()[-2000:]}")

    def install_java(self):
        for line in (DRIVERS / "jars.txt").read_text().splitlines():
            digest, path = line.split()
            try:
                jar = urllib.request.urlopen(MAVEN + path, timeout=120).read()
            except OSError as why:
                raise Unavailable(f"{MAVEN + path}: {why}") from why
            assert hashlib.sha256(jar).hexdigest() == digest, path
            (self.folder / Path(path).name).write_bytes(jar)
        result = run([need("javac"), "-g", "-d", self.classes, DRIVERS / "Shop.java"])
        assert result.returncode == 0, result.stderr

    def class_path(self):
        return ":".join(str(path) for path in [self.classes, *sorted(self.folder.glob("*.jar"))])
