"""The agent exports only what its rooms say that they interpose, and its own API, and needs libc alone. Arguments: the shared object;
the map that the linker was given, agent/nplus1.map of the build."""
import re
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import tree

NEEDED = {"libc.so.6", "ld-linux-x86-64.so.2"}
# Short enough a pattern would let everything through.
PATTERN = re.compile(r"[A-Za-z_][A-Za-z0-9_]+\*?")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def patterns_of(path):
    text = re.sub(r"/\*.*?\*/", "", Path(path).read_text(), flags=re.DOTALL)
    return re.search(r"global:(.*?)local:", text, re.DOTALL)[1].replace(";", " ").split()


def check(path):
    if not path.is_file():
        yield f"{path}: not there"
        return
    patterns = patterns_of(sys.argv[2])
    for pattern in patterns:
        if not PATTERN.fullmatch(pattern):
            yield f"{sys.argv[2]}: lets {pattern} through"
    names = [line.split()[-1].split("@")[0] for line in run("nm", "-D", "--defined-only", str(path)).splitlines()]
    for name in names:
        if not any(fnmatchcase(name, pattern) for pattern in patterns):
            yield f"{path}: exports {name}"
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            yield f"{path}: exports nothing of {pattern}, so it observes nothing of it"
    for library in re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-dW", str(path))):
        if library not in NEEDED:
            yield f"{path}: needs {library}"


tree.main(check)
