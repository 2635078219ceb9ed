#!/usr/bin/python3
"""CPython's own tests of its sqlite3 module, with the agent and without it: the same results, test by test.

Debian's package of CPython's tests lacks these, so they are taken from its source package (apt-get source), once, into the build folder.
"""
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from conftest import find_build  # noqa: E402

PYTHON = "/usr/bin/python3"
RUN = """\
import sys, test, unittest
test.__path__.append(sys.argv[1])
unittest.main(module=None, argv=["unittest", "-v", *sys.argv[2:]])
"""
RESULT = re.compile(r"^(?P<test>test_\w+ \([\w.]+\)).*?\.\.\. (?:.*\n)*?.*?(?P<result>ok|FAIL|ERROR|skipped .*|expected failure)$", re.MULTILINE)


def fetch(folder):
    """The folder that has test_sqlite3 in it."""
    tests = folder / "cpython"
    if (tests / "test_sqlite3").exists():
        return tests
    apt = folder / "apt"
    (apt / "lists/partial").mkdir(parents=True, exist_ok=True)
    (apt / "sources.list").write_text("deb-src http://deb.debian.org/debian bookworm main\n")
    command = ["apt-get", "-q", "-o", f"Dir::Etc::sourcelist={apt}/sources.list", "-o", "Dir::Etc::sourceparts=/dev/null", "-o",
               f"Dir::State::lists={apt}/lists", "-o", f"Dir::Cache={apt}"]
    subprocess.run([*command, "update"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*command, "source", "--download-only", "python3.11"], check=True, cwd=apt, stdout=subprocess.DEVNULL)
    archive, = apt.glob("python3.11_*.orig.tar.*")
    with tarfile.open(archive) as tar:
        for member in tar:
            _, _, inside = member.name.partition("/Lib/test/")
            if inside.startswith("test_sqlite3/") and member.isfile():
                (tests / inside).parent.mkdir(parents=True, exist_ok=True)
                (tests / inside).write_bytes(tar.extractfile(member).read())
    return tests


def run(tests, folder, **variables):
    folder.mkdir(parents=True, exist_ok=True)
    names = sorted(f"test.test_sqlite3.{path.stem}" for path in (tests / "test_sqlite3").glob("test_*.py"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NPLUS1_") and name != "LD_PRELOAD"}
    done = subprocess.run([PYTHON, "-B", "-c", RUN, str(tests), *names], cwd=folder, env={**environment, **variables},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1200)
    results = dict(RESULT.findall(done.stdout))
    (folder / "output.txt").write_text(done.stdout)
    return done.returncode, results


def main():
    build = find_build()
    folder = build.folder.resolve() / "long"
    tests = fetch(folder)
    recordings = folder / "recordings"
    recordings.mkdir(exist_ok=True)
    for old in recordings.iterdir():
        old.unlink()
    alone = run(tests, folder / "alone")
    watched = run(tests, folder / "watched", LD_PRELOAD=str(build.agent.resolve()), NPLUS1_OUTPUT=f"{recordings}/")
    different = {name: (alone[1].get(name), watched[1].get(name)) for name in {*alone[1], *watched[1]}
                 if alone[1].get(name) != watched[1].get(name)}
    for name, (before, after) in sorted(different.items()):
        print(f"FAILED  {name}: {before} alone, {after} with the agent")
    report = build.report(recordings)
    print(f"exit status {alone[0]} alone, {watched[0]} with the agent; {report['totals']['executions']:,} executions recorded")
    failed = len(different) + (alone[0] != watched[0]) + (len(alone[1]) < 300)
    print(f"{len(alone[1]) - len(different)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
