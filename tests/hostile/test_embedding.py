"""A program that has an interpreter inside: its script's frames where the script asks, its own frames elsewhere."""
import ctypes.util


def test_an_interpreter_that_only_its_program_sees_is_found(build, tmp_path):
    library = ctypes.util.find_library("python3.11")
    assert library, "libpython3.11 is not installed"
    alone = build.run([build.program("languages", "embeds_python"), library])
    run = build.run_watched([build.program("languages", "embeds_python"), library], tmp_path / "recording.pb")
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


def test_a_perl_inside_of_a_program_is_asked_only_while_it_runs(build, tmp_path):
    library = ctypes.util.find_library("perl")
    assert library, "libperl is not installed"
    run = build.run_watched([build.program("languages", "embeds_perl"), library], tmp_path / "recording.pb")
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")
    report = build.report(tmp_path / "recording.pb")
    lookups = [group for group in report["groups"] if group["statement"]["text"].startswith("select v")]
    perl = {group["stack"][-2]["function"]: group for group in lookups if group["stack"][0]["language"] == "perl"}
    assert {function: group["executions"] for function, group in perl.items()} == {"main::from_script": 30, "main::called": 7}
    assert [frame["function"] for frame in perl["main::from_script"]["stack"]][-3:] == ["main::look", "main::from_script", "<main>"]
    own = [group for group in lookups if group["stack"][0]["language"] == "c"]
    assert sum(group["executions"] for group in own) == 40
    assert {frame["function"] for group in own for frame in group["stack"][:2]} == {"ask", "own_loop"}
    assert not any("Perl" in note for note in report["notes"])


def test_a_ruby_inside_of_a_program_is_not_asked_when_it_has_ended(build, tmp_path):
    library = ctypes.util.find_library("ruby-3.1")
    assert library, "libruby3.1 is not installed"
    run = build.run_watched([build.program("languages", "embeds_ruby"), library], tmp_path / "recording.pb")
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")
    lookups = [group for group in build.report(tmp_path / "recording.pb")["groups"]
               if group["statement"]["text"].startswith("select v")]
    ruby = [group for group in lookups if group["stack"][0]["language"] == "ruby"]
    assert [group["executions"] for group in ruby] == [30]
    assert [frame["function"] for frame in ruby[0]["stack"]][:1] == ["look"] and ruby[0]["stack"][-1]["function"] == "<main>"
    assert sum(group["executions"] for group in lookups) == 80
    for group in lookups:
        assert group in ruby or [frame["function"] for frame in group["stack"]][:2] == ["lookup", "own_loop"]


def test_a_tcl_that_only_its_program_sees_is_found_and_left_as_it_is(build, tmp_path):
    command = [build.program("languages", "embeds_tcl"), "libtcl8.6.so", build.program("languages", "foreign_package.so")]
    alone = build.run(command)
    run = build.run_watched(command, tmp_path / "recording.pb")
    assert (alone.returncode, alone.stderr) == (0, b"")
    assert (run.returncode, run.stdout, run.stderr) == (0, alone.stdout, b"")
    reports = [build.report(path) for path in tmp_path.glob("recording.pb*")]
    assert sorted(report["totals"]["executions"] for report in reports) == sorted(map(int, run.stdout.split())) == [50, 61]
    for report in reports:
        lookups = [group for group in report["groups"] if group["statement"]["text"].startswith("select v")]
        tcl = [group for group in lookups if group["stack"][0]["language"] == "tcl"]
        assert [group["executions"] for group in tcl] == [30]
        assert [frame["function"] for frame in tcl[0]["stack"]] == ["ask", "from_script", "<main>"]
        assert sum(group["executions"] for group in lookups) in (50, 60)
        for group in lookups:
            functions = [frame["function"] for frame in group["stack"]]
            assert group in tcl or functions[:2] == ["lookup", "own_loop"]


def test_what_sqlite_inside_of_a_module_runs_for_itself_does_not_count_in_a_thread_that_did_not_prepare(build, tmp_path):
    command = [build.program("loading", "runs_module"), build.program("loading", "embedded_threads.so")]
    run = build.run_watched(command, tmp_path / "recording.pb")
    assert (run.returncode, run.stderr) == (0, b"")
    assert build.report(tmp_path / "recording.pb")["totals"]["executions"] == int(run.stdout) == 5
