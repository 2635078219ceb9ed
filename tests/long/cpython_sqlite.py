#!/usr/bin/python3
"""CPython's own tests of its sqlite3 module, with the agent and without it: the same results, test by test.

Debian's package of CPython's tests lacks these, so they are taken from its source package (apt-get source), once, into the build folder.
"""
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from conftest import find_build  # noqa: E402

PYTHON = "/usr/bin/python3"
RUN = """\
import json, sys, test, unittest
test.__path__.append(sys.argv[1])
result = unittest.main(module=None, argv=["unittest", "-v", *sys.argv[3:]], exit=False).result
with open(sys.argv[2], "w") as file:
    json.dump({"run": result.testsRun, "skipped": {test.id(): why for test, why in result.skipped},
               "expected failures": [test.id() for test, _ in result.expectedFailures],
               "unexpected successes": [test.id() for test in result.unexpectedSuccesses],
               "failures": [test.id() for test, _ in result.failures], "errors": [test.id() for test, _ in result.errors]}, file)
"""
LEAST = 430  # tests of CPython 3.11


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
    """What the tests gave: how many ran, and those that did not just pass."""
    folder.mkdir(parents=True, exist_ok=True)
    results = folder / "results.json"
    results.unlink(missing_ok=True)
    names = sorted(f"test.test_sqlite3.{path.stem}" for path in (tests / "test_sqlite3").glob("test_*.py"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NPLUS1_") and name != "LD_PRELOAD"}
    with open(folder / "output.txt", "w") as output:
        done = subprocess.run([PYTHON, "-B", "-c", RUN, str(tests), str(results), *names], cwd=folder, env={**environment, **variables},
                              stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, timeout=1200)
    return {"exit status": done.returncode, **(json.loads(results.read_text()) if results.exists() else {"run": 0})}


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
    failed = 0
    for what in sorted({*alone, *watched}):
        if alone.get(what) != watched.get(what):
            print(f"FAILED  {what}: {alone.get(what)} alone, {watched.get(what)} with the agent")
            failed += 1
    failed += watched["run"] < LEAST
    report = build.report(recordings)
    skipped = len(watched.get("skipped", ()))
    print(f"{watched['run']} tests, {skipped} of them skipped, {alone['run']} alone; {report['totals']['executions']:,} executions recorded")
    print(f"{watched['run'] - skipped - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
