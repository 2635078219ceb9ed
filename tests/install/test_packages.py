"""The packages of `make deb`: made, looked at by lintian, installed in another Debian, used there, and removed without a trace."""
import os
import re
import subprocess
from pathlib import Path

import pytest
import releases

from conftest import ROOT, find_build

SECONDS = 580
PACKAGES = ["libnplus1", "nplus1", "nplus1-dev", "python3-nplus1", "ruby-nplus1"]
# What the packages need, and what tries them.
NEEDED = ["libc6", "libcurl4", "libdw1", "libinih1", "libjansson4", "libncursesw6", "libprotobuf-c1", "libutf8proc2|libutf8proc3", "python3", "ruby"]
TOOLS = ["gcc", "libc6-dev", "pkgconf", "libsqlite3-dev", "python3-pytest", "ruby-minitest", "ruby-sqlite3", "bash-completion"]
# Folders that packages do not put their files in, or that dpkg and others keep books in.
BOOKS = re.compile(r"/(proc|sys|dev|tmp|run|root)(/|$)|/var/(lib/dpkg|cache|log|lib/apt|lib/systemd)(/|$)|/etc/ld.so.cache$|__pycache__|\.pyc$")
PROGRAM = r"""
#include <nplus1.h>
#include <sqlite3.h>
#include <stdio.h>

int main(void)
{
    sqlite3 *db;
    sqlite3_stmt *rows, *row;
    sqlite3_open(":memory:", &db);
    sqlite3_exec(db, "create table t (id integer primary key, v); insert into t (v) values (1), (2), (3), (4), (5), (6), (7), (8)", 0, 0, 0);
    nplus1_scope_begin("GET /t");
    sqlite3_prepare_v2(db, "select id from t", -1, &rows, NULL);
    sqlite3_prepare_v2(db, "select v from t where id = ?", -1, &row, NULL);
    while (sqlite3_step(rows) == SQLITE_ROW) {
        sqlite3_bind_int(row, 1, sqlite3_column_int(rows, 0));
        sqlite3_step(row); /* N+1 here */
        sqlite3_reset(row);
    }
    printf("%s, %d findings\n", nplus1_present() ? "watched" : "alone", (int)nplus1_scope_findings(NULL, NULL));
    nplus1_scope_end();
    return 0;
}
"""
LOOP = {
    "py": """
import sqlite3

def test_loop():
    db = sqlite3.connect(":memory:")
    db.executescript("create table t (id integer primary key, v); " + "insert into t (v) values (7); " * 9)
    for row in db.execute("select id from t").fetchall():
        db.execute("select v from t where id = ?", row).fetchall()
""",
    "rb": """
require "minitest/autorun"
require "nplus1/minitest"
require "sqlite3"

class TestLoop < Minitest::Test
  def test_loop
    db = SQLite3::Database.new(":memory:")
    db.execute("create table t (id integer primary key, v)")
    9.times { |v| db.execute("insert into t (v) values (?)", [v]) }
    db.execute("select id from t").each { |row| db.execute("select v from t where id = ?", row) }
  end
end
""",
}


def own_release():
    return re.search(r"^VERSION_CODENAME=(\w+)$", Path("/etc/os-release").read_text(), re.MULTILINE)[1]


@pytest.fixture(scope="module")
def packages(build):
    """The folder of the packages of this release, with which lintian found no fault."""
    made = subprocess.run([ROOT / "scripts/deb"], env=dict(os.environ, NPLUS1_BUILD=str(build.folder)), capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=SECONDS)
    assert made.returncode == 0, made.stdout + made.stderr
    return build.folder.absolute() / "deb"


class Installed:
    """A release with the packages in it."""

    def __init__(self, name, folder, work):
        self.release = releases.Release(name, folder / name, folder / f"{name}.log")
        self.folder, self.work, self.packages, self.before = folder, work, None, None

    def prepare(self, packages):
        """`packages`: those of this machine's release; another one makes its own, with what is in it."""
        self.release.bootstrap()
        mark = self.release.folder / "install-packages"
        if not mark.exists():
            self.release.logged(["apt-get", "update"])
            wanted = [self.known(name) for name in NEEDED] + TOOLS
            self.release.logged(["apt-get", "install", "-y", "--no-install-recommends", *wanted])
            mark.write_text("\n".join(wanted))
        self.release.logged(["dpkg", "--purge", *PACKAGES])
        self.packages = packages if self.release.name == own_release() else self.make_packages()
        self.before = self.files()
        self.release.logged(["dpkg", "--install", *sorted(map(str, self.packages.glob("*.deb")))], seen=[self.packages])

    def make_packages(self):
        build = self.folder / f"{self.release.name}-build"
        build.mkdir(exist_ok=True)
        self.release.logged([ROOT / "scripts/deb"], variables={"NPLUS1_BUILD": str(build)}, seen=[ROOT])
        return build / "deb"

    def known(self, names):
        """The first of several names that the release has a package of, where they differ."""
        for name in names.split("|"):
            shown = self.release.run(["apt-cache", "show", "--no-all-versions", name], capture_output=True)
            if shown.returncode == 0 and shown.stdout:
                return name
        return names

    def files(self):
        found = self.release.run(["find", "/", "-xdev", "!", "-type", "d", "-o", "-type", "d", "-empty"], capture_output=True, text=True)
        mounted = str(find_build().folder.absolute())  # where folders of this machine are seen inside stands an empty one
        return {line for line in found.stdout.splitlines() if not BOOKS.search(line) and not line.startswith(mounted)}

    def run(self, *command, expect=0, **variables):
        inside = ["sh", "-c", 'cd "$0" && exec "$@"', self.work, *command]
        run = self.release.run(inside, variables, seen=[self.work], capture_output=True, text=True, timeout=SECONDS)
        assert run.returncode == expect, run.stdout + run.stderr
        return run.stdout + run.stderr


@pytest.fixture(scope="module", params=["bookworm", *os.environ.get("NPLUS1_TEST_RELEASES", "").split()])
def installed(request, packages, tmp_path_factory):
    try:
        releases.require()
    except releases.Unavailable as why:
        pytest.skip(f"packages are not installed anywhere: {why}")
    found = Installed(request.param, find_build().folder.absolute() / "install", tmp_path_factory.mktemp("work"))
    try:
        found.prepare(packages)
    except releases.Unavailable as why:
        pytest.fail(str(why))
    return found


def test_the_packages_are_those_of_control(packages, build):
    version = build.view("--version").stdout.decode().split()[1]
    names = {path.name.split("_")[0]: path.name.split("_")[1] for path in packages.glob("*.deb")}
    assert names == dict.fromkeys(PACKAGES, version)


def test_the_packaged_agent_exports_and_needs_what_it_should(packages, build, tmp_path):
    subprocess.run(["dpkg-deb", "-x", next(packages.glob("libnplus1_*.deb")), tmp_path], check=True)
    run = subprocess.run(["/usr/bin/python3", ROOT / "tests/lint/check_exports.py", tmp_path / "usr/lib/x86_64-linux-gnu/libnplus1.so",
                          build.folder / "agent/nplus1.map"], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
    packaged, built = (subprocess.run(["nm", "-D", "--undefined-only", path], capture_output=True, text=True, check=True).stdout.split()
                       for path in (tmp_path / "usr/lib/x86_64-linux-gnu/libnplus1.so", build.agent))
    assert set(packaged) <= set(built)  # hardening would have it call what a program can stand in front of


def test_a_program_is_compiled_by_pkg_config_and_watched_by_name(installed):
    (installed.work / "program.c").write_text(PROGRAM)
    installed.run("sh", "-c", "gcc -g -o program program.c $(pkg-config --cflags --libs nplus1 sqlite3)")
    assert installed.run("./program") == "alone, 0 findings\n"
    assert installed.run("./program", LD_PRELOAD="libnplus1.so", NPLUS1_OUTPUT="by-name.pb") == "watched, 1 findings\n"
    assert "N+1, proven" in installed.run("nplus1", "report", "by-name.pb")
    line = next(number for number, text in enumerate(PROGRAM.splitlines(), 1) if "N+1 here" in text)
    assert f"program.c:{line} in main()" in installed.run("nplus1", "report", "by-name.pb")


def test_run_finds_its_agent(installed):
    assert "watched, 1 findings" in installed.run("nplus1", "run", "--check", "--", "./program", expect=1)
    assert "/usr/lib/x86_64-linux-gnu/libnplus1.so" in installed.run("nplus1", "run", "--", "sh", "-c", 'echo "$LD_PRELOAD"')


def test_a_configuration_is_read(installed):
    (installed.work / ".nplus1").write_text("[check]\nfail-on = write_loop\n")
    installed.run("nplus1", "check", "by-name.pb")
    (installed.work / ".nplus1").unlink()


def test_pytest_has_the_plugin_without_being_told(installed):
    (installed.work / "test_loop.py").write_text(LOOP["py"])
    output = installed.run("nplus1", "run", "--", "python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_loop.py", expect=1)
    assert "NPlusOne" in output and "test_loop.py:8" in output, output


def test_minitest_has_the_package(installed):
    (installed.work / "test_loop.rb").write_text(LOOP["rb"])
    output = installed.run("nplus1", "run", "--", "ruby", "test_loop.rb", expect=1)
    assert "test_loop.rb:11" in output, output
    installed.run("ruby", "-e", "gem 'nplus1'; require 'nplus1'")


def test_bash_completes(installed):
    script = ". /usr/share/bash-completion/bash_completion; _completion_loader nplus1; complete -p nplus1"
    assert "-F _nplus1 nplus1" in installed.run("bash", "-c", script)


def test_removing_leaves_nothing(installed):
    installed.run("dpkg", "--purge", *PACKAGES)
    after = installed.files()
    assert after == installed.before
