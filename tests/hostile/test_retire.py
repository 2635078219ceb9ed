"""NPLUS1_MAX_FILES: a directory of recordings does not grow for ever, and nothing else in it is touched."""
import os
import subprocess


def record(build, output, **variables):
    run = build.run_watched([build.hostile("traps_processes"), "five"], output, **variables)
    assert (run.returncode, run.stderr) == (0, b"")


def test_the_newest_recordings_are_kept(build, tmp_path):
    seen = []
    for _ in range(6):
        record(build, f"{tmp_path}/", NPLUS1_MAX_FILES="3")
        seen += sorted({path.name for path in tmp_path.iterdir()} - set(seen))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(seen[-3:])
    assert len(seen) == 6
    for path in tmp_path.iterdir():
        assert build.report(path)["totals"]["executions"] == 5


def test_without_a_limit_all_are_kept(build, tmp_path):
    for _ in range(6):
        record(build, f"{tmp_path}/")
    assert len(list(tmp_path.iterdir())) == 6


def test_what_is_no_recording_of_this_name_stays(build, tmp_path):
    record(build, tmp_path / "mine.pb")
    record(build, tmp_path / "nplus1.of.another.form")
    elsewhere = tmp_path / "elsewhere.pb"
    record(build, elsewhere)
    (tmp_path / "recordings").mkdir()
    for name, data in {"nplus1.notes.1.2.pb": b"notes", "nplus1.empty.1.2.pb": b"", "nplus1.short.1.2.pb": b"\x80\x80\x80\x00\x0a"}.items():
        (tmp_path / "recordings" / name).write_bytes(data)
    (tmp_path / "recordings/nplus1.link.1.2.pb").symlink_to(elsewhere)
    os.mkfifo(tmp_path / "recordings/nplus1.fifo.1.2.pb")
    (tmp_path / "recordings/kept.pb").write_bytes(elsewhere.read_bytes())
    before = {path.name for path in (tmp_path / "recordings").iterdir()}
    for _ in range(3):
        record(build, f"{tmp_path}/recordings/", NPLUS1_MAX_FILES="1")
    after = {path.name for path in (tmp_path / "recordings").iterdir()}
    assert before < after and len(after) == len(before) + 1
    assert elsewhere.exists()


def test_the_recording_of_a_process_that_runs_stays(build, tmp_path):
    program = "import sqlite3, sys; sqlite3.connect(':memory:').execute('select 1'); print(flush=True); sys.stdin.read()"
    environment = dict(os.environ, LD_PRELOAD=str(build.agent), NPLUS1_OUTPUT=f"{tmp_path}/")
    with subprocess.Popen(["/usr/bin/python3", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as running:
        running.stdout.readline()
        first, = tmp_path.iterdir()
        for _ in range(3):
            record(build, f"{tmp_path}/", NPLUS1_MAX_FILES="1")
        assert first.exists() and len(list(tmp_path.iterdir())) == 2
        running.stdin.close()
    record(build, f"{tmp_path}/", NPLUS1_MAX_FILES="1")
    assert not first.exists() and len(list(tmp_path.iterdir())) == 1


def test_many_are_removed_a_few_at_a_time(build, tmp_path):
    for _ in range(20):
        record(build, f"{tmp_path}/")
    left = []
    for _ in range(4):
        record(build, f"{tmp_path}/", NPLUS1_MAX_FILES="2")
        left.append(len(list(tmp_path.iterdir())))
    assert left == [13, 6, 2, 2]
