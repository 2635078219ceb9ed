"""Executables whose ELF notes are damaged: the agent reads those of every module that is on a stack."""
import subprocess


def test_notes_that_are_not_as_linkers_write_them_harm_nobody(build, tmp_path):
    program, recording = build.program("loading", "odd_notes"), tmp_path / "recording.pb"
    notes = subprocess.run(["readelf", "--wide", "--segments", program], capture_output=True, text=True, check=True).stdout
    sizes = [int(line.split()[5], 16) for line in notes.splitlines() if line.split()[:1] == ["NOTE"]]
    assert any(size % 4 for size in sizes), notes
    result = build.run_watched([program], recording)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"7\n", b"")
    assert build.report(recording)["totals"]["executions"] == 3
