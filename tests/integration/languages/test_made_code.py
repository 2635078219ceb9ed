"""Code that a just-in-time compiler makes belongs to no file: its statements are counted and proven, and the report says what stands there."""


def test_a_loop_in_made_code_is_told_without_an_address_that_means_nothing(build, tmp_path):
    path = tmp_path / "recording.pb"
    assert build.run_watched([build.program("languages", "made_code")], path).returncode == 0
    finding, = build.report(path)["findings"]
    assert (finding["kind"], finding["confidence"], finding["executions"]) == ("n_plus_one", "proven", 6)
    text = build.view("report", path).stdout.decode()
    assert "where   code made at run time\n" in text
    assert "?+0x" not in text
