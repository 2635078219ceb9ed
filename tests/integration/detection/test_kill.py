"""An end at a random moment, by SIGKILL, a crash, abort or _exit, loses nothing: the recording says what the program counted
itself, or one more.

NPLUS1_TEST_KILLS is how often this is tried."""
import os
import random
import re
import signal
import socket
import subprocess
import time

# The signal, and how the program ends by it.
ENDS = [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGSEGV, -signal.SIGSEGV), (signal.SIGUSR1, 17), (signal.SIGUSR2, -signal.SIGABRT)]
KILLS = int(os.environ.get("NPLUS1_TEST_KILLS", "40"))


def kill_once(build, folder, number, seed):
    own, recording = folder / f"{number}.count", folder / f"{number}.pb"
    environment = dict(os.environ, LD_PRELOAD=str(build.agent), NPLUS1_OUTPUT=str(recording))
    with subprocess.Popen([build.program("sqlite", "counting_itself"), own], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        time.sleep(random.Random(seed).uniform(0, 0.02))  # the random moment
        sent, status = ENDS[number % len(ENDS)]
        process.send_signal(sent)
        assert process.wait() == status
    return int.from_bytes(own.read_bytes(), "little"), recording


def test_every_recording_of_a_killed_program_is_exact(build, tmp_path):
    seed = random.randrange(1 << 32)
    print("seed", seed)
    lengths = set()
    for number in range(KILLS):
        own, recording = kill_once(build, tmp_path, number, seed + number)
        report = build.report(recording)
        assert report["totals"]["executions"] - own in (0, 1), f"run {number} of seed {seed}"
        assert sum(group["executions"] for group in report["groups"]) == report["totals"]["executions"]
        process, = report["processes"]
        assert (process["ended"], process["left_out"], process["complete"]) == ("killed", 0, True)
        info = build.view("info", recording)
        assert (info.returncode, info.stderr) == (0, b"")
        assert b"\nended                 killed\n" in info.stdout
        assert b"\nfile                  whole\n" in info.stdout
        lengths.add(report["totals"]["executions"])
    assert len(lengths) > KILLS // 2  # the moments do differ


def test_who_runs_on_another_host_is_not_called_killed(build, tmp_path):
    """The recordings of a container, read outside of it: its processes cannot be seen from there."""
    _, recording = kill_once(build, tmp_path, 0, 1)
    here, there = socket.gethostname().encode(), bytes(len(socket.gethostname())).replace(b"\0", b"x")
    field = bytes([9 << 3 | 2, len(here)])
    recording.write_bytes(recording.read_bytes().replace(field + here, field + there, 1))
    text = build.view("report", recording).stdout.decode()
    assert f" has not written that it ended; it may still run on {there.decode()}\n" in text and "was killed" not in text
    assert re.search(rf"^ended +unknown: it ran on {there.decode()}$", build.view("info", recording).stdout.decode(), re.MULTILINE)
    _, another = kill_once(build, tmp_path, 4, 2)
    text = build.view("report", recording, another).stdout.decode()
    assert "2 processes: 0 exited, 1 were killed or left by _exit, 0 are still running, 1 may still run on other hosts\n" in text


def test_a_program_that_still_runs_can_be_read_at_any_time(build, tmp_path):
    own, recording = tmp_path / "count", tmp_path / "recording.pb"
    environment = dict(os.environ, LD_PRELOAD=str(build.agent), NPLUS1_OUTPUT=str(recording))
    last = 0
    with subprocess.Popen([build.program("sqlite", "counting_itself"), own], env=environment, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline() == b"ready\n"
            for _ in range(5):
                before = int.from_bytes(own.read_bytes(), "little")
                report = build.report(recording)
                after = int.from_bytes(own.read_bytes(), "little")
                assert before <= report["totals"]["executions"] <= after + 1
                assert report["totals"]["executions"] > last
                last = report["totals"]["executions"]
                assert [entry["ended"] for entry in report["processes"]] == ["running"]
        finally:
            process.kill()


LEFT_OPEN = """
import os, signal, sqlite3, time
db = sqlite3.connect("shop.db", isolation_level=None)
db.execute("CREATE TABLE t(id INTEGER)")
db.execute("BEGIN IMMEDIATE")
db.execute("INSERT INTO t VALUES (1)")
time.sleep(0.7)
db.execute("DELETE FROM t")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_transaction_that_the_killed_program_had_open_for_long(build, tmp_path):
    recording = tmp_path / "recording.pb"
    assert build.run_watched(["/usr/bin/python3", "-c", LEFT_OPEN], recording, cwd=tmp_path).returncode == -signal.SIGKILL
    report = build.report(recording)
    finding, = report["findings"]
    assert finding["kind"] == "long_transaction"
    assert report["groups"][finding["group"] - 1]["statement"]["text"] == "begin immediate"
    evidence = finding["evidence"]
    assert 0.7e9 <= evidence["open_ns"] < 60e9 and evidence["busy_ns"] < 0.1e9, evidence
