"""Where a recording is written: owned by whom, and what is said when it cannot be. What README says of daemons and containers."""
import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

PYTHON = "/usr/bin/python3"
NOBODY = 65534
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="needs root: other users, chroot")


@pytest.fixture
def folder():
    """One that other users come to: pytest's own are its user's alone."""
    path = Path(tempfile.mkdtemp(prefix="nplus1-output-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def directory(path, mode, owner=0):
    path.mkdir(parents=True)
    path.chmod(mode)
    os.chown(path, owner, owner)
    return path


def run(build, output, *before, **variables):
    """A daemon: it starts as root, does what is given, and runs a statement."""
    program = "\n".join(["import os, sqlite3", *before, "sqlite3.connect(':memory:').execute('select 1')"])
    return build.run_watched([PYTHON, "-c", program], f"{output}/", **variables)


DROP = f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})"


@needs_root
def test_after_a_setuid_drop_the_recording_is_the_users_and_its_directory_must_be(build, folder):
    recordings = directory(folder / "recordings", 0o700, NOBODY)
    result = run(build, recordings, DROP)
    assert (result.returncode, result.stderr) == (0, b"")
    recording, = recordings.iterdir()
    assert (stat.S_IMODE(recording.stat().st_mode), recording.stat().st_uid) == (0o600, NOBODY)


@needs_root
def test_a_directory_of_root_is_told_in_one_line(build, folder):
    recordings = directory(folder / "recordings", 0o700)
    result = run(build, recordings, DROP)
    assert result.returncode == 0 and list(recordings.iterdir()) == []
    line, = result.stderr.decode().splitlines()
    assert line.startswith(f"nplus1: {recordings}/nplus1.python3.") and line.endswith(": Permission denied: nothing is recorded")


@needs_root
def test_a_sticky_directory_is_for_several_users(build, folder):
    recordings = directory(folder / "recordings", 0o1733)
    for before in ("", DROP):
        assert run(build, recordings, before).stderr == b""
    assert sorted(path.stat().st_uid for path in recordings.iterdir()) == [0, NOBODY]


@needs_root
def test_after_a_chroot_the_path_is_one_inside_and_the_program_has_its_name(build, folder):
    recordings = directory(folder / "jail/var/recordings", 0o700, NOBODY)
    result = run(build, "/var/recordings", f"os.chroot('{folder}/jail'); os.chdir('/')", DROP)
    assert (result.returncode, result.stderr) == (0, b"")
    recording, = recordings.iterdir()
    assert recording.name.startswith("nplus1.python3.")
    assert build.report(recording)["processes"][0]["program"].startswith("python3")


def test_a_program_that_was_replaced_before_its_first_statement_has_its_name(build, tmp_path):
    program, recordings = tmp_path / "shop", tmp_path / "recordings"
    shutil.copy("/usr/bin/sqlite3", program)
    variables = {**os.environ, "LD_PRELOAD": build.preloads, "NPLUS1_OUTPUT": f"{recordings}/"}
    with subprocess.Popen([program, ":memory:"], env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        process.stdin.write(".print begun\n")
        process.stdin.flush()
        assert process.stdout.readline() == "begun\n"
        program.unlink()
        assert process.communicate("select 1;", timeout=60)[0] == "1\n" and process.returncode == 0
    recording, = recordings.iterdir()
    assert recording.name.startswith("nplus1.shop.")
    assert build.report(recording)["processes"][0]["program"] == "shop"


def test_a_directory_that_is_not_there_is_made_for_its_owner_but_none_above_it(build, tmp_path):
    assert run(build, tmp_path / "a").stderr == b""
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700 and len(list((tmp_path / "a").iterdir())) == 1
    result = run(build, tmp_path / "b/c")
    assert result.returncode == 0 and not (tmp_path / "b").exists() and result.stderr.count(b"\n") == 1
