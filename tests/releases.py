"""Folders with another release of Debian, made by debootstrap and kept: what this machine's release does not have runs in there.

Needs root, debootstrap, and the mirror that apt uses. A command inside has a /proc, process ids and mounts of its own, so that nothing
of a folder is visible outside of it, and all that it started ends with it.
"""
import os
import shutil
import subprocess
from pathlib import Path

MIRROR = "http://deb.debian.org/debian"
SCRIPTS = Path("/usr/share/debootstrap/scripts")  # all releases since etch are made by sid's; debootstrap knows those before its own by name
INSIDE = """
set -e
folder=$0
mount -t proc proc "$folder/proc"
while [ "$1" != -- ]; do
    mkdir -p "$folder$1"
    mount --bind "$1" "$folder$1"
    shift
done
shift
cd /
exec chroot "$folder" "$@"
"""


class Unavailable(Exception):
    """Why a release cannot be had here."""


def require():
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        raise Unavailable("needs root and debootstrap (apt-get install debootstrap)")


class Release:
    """`folder` is where it is made; what making it says is in the file `log`."""

    def __init__(self, name, folder, log):
        self.name = name
        self.folder = folder
        self.log = log

    def command(self, command, variables=None, seen=()):
        """The words by which a command runs inside; `variables` are for it alone, `seen` are folders that it sees at their own paths."""
        assignments = [f"{name}={value}" for name, value in (variables or {}).items()]
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", INSIDE, self.folder, *seen, "--", "env", *assignments,
                *command]

    def run(self, command, variables=None, seen=(), **more):
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/root", "TMPDIR": "/tmp",
                       "DEBIAN_FRONTEND": "noninteractive"}
        return subprocess.run(self.command(command, variables, seen), env=environment, stdin=subprocess.DEVNULL, **more)

    def logged(self, command, **more):
        with self.log.open("ab") as log:
            log.write(f"+ {command}\n".encode())
            log.flush()
            status = more.pop("run", self.run)(command, stdout=log, stderr=log, **more).returncode
        if status:
            raise Unavailable(f"{command[0]} failed in {self.name}: see {self.log}")

    def bootstrap(self, packages=()):
        """Makes the folder with the packages that every release needs, and these; nothing to do when it was made before."""
        if (self.folder / "etc/debian_version").exists() and not (self.folder / "debootstrap").exists():
            return
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)  # one that was not finished
        include = [f"--include={','.join(packages)}"] if packages else []
        self.logged(["debootstrap", "--variant=minbase", *include, self.name, self.folder, MIRROR,
                     *([] if (SCRIPTS / self.name).exists() else ["sid"])], run=subprocess.run)
