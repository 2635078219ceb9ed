"""What is compiled without call frame information is followed by what its code does to the stack: as exact, and at the program's own lines."""
import pytest


@pytest.mark.parametrize("name", ["without_tables", "without_tables_unoptimized", "without_tables_framed"])
def test_the_loop_is_told_at_its_own_line(build, tmp_path, name):
    path = tmp_path / "recording.pb"
    run = build.run_watched([build.program("languages", name)], path)
    assert (run.returncode, run.stdout) == (0, b"30 items\n")
    finding, = build.report(path)["findings"]
    assert (finding["kind"], finding["confidence"], finding["executions"]) == ("n_plus_one", "proven", 30)
    assert finding["loop"]["function"] == "show_page"
    assert finding["location"]["function"] == "count_items"
    (group,) = [g for g in build.report(path)["groups"] if g["executions"] == 30]
    assert [f["function"] for f in group["stack"] if (f["file"] or "").endswith("without_tables.c")] == ["count_items", "show_page", "main"]
