"""The files that the checks look at, and how they report. Every check is `check_x.py ROOT`: a line per fault, exit status 1."""
import os
import subprocess
import sys
from pathlib import Path


def files(root, *suffixes):
    """The files of the project below root, new ones included, as sorted relative paths; all of them when no suffix is named."""
    git = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                         cwd=root, capture_output=True, text=True)
    if git.returncode == 0:
        names = [name for name in git.stdout.split("\0") if name and (Path(root) / name).is_file()]
    else:
        names = walk(root)
    return sorted(Path(name) for name in set(names) if not suffixes or name.endswith(suffixes))


def walk(root):
    """For a tree that is no git work tree, such as an unpacked archive."""
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith((".", "build", "__pycache__"))]
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), root)


def lines(path):
    """The lines of a text file; none for a binary one."""
    data = path.read_bytes()
    return [] if b"\0" in data else data.decode("utf-8", "replace").splitlines()


def main(check):
    """Runs check(root), which yields faults as text."""
    faults = list(check(Path(sys.argv[1])))
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)
