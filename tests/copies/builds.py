"""SQLite's amalgamation compiled into programs and modules, in many ways.

The sources are those that npm's better-sqlite3 carries, pinned by the lock file, of three years. All is made in a folder of the build,
once: what is compiled is kept by the flags that it was compiled with.
"""
import fcntl
import hashlib
import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from conftest import ROOT
from consumers.installed import Unavailable

HERE = Path(__file__).resolve().parent
PROGRAMS = ROOT / "tests/programs/hidden"
LIBRARIES = ["-lm", "-ldl", "-lpthread"]
# As those do who ship it; without these a part of the functions that are patched is not there.
DEFINES = ["-DSQLITE_ENABLE_COLUMN_METADATA", "-DSQLITE_ENABLE_FTS5", "-DSQLITE_ENABLE_RTREE", "-DSQLITE_ENABLE_UNLOCK_NOTIFY",
           "-DSQLITE_THREADSAFE=1"]
VERSIONS = {"new": "3.53.2", "middle": "3.39.1", "old": "3.31.1"}


@dataclass(frozen=True)
class Way:
    """How it is compiled and linked. one: library and program are one translation unit, all of the library is static."""
    name: str
    compiler: str = "gcc"
    flags: tuple = ("-O2",)
    link: tuple = ("-s",)
    version: str = "new"
    one: bool = False
    module: bool = False
    patched: bool = True

    def __str__(self):
        return self.name


def do(words, cwd=None):
    result = subprocess.run([str(word) for word in words], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if result.returncode:
        raise Unavailable(f"{words[0]} failed: {' '.join(map(str, words))}\n{result.stderr.strip()[-2000:]}")


class Copies:
    def __init__(self, folder):
        self.folder = folder.absolute() / "copies"

    def prepare(self):
        """The sources; nothing to do when they are there."""
        self.folder.mkdir(exist_ok=True)
        lock = (HERE / "npm/package-lock.json").read_text()
        mark = self.folder / "package-lock.json.done"
        with (self.folder / "lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            if mark.exists() and mark.read_text() == lock:
                return
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / "npm" / name, self.folder / name)
            do(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], self.folder)
            archive = self.folder / "node_modules/sqlite-old/deps/sqlite3.tar.gz"
            with tarfile.open(archive) as source:
                source.extractall(archive.parent / "sqlite3")
            mark.write_text(lock)

    def sources(self, version):
        return self.folder / f"node_modules/sqlite-{version}/deps/sqlite3"

    def made(self, command, inputs, suffix):
        """What the command writes to the file behind -o, kept under a name made of the command and what it reads."""
        text = "\0".join(map(str, command)) + "".join(Path(path).read_text() for path in inputs)
        path = self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}{suffix}"
        if not path.exists():
            unfinished = path.with_suffix(f".{os.getpid()}{suffix}")
            do([*command, "-o", unfinished])
            unfinished.rename(path)
        return path

    def program(self, way, source=PROGRAMS / "shop.c", *more):
        """The program or module, of which the sources are all but SQLite; of one translation unit, one."""
        sources = self.sources(way.version)
        flags = [*way.flags, "-w", "-fvisibility=hidden", f"-I{sources}", *DEFINES]
        if not {"-fno-pie", "-fPIE"} & set(way.flags):
            flags.append("-fPIC")
        kind = ["-shared"] if way.module else []
        if way.one:
            both = [way.compiler, *flags, "-DSQLITE_API=static", "-include", sources / "sqlite3.c", source, *kind, *way.link, *LIBRARIES]
            return self.made(both, [source], ".so" if way.module else ".program")
        library = self.made([way.compiler, *flags, "-c", sources / "sqlite3.c"], [], ".o")
        own = [self.made([way.compiler, *flags, "-c", path], [path], ".o") for path in (source, *more)]
        return self.made([way.compiler, *way.flags, *kind, *own, library, *way.link, *LIBRARIES], [source], ".so" if way.module else ".program")
