"""What ./.nplus1 and $XDG_CONFIG_HOME/nplus1/config say, who wins, and what a foreign .nplus1 cannot do."""
import json
import os

import pytest

class Folder:
    def __init__(self, build, folder, made):
        self.build, self.folder, self.home = build, folder, folder / "home"
        self.recording = made("nested").name
        self.remote = made("remote").name

    def project(self, text):
        (self.folder / ".nplus1").write_text(text)

    def user(self, text):
        (self.home / "nplus1").mkdir(parents=True, exist_ok=True)
        (self.home / "nplus1/config").write_text(text)

    def run(self, *words, expect=0, **variables):
        run = self.build.run([self.build.viewer, *words], cwd=self.folder, XDG_CONFIG_HOME=str(self.home), **variables)
        assert run.returncode == expect, run.stderr.decode()
        return run.stdout.decode(), run.stderr.decode()


@pytest.fixture
def folder(build, tmp_path, made):
    return Folder(build, tmp_path, made)


LOOP = """
import sqlite3, orm
db = sqlite3.connect(":memory:")
db.executescript("create table t (id integer primary key, v); " + "insert into t (v) values (7); " * 20)
for row in db.execute("select id from t").fetchall():
    orm.load(db, row[0])
"""


@pytest.fixture
def places(build, folder):
    """Where the finding of a program is that asks through helpers/orm.py."""
    helpers = folder.folder / "helpers"
    helpers.mkdir()
    (helpers / "orm.py").write_text("def load(db, key):\n    return db.execute('select v from t where id = ?', (key,)).fetchall()\n")
    (folder.folder / "app.py").write_text(LOOP)
    build.run_watched(["/usr/bin/python3", "-B", "app.py"], folder.folder / "app.pb", cwd=folder.folder, PYTHONPATH=str(helpers))

    def place(**variables):
        output, said = folder.run("report", "--json", "app.pb", **variables)
        assert said == ""
        finding, = json.loads(output)["findings"]
        return finding["location"]["file"].rsplit("/", 1)[1]
    return place


def test_paths_come_from_the_environment_then_the_project_then_the_user(folder, places):
    assert places() == "orm.py"
    folder.user(f"[report]\nlibrary = {folder.folder}/helpers\n")
    assert places() == "app.py"
    folder.project("[report]\nlibrary =\n")
    assert places() == "orm.py"
    assert places(NPLUS1_LIBRARY=f"{folder.folder}/helpers") == "app.py"
    folder.project("[report]\nlibrary = helpers\napp = helpers/orm.py\n")
    assert places() == "orm.py"
    assert places(NPLUS1_APP="") == "app.py"


def test_paths_of_a_project_are_relative_to_it_and_lines_add_up(folder, places):
    folder.project("[report]\nlibrary = nowhere\nlibrary = ./x/../helpers\n")
    assert places() == "app.py"
    folder.project("[report]\nlibrary = nowhere\n  helpers\n")
    assert places() == "app.py"


def test_a_round_trip_comes_from_the_flag_then_the_environment_then_the_project_then_the_user(folder):
    def said(*words, **variables):
        output = folder.run("report", *words, folder.remote, **variables)[0]
        return [line.split("round trips of ")[1].split(":")[0] for line in output.splitlines()
                if "round trips of" in line]

    assert said() == ["1 ms"]
    folder.user("[report]\nround-trip = 500us\n")
    assert said() == ["0.5 ms"]
    folder.project("[report]\nround-trip = 7\n")
    assert said() == ["7 ms"]
    assert said(NPLUS1_ROUND_TRIP="8ms") == ["8 ms"]
    assert said("--round-trip=9ms", NPLUS1_ROUND_TRIP="8ms") == ["9 ms"]


def test_colours(folder):
    def head(*words, **variables):
        return folder.run("report", *words, folder.recording, **variables)[0].split("\n")[0]

    assert "\033" not in head()
    folder.user("[color]\nwhen = always\n")
    assert "\033[1m" in head() or "\033[1;31m" in head()
    assert "\033" not in head(NO_COLOR="1") and "\033" not in head("--color=auto") and "\033" not in head("--color=never")
    folder.project("[colour]\nwhen = always\nbold = bright-blue\nalarm = underline 214\n")
    assert "\033[94m" in folder.run("report", folder.recording)[0] and "\033[4;38;5;214m" in folder.run("report", folder.recording)[0]
    folder.project("[colour]\nwhen = never\n")
    assert "\033" not in head()


def test_width(folder):
    folder.project("[report]\nwidth = 60\n")
    narrow = folder.run("report", folder.recording)[0]
    folder.project("[report]\nwidth = 200\n")
    assert len(folder.run("report", folder.recording)[0].splitlines()) < len(narrow.splitlines())


def test_check_goes_by_what_is_configured_and_flags_win(folder):
    folder.run("check", folder.recording, expect=1)
    folder.user("[check]\nfail-on = write_loop\n")
    folder.run("check", folder.recording)
    folder.project("[check]\nfail-on = proven\n")
    folder.run("check", folder.recording, expect=1)
    folder.run("check", "--fail-on=write_loop", folder.recording)
    (folder.folder / "suppressions").write_text("file=app.py\n")
    folder.project("[check]\nsuppressions = suppressions\n")
    folder.user("")
    folder.run("check", folder.recording)
    (folder.folder / "none").write_text("")
    folder.run("check", "--suppressions=none", folder.recording, expect=1)
    (folder.folder / "baseline.json").write_text(folder.run("report", "--json", folder.recording)[0])
    folder.project("[check]\nbaseline = baseline.json\n")
    folder.run("check", folder.recording)


def test_run_takes_its_threshold_and_its_check_from_the_configuration(build, folder):
    sample = build.sample("orders_customer_lazy")
    assert "N+1 found" in folder.run("run", "--check", "--", sample, "20", "10", expect=1)[0]
    folder.project("[run]\nthreshold = 123\n[check]\nfail-on = write_loop\n")
    folder.run("run", "-o", "x.pb", "--check", "--", sample, "20", "10")
    assert " threshold=123 " in folder.run("dump", "x.pb")[0]
    folder.run("run", "-o", "y.pb", "--", sample, "20", "10", NPLUS1_THRESHOLD="124")
    assert " threshold=124 " in folder.run("dump", "y.pb")[0]


@pytest.mark.parametrize("text, said", [
    ("[report]\nwidht = 80\n", ".nplus1:2: unknown key 'widht' in [report] (did you mean width?); see nplus1(5)"),
    ("[reprot]\nwidth = 80\n", ".nplus1:2: unknown section [reprot] (did you mean report?); see nplus1(5)"),
    ("width = 80\n", ".nplus1:1: 'width' stands before the first [section]; see nplus1(5)"),
    ("\n\n[report]\nwidth = wide\n", ".nplus1:4: width: 'wide' is not a number from 60 to 1000"),
    ("[report]\nround-trip = 1 day\n", ".nplus1:2: round-trip: '1 day' is not a time from 1us to 3600s, such as 500us, 1.5ms or 2s"),
    ("[report]\nwidth\n", ".nplus1:2: is neither [SECTION], KEY = VALUE nor a comment; see nplus1(5)"),
    ("[report]\napp = " + "x" * 300 + "\n", ".nplus1:2: the line is longer than 199 bytes"),
    ("[colour]\nbold = \033[31m\n", ".nplus1:2: bold: '\\x1b[31m' is not a colour"),
])
def test_what_is_wrong_is_said_with_its_line_and_only_a_check_fails_for_it(folder, text, said):
    folder.project(text)
    output, words = folder.run("report", folder.recording)
    assert words.startswith(f"nplus1: {said}") and words.count("\n") == 1 and output
    folder.run("check", "--fail-on=write_loop", folder.recording, expect=2)
    folder.run("run", "--check", "--", "true", expect=2)


def test_the_rest_of_a_file_holds_when_a_line_is_wrong(folder):
    folder.project("[report]\nwidht = 80\nround-trip = 7\n")
    assert "round trips of 7 ms" in folder.run("report", folder.remote)[0]


def test_a_project_names_no_file_outside_of_it(folder):
    (folder.folder / "secret").write_text("a secret\n")
    inside = folder.folder / "inside"
    inside.mkdir()
    (inside / "link").symlink_to("../secret")
    for path in ("../secret", "/etc/passwd", "link", "../home"):
        for key in ("suppressions", "baseline"):
            (inside / ".nplus1").write_text(f"[check]\n{key} = {path}\n")
            run = folder.build.run([folder.build.viewer, "check", f"../{folder.recording}"], cwd=inside)
            assert run.returncode == 2
            assert run.stderr.decode() == (f"nplus1: .nplus1:2: {key}: '{path}' is not below the folder of .nplus1; "
                                           f"use the option --{key}\n")


def test_a_project_file_that_is_a_link_or_no_file_is_left_out(folder):
    (folder.folder / "secret").write_text("a secret\n")
    (folder.folder / ".nplus1").symlink_to("secret")
    assert folder.run("report", folder.recording)[1] == "nplus1: .nplus1: is a symbolic link, which could name any file; it is left out\n"
    (folder.folder / ".nplus1").unlink()
    os.mkfifo(folder.folder / ".nplus1")
    assert "is not a file of at most 65536 bytes" in folder.run("report", folder.recording)[1]


@pytest.mark.parametrize("key", ["pager", "output", "html", "command", "app\n[run]\noutput"])
def test_no_key_runs_or_writes_anything(folder, key):
    folder.project(f"[report]\n{key} = touch stolen\n")
    assert "unknown key" in folder.run("report", folder.recording)[1]
    assert not (folder.folder / "stolen").exists()


def test_help_and_version_read_no_configuration(folder):
    folder.project("[report]\nwidht = 80\n")
    assert folder.run("report", "--help")[1] == folder.run("--version")[1] == ""
