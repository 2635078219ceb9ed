"""report --follow: each finding once, when it first holds."""
import os
import signal
import subprocess
import time

import pytest

pytestmark = pytest.mark.alone

SERVER = """
import sqlite3, sys
db = sqlite3.connect(":memory:")
db.executescript("create table a(id integer primary key); create table b(a integer); create table c(a integer);")
db.executemany("insert into a values (?)", [(7 * i + 3,) for i in range(9)])
db.commit()
def lazy_b():
    for id, in db.execute("select id from a").fetchall():
        db.execute("select * from b where a = ?", (id,)).fetchall()
def lazy_c():
    for id, in db.execute("select id from a").fetchall():
        db.execute("select * from c where a = ?", (id,)).fetchall()
for line in sys.stdin:
    globals()[line.strip()]()
    print("done", flush=True)
"""


@pytest.fixture
def follow(build, tmp_path):
    """The follower, and a function that starts the server beside it; both are ended."""
    started = []

    def start(command, **more):
        process = subprocess.Popen(command, cwd=tmp_path, text=True, **more)
        started.append(process)
        return process

    def server():
        (tmp_path / "server.py").write_text(SERVER)
        environment = dict(os.environ, LD_PRELOAD=str(build.agent.absolute()), NPLUS1_OUTPUT=f"{tmp_path}/recordings/")
        return start(["/usr/bin/python3", "server.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)

    def ask(process, words):
        process.stdin.write(words + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "done\n"

    (tmp_path / "recordings").mkdir()
    out = (tmp_path / "out").open("w")
    follower = start([build.viewer.absolute(), "report", "--follow", "recordings"], stdout=out, stderr=subprocess.PIPE)
    follower.lines = lambda: [line for line in (tmp_path / "out").read_text().splitlines() if not line.startswith(" ")]
    yield follower, server, ask
    for process in started:
        process.kill()
        process.wait()


def wait_for_lines(follower, count, seconds=20):
    until = time.monotonic() + seconds
    while len(follower.lines()) < count and time.monotonic() < until:
        time.sleep(0.1)
    return follower.lines()


def test_each_finding_is_written_once_and_it_ends_with_the_programs(follow):
    follower, server, ask = follow
    running = server()
    ask(running, "lazy_b")
    first, = wait_for_lines(follower, 1)
    assert "server.py:9: n_plus_one, proven: 9 executions of select * from b where a = ?, in lazy_b [" in first
    ask(running, "lazy_b")
    ask(running, "lazy_c")
    lines = wait_for_lines(follower, 2)
    assert len(lines) == 2 and lines[0] == first and "select * from c" in lines[1]
    running.stdin.close()
    assert running.wait(timeout=20) == 0
    assert follower.wait(timeout=20) == 0 and follower.stderr.read() == "" and follower.lines() == lines


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_it_waits_for_a_program_and_ends_when_asked(follow, sent):
    follower, _, _ = follow
    time.sleep(0.5)
    assert follower.poll() is None
    follower.send_signal(sent)
    assert follower.wait(timeout=20) == 0 and follower.lines() == []


def test_it_writes_lines_alone(build, tmp_path):
    for more in ("--json", "--html=x"):
        result = build.view("report", "--follow", more, cwd=tmp_path)
        assert result.returncode == 2 and b"nplus1 export --follow" in result.stderr


def test_it_ends_where_nothing_can_begin_any_more(build, tmp_path):
    """Recordings of programs that have ended: each finding is written, and there is nothing to wait for."""
    subprocess.run([build.program("tools", "make_recording"), "nested", tmp_path / "a.pb"], check=True)
    result = build.run([build.viewer.absolute(), "report", "--follow", "a.pb"], cwd=tmp_path)
    assert result.returncode == 0 and result.stdout.count(b": n_plus_one, proven: ") == 2 and result.stderr == b""
