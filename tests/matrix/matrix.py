#!/usr/bin/python3
"""Runs the tests of each language on the versions that other releases of Debian have, and prints what became of them.

Each release is a folder made by debootstrap, with the languages, their drivers and pytest; it is made once and kept. The agent and
the viewer are those that were built on this machine: one build for all, as it is used. A release whose glibc is older than
the agent needs (bullseye has 2.31) gets that of the next one, which its programs run with as they are. Nothing of a folder is
visible outside of it: /proc is mounted in a namespace of the run's own.

    matrix.py [RELEASE ...] [--language LANGUAGE ...]

For a CPython that no release has, such as 3.8, 3.10 or 3.12: NPLUS1_PYTHON=/its/python3 pytest, with test_python_frames.py and
test_python_interpreters.py of tests/integration.

NPLUS1_BUILD is the build, NPLUS1_MATRIX the folder of the folders (default: matrix in the build). Needs root, debootstrap, and the
mirror that apt uses.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import releases  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("NPLUS1_BUILD", "build")
FOLDER = Path(os.environ.get("NPLUS1_MATRIX", BUILD / "matrix")).absolute()
INSIDE = "/nplus1"  # where the tree stands in a release
RELEASES = {"bullseye": "bookworm", "trixie": None}  # and where its glibc comes from, when not from itself
GLIBC = ["libc6", "libc-bin", "locales", "libc-l10n"]
SECONDS = 900  # for the tests of a language
SHOWN = 20  # failed cases of a language that are named

VIEWER = ["libdw1", "libdw1t64", "libjansson4", "libprotobuf-c1"]
TOOLS = ["python3", "python3-pytest", "python3-jsonschema", "postgresql", "util-linux", "sqlite3", "libpq5", "git"]
# What a release does not have is left out, and the tests that want it fail or say so.
LANGUAGES = {
    "python": (["python3", "python3-sqlalchemy", "python3-django", "python3-peewee", "python3-apsw", "python3-greenlet",
                "python3-psycopg2", "python3-psycopg"],
               "import sys; print('%d.%d.%d' % sys.version_info[:3])", ["python3", "-c"],
               "import sqlite3; sqlite3.connect(':memory:').execute('select 1').fetchall()"),
    "ruby": (["ruby", "ruby-sqlite3", "ruby-pg", "ruby-activerecord", "ruby-sequel"],
             "print RUBY_VERSION", ["ruby", "-e"],
             "require 'sqlite3'; SQLite3::Database.new(':memory:').execute('select 1')"),
    "php": (["php-cli", "php-sqlite3", "php-pgsql"],
            "echo PHP_VERSION;", ["php", "-r"],
            "(new PDO('sqlite::memory:'))->query('select 1')->fetchAll();"),
    "perl": (["perl", "libdbi-perl", "libdbd-sqlite3-perl", "libdbd-pg-perl", "libdbix-class-perl"],
             'printf "%vd", $^V', ["perl", "-e"],
             "use DBI; DBI->connect('dbi:SQLite:dbname=:memory:')->selectall_arrayref('select 1')"),
    "tcl": (["tcl", "libsqlite3-tcl", "tcl-thread", "libpgtcl"],
            "puts [info patchlevel]", ["sh", "-c", "echo \"$0\" | tclsh"],
            "package require sqlite3; sqlite3 db :memory:; db eval {select 1}"),
}


def tests_of(language):
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests/integration").rglob(f"test_{language}*.py"))


class Release(releases.Release):
    def __init__(self, name):
        super().__init__(name, FOLDER / name, FOLDER / f"{name}.log")

    def has_package(self, name):
        found = self.run(["apt-cache", "show", "--no-all-versions", name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return found.returncode == 0 and bool(found.stdout)

    def prepare(self):
        """Makes the folder; nothing to do when it was made for the same packages."""
        packages = sorted({*TOOLS, *VIEWER, *(name for language in LANGUAGES.values() for name in language[0])})
        mark, text = self.folder / "matrix-packages", "\n".join([*packages, str(RELEASES[self.name])])
        if mark.exists() and mark.read_text() == text:
            return
        self.bootstrap()
        self.add_source(RELEASES[self.name])
        self.logged(["apt-get", "-q", "update"])
        newer = [f"{name}/{RELEASES[self.name]}" for name in [*GLIBC, *VIEWER] if RELEASES[self.name] and name != "libdw1t64"]
        if newer:
            self.logged(["apt-get", "-qy", "install", "--no-install-recommends", *newer])
        missing = [name for name in packages if not self.has_package(name)]
        if lacking := [name for name in missing if not name.startswith("libdw1")]:
            print(f"{self.name} has no {', '.join(lacking)}", flush=True)
        self.logged(["apt-get", "-qy", "install", "--no-install-recommends", *(name for name in packages if name not in missing)])
        mark.write_text(text)

    def add_source(self, newer):
        if newer:
            (self.folder / "etc/apt/sources.list.d/newer.list").write_text(f"deb {releases.MIRROR} {newer} main\n")
            (self.folder / "etc/apt/preferences.d/newer").write_text(f"Package: *\nPin: release n={newer}\nPin-Priority: 100\n")

    def lay(self):
        """The tree and what was built of it."""
        inside = self.folder / INSIDE.lstrip("/")
        shutil.rmtree(inside, ignore_errors=True)
        names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
                               capture_output=True, text=True).stdout.split("\0")
        for name in filter(None, names):
            if (ROOT / name).is_file():
                (inside / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, inside / name)
        shutil.copytree(BUILD, inside / "build", symlinks=True,
                        ignore=lambda folder, names: [name for name in names if name.endswith((".p", ".a")) or name in ("matrix", "today")])

        self.carry_libraries()

    def carry_libraries(self):
        """Those of the viewer that the release has in other versions, or not at all, such as libutf8proc.so.2."""
        listed = subprocess.run(["ldd", BUILD / "viewer/nplus1"], check=True, capture_output=True, text=True).stdout
        there = self.run(["ldconfig", "-p"], stdout=subprocess.PIPE, text=True).stdout
        for name, path in re.findall(r"^\s*(\S+) => (\S+)", listed, re.MULTILINE):
            if f"\t{name} " not in there:
                shutil.copy2(path, self.folder / "usr/local/lib")
        self.logged(["ldconfig"])

    def version_of(self, language):
        packages, version, command, sample = LANGUAGES[language]
        run = self.run([*command, version], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return run.stdout.strip() if run.returncode == 0 else None

    def walkers_in(self, language):
        """Which walkers a recording names that one statement made."""
        packages, version, command, sample = LANGUAGES[language]
        recording = "/tmp/matrix.pb"
        (self.folder / recording.lstrip("/")).unlink(missing_ok=True)
        run = self.run([*command, sample], {"LD_PRELOAD": f"{INSIDE}/build/agent/libnplus1.so", "NPLUS1_OUTPUT": recording},
                       capture_output=True, text=True)
        info = self.run([f"{INSIDE}/build/viewer/nplus1", "info", recording], capture_output=True, text=True)
        found = re.search(r"^stack walkers +(.*)$", info.stdout, re.MULTILINE)
        notes = re.findall(r"^note +(.*)$", info.stdout, re.MULTILINE)
        if not found:
            return "nothing recorded" + (f": {run.stderr.strip()}" if run.stderr.strip() else "")
        return "; ".join([found[1], *notes])

    def test(self, language):
        """Passed, failed and skipped cases, and the names of those that failed; None: there are no tests."""
        files = tests_of(language)
        if not files:
            return None
        result = f"{INSIDE}/matrix-{language}.xml"
        with (FOLDER / f"{self.name}-{language}.log").open("wb") as log:
            try:
                self.run(["sh", "-c", 'cd "$0" && exec "$@"', INSIDE, "/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider",
                          f"--junit-xml={result}", *files], {"NPLUS1_BUILD": "build"}, stdout=log, stderr=log, timeout=SECONDS)
            except subprocess.TimeoutExpired:
                return 0, 1, 0, [f"over {SECONDS} s"]
        path = self.folder / result.lstrip("/")
        cases = list(ElementTree.parse(path).getroot().iter("testcase")) if path.exists() else []
        failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
        skipped = [case for case in cases if case.find("skipped") is not None]
        names = [f"{case.get('classname')} {case.get('name')}" for case in failed]
        if not cases:
            return 0, 1, 0, [f"no case ran: see {log.name}"]
        return len(cases) - len(failed) - len(skipped), len(failed), len(skipped), names


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("releases", nargs="*", metavar="RELEASE", default=list(RELEASES), help=" ".join(RELEASES))
    parser.add_argument("--language", action="append", choices=LANGUAGES, help="only this one; may be given again")
    options = parser.parse_args()
    if unknown := set(options.releases) - set(RELEASES):
        parser.error(f"unknown release: {', '.join(sorted(unknown))}")
    try:
        releases.require()
        return run(options)
    except releases.Unavailable as why:
        sys.exit(f"matrix: {why}")


def run(options):
    rows, notes, failures = [], [], 0
    for name in options.releases:
        release = Release(name)
        release.prepare()
        release.lay()
        for language in options.language or LANGUAGES:
            version = release.version_of(language)
            if not version:
                rows.append((name, language, "none", "", "", "", ""))
                continue
            walkers, result = release.walkers_in(language), release.test(language)
            rows.append((name, language, version, walkers, *(map(str, result[:3]) if result else ("no tests", "", ""))))
            notes += [f"FAILED  {name} {language}: {case}" for case in result[3][:SHOWN]] if result else []
            if result and len(result[3]) > SHOWN:
                notes.append(f"        and {len(result[3]) - SHOWN} more: {FOLDER}/{name}-{language}.log")
            failures += result[1] if result else 0
            print("  ".join(rows[-1]), flush=True)
    table = [("release", "language", "version", "walkers", "passed", "failed", "skipped"), *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    print()
    for row in table:
        print("  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip())
    for note in notes:
        print(note)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
