"""nplus1 top: in a terminal of tmux with real keys, and as text."""
import os
import re
import shutil
import subprocess
import time

import pytest

pytestmark = pytest.mark.alone

SERVER = """
import sqlite3, sys, time
db = sqlite3.connect(":memory:")
db.executescript("create table a(id integer primary key); create table b(a integer); create table c(n integer);")
db.executemany("insert into a values (?)", [(7 * i + 3,) for i in range(20)])
db.commit()
def lazy():
    for id, in db.execute("select id from a").fetchall():
        db.execute("select * from b where a = ?", (id,)).fetchall()
def note():
    db.execute("insert into c values (1)")
    db.commit()
print("ready", flush=True)
until = time.time() + 60
while time.time() < until:
    lazy()
    note()
    time.sleep(0.02)
"""


@pytest.fixture
def server(build, tmp_path):
    (tmp_path / "server.py").write_text(SERVER)
    environment = dict(os.environ, LD_PRELOAD=str(build.agent.absolute()), NPLUS1_OUTPUT=f"{tmp_path}/recordings/")
    (tmp_path / "recordings").mkdir()
    process = subprocess.Popen(["/usr/bin/python3", "server.py"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    yield process
    process.kill()
    process.wait()


class Terminal:
    """A session of tmux of its own."""

    def __init__(self, folder, command):
        self.base = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        self.folder = folder
        self.call("new-session", "-d", "-x", "110", "-y", "24", f"{command}; echo STATUS $?; exec cat")

    def call(self, *words):
        run = subprocess.run([*self.base, *words], cwd=self.folder, capture_output=True, text=True, timeout=30)
        assert run.returncode == 0, run.stderr
        return run.stdout

    def keys(self, *keys):
        self.call("send-keys", *keys)

    def screen(self):
        return self.call("capture-pane", "-p")

    def wait_for(self, pattern, seconds=15):
        until = time.monotonic() + seconds
        while not re.search(pattern, self.screen(), re.MULTILINE):
            assert time.monotonic() < until, f"{pattern} is not on the screen:\n{self.screen()}"
            time.sleep(0.1)
        return self.screen()

    def end(self):
        subprocess.run([*self.base, "kill-server"], capture_output=True, timeout=30)


@pytest.fixture
def terminal(build, tmp_path):
    opened = []

    def start(*words):
        assert shutil.which("tmux"), "tmux is not installed; scripts/setup test does"
        found = Terminal(tmp_path, " ".join(map(str, [build.viewer.absolute(), "top", "--interval", "0.5", *words])))
        opened.append(found)
        return found
    yield start
    for each in opened:
        each.end()


def test_a_person_sees_what_runs_and_looks_closer(terminal, server):
    seen = terminal(server.pid)
    screen = seen.wait_for(r"^\* +[1-9][\d,]* .*select \* from b where a = \?")
    assert re.match(r"nplus1 top: server.py, 1 running, \d+ findings?", screen)
    assert re.search(r"^[\d,]+ executions a second, [\d.]+ % of a second in the database; ", screen, re.MULTILINE)
    assert screen.index("select * from b") < screen.index("  commit ")  # findings stand on top
    seen.keys("Enter")
    details = seen.wait_for("^finding +n_plus_one, proven")
    assert "parent     select id from a" in details and "fix " in details and "server.py:9" in details
    seen.keys("q")
    seen.wait_for("by executions a second")
    seen.keys("s")
    seen.wait_for("by time a second")
    seen.keys("f")
    assert "  commit " not in seen.wait_for("findings only")
    seen.keys("f")
    seen.keys("/", "commit", "Enter")
    screen = seen.wait_for("with 'commit'")
    assert "  commit " in screen and "select * from b" not in screen
    seen.keys("?")
    seen.wait_for("sort by executions a second")
    seen.keys("Escape")
    seen.wait_for("with 'commit'")
    seen.keys("q")
    assert "STATUS 0" in seen.wait_for("^STATUS")


def test_it_follows_the_size_of_the_terminal(terminal, server, tmp_path):
    seen = terminal("recordings")
    seen.wait_for("  commit ")
    seen.call("resize-window", "-x", "60", "-y", "10")
    time.sleep(1.2)
    screen = seen.screen()
    assert len(screen.splitlines()) == 10 and all(len(line) <= 60 for line in screen.splitlines())
    assert "q quit" in screen or "? help" in screen
    seen.call("resize-window", "-x", "160", "-y", "40")
    seen.wait_for("commit .*server.py:12")


@pytest.mark.parametrize("sent", ["TERM", "INT"])
def test_a_signal_leaves_the_terminal_as_it_was(terminal, server, tmp_path, sent):
    seen = terminal(server.pid)
    seen.wait_for("  commit ")
    pane = seen.call("display-message", "-p", "#{pane_pid}").strip()
    children = subprocess.run(["pgrep", "-P", pane], capture_output=True, text=True).stdout.split()
    subprocess.run(["kill", f"-{sent}", *children], check=True)
    screen = seen.wait_for("^STATUS 0")
    assert "executions a second" not in screen  # the screen of before is back


def test_it_waits_for_a_recording_and_shows_it_when_it_comes(build, terminal, tmp_path):
    (tmp_path / "later").mkdir()
    seen = terminal("later")
    seen.wait_for("waiting for a recording")
    assert build.run_watched([build.sample("orders_customer_lazy"), "50", "5"], tmp_path / "later/shop.pb").returncode == 0
    assert "0 running" in seen.wait_for(r"^\* .* 50 ")


def test_once_is_text_with_rates(build, server, tmp_path):
    run = build.run([build.viewer.absolute(), "top", "--once", "--interval=1", str(server.pid)], cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, b"")
    lines = run.stdout.decode().splitlines()
    row = next(line for line in lines if "select * from b" in line)
    assert row.startswith("* ") and 100 < int(row.split()[1].replace(",", "")) < 1100  # 20 for each round of 20 ms or more
    assert any("  commit " in line for line in lines)


def processor_s(pid):
    """What a process has spent, by /proc/PID/stat."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_it_takes_less_than_2_percent_of_a_processor(build, terminal, tmp_path):
    """In a terminal, for 10 s, beside a program that does 100,000 executions a second, or what a busy machine lets it."""
    (tmp_path / "count").touch()
    environment = dict(os.environ, LD_PRELOAD=str(build.agent.absolute()), NPLUS1_OUTPUT=str(tmp_path / "busy.pb"))
    with subprocess.Popen([build.program("sqlite", "counting_itself"), tmp_path / "count"], env=environment, stdout=subprocess.PIPE) as busy:
        try:
            assert busy.stdout.readline() == b"ready\n"
            seen = terminal("busy.pb", "--interval", "1")
            screen = seen.wait_for(r"^[1-9][\d,]{5,} executions a second")
            pane = seen.call("display-message", "-p", "#{pane_pid}").strip()
            top, = subprocess.run(["pgrep", "-P", pane, "nplus1"], capture_output=True, text=True).stdout.split()
            before, began = processor_s(top), time.monotonic()
            time.sleep(10)
            part = (processor_s(top) - before) / (time.monotonic() - began)
        finally:
            busy.kill()
    rate = int(re.search(r"^([\d,]+) executions a second", screen, re.MULTILINE)[1].replace(",", ""))
    print(f"{rate} executions a second, {100 * part:.2f} % of a processor")
    assert rate > 20000 and part < 0.02


@pytest.mark.parametrize("words, said", [(["999999999"], "no such process"), (["no/such.pb"], "No such file"), (["--interval=0"], "is no number of seconds"),
                                         (["a", "b"], "one process, recording or directory"), ([], "needs a terminal")])
def test_what_cannot_be_shown_is_one_line(build, tmp_path, words, said):
    run = build.run([build.viewer.absolute(), "top", *words], cwd=tmp_path)
    assert (run.returncode, run.stdout, len(run.stderr.splitlines())) == (2, b"", 1)
    assert run.stderr.startswith(b"nplus1: ") and said.encode() in run.stderr


def test_one_is_one(build, tmp_path):
    assert build.run_watched([build.sample("orders_customer_lazy"), "20", "5"], tmp_path / "shop.pb").returncode == 0
    first, second = build.view("top", "--once", "--interval=0.1", tmp_path / "shop.pb").stdout.decode().splitlines()[:2]
    assert first == "nplus1 top: orders_customer_lazy, 0 running, 1 finding"
    assert second.startswith("0 executions a second, ") and "; 27 executions and " in second and second.endswith(" in all")


def test_a_process_without_a_recording_is_said(build, tmp_path):
    run = build.run([build.viewer.absolute(), "top", "--once", str(os.getpid())], cwd=tmp_path)
    assert run.returncode == 2 and b"has no recording" in run.stderr


@pytest.mark.parametrize("kind", ["hostile", "markup"])
def test_no_escape_sequence_of_a_recording_reaches_the_terminal(build, made, kind):
    run = build.view("top", "--once", "--interval=0.1", made(kind))
    assert run.returncode == 0 and not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", run.stdout)
