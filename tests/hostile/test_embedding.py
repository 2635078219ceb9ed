"""A program that has an interpreter inside: its script's frames where the script asks, its own frames elsewhere."""
import ctypes.util


def test_an_interpreter_that_only_its_program_sees_is_found(build, tmp_path):
    library = ctypes.util.find_library("python3.11")
    assert library, "libpython3.11 is not installed"
    alone = build.run([build.hostile("embeds_python"), library])
    run = build.run_watched([build.hostile("embeds_python"), library], tmp_path / "recording.pb")
    assert (run.returncode, run.stdout, run.stderr) == (0, alone.stdout, b"")
    report = build.report(tmp_path / "recording.pb")
    assert report["totals"]["executions"] == int(run.stdout)
    lookups = [group for group in report["groups"] if group["statement"]["text"].startswith("select v")]
    python = [group for group in lookups if group["stack"][0]["language"] == "python"]
    assert sum(group["executions"] for group in lookups) == 60
    assert [group["executions"] for group in python] == [30]
    assert [frame["function"] for frame in python[0]["stack"]] == ["ask", "from_script", "<module>"]
    for group in lookups:
        functions = [frame["function"] for frame in group["stack"]]
        assert group in python or functions[:2] == ["lookup", "own_loop"]
