#!/usr/bin/python3
"""Runs the instructions of Containerfile in folders with the release that it names, one for each stage, and then the image's command.

A container's image comes from a registry; debootstrap's folder has what debian:bookworm-slim has, and needs none.
"""
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import releases  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
FOLDER = (ROOT / os.environ.get("NPLUS1_BUILD", "build")).absolute() / "install/container"


def tree(target):
    """What a build's context has: the tree without what git ignores."""
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, names.decode().split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def copy(words, stages, target):
    source = stages[words.pop(0).partition("=")[2]].folder if words[0].startswith("--from=") else None
    *names, place = words
    target = target / place.lstrip("/")
    target.mkdir(parents=True, exist_ok=True)
    if source is None and names == ["."]:
        return tree(target)
    for pattern in names:
        found = sorted(source.glob(pattern.lstrip("/")))
        if not found:
            raise SystemExit(f"containerfile: nothing is {pattern}")
        for path in found:
            shutil.copy2(path, target)


def main():
    releases.require()
    stages, release, user, folder = {}, None, "root", "/"
    for line in (ROOT / "Containerfile").read_text().splitlines():
        name, _, rest = line.partition(" ")
        if name == "FROM":
            image, _, stage = rest.partition(" AS ")
            codename = re.fullmatch(r"docker.io/library/debian:(\w+)-slim", image)[1]
            path = FOLDER / (stage or "image")
            shutil.rmtree(path, ignore_errors=True)
            release = releases.Release(codename, path, FOLDER / f"{path.name}.log")
            FOLDER.mkdir(parents=True, exist_ok=True)
            release.bootstrap()
            stages[stage or "image"] = release
        elif name == "COPY":
            copy(shlex.split(rest), stages, release.folder)
        elif name == "RUN":
            release.logged(["sh", "-c", rest])
        elif name == "USER":
            user = rest
        elif name == "WORKDIR":
            folder = rest
        elif name == "ENTRYPOINT":
            command = [*re.findall(r'"([^"]*)"', rest), "--version"]
            run = release.run(["su", "-s", "/bin/sh", user, "-c", f"cd {folder} && {shlex.join(command)}"], capture_output=True, text=True)
            print(run.stdout + run.stderr, end="")
            if not re.fullmatch(r"nplus1 \d+\.\d+\.\d+\n", run.stdout):
                raise SystemExit("containerfile: the image's command does not run")
    for stage in stages.values():
        shutil.rmtree(stage.folder)


if __name__ == "__main__":
    try:
        main()
    except releases.Unavailable as why:
        raise SystemExit(f"containerfile: {why}")
