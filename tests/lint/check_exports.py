"""The agent exports only what it interposes and its own API, and needs libc alone. Argument: the shared object."""
import re
import subprocess

import tree

INTERPOSED = re.compile(r"""(sqlite3_|PQ|nplus1_).+
    | dlopen | dlsym | dlclose | dlmopen | accept4? | recv(from|msg|mmsg)? | readv? | p?poll | p?select
    | epoll_p?wait2? | epoll_ctl""", re.VERBOSE)
NEEDED = {"libc.so.6", "ld-linux-x86-64.so.2"}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def check(path):
    if not path.is_file():
        yield f"{path}: not there"
        return
    names = [line.split()[-1].split("@")[0] for line in run("nm", "-D", "--defined-only", str(path)).splitlines()]
    for name in names:
        if not INTERPOSED.fullmatch(name):
            yield f"{path}: exports {name}"
    if not any(name.startswith("sqlite3_") for name in names):
        yield f"{path}: exports nothing of libsqlite3, so it observes nothing"
    for library in re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-dW", str(path))):
        if library not in NEEDED:
            yield f"{path}: needs {library}"


tree.main(check)
