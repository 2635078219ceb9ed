"""nplus1 check: what lets it fail, and what does not."""
import json

import pytest


@pytest.fixture(scope="module")
def recordings(build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("check")
    for name, size in (("users_posts_lazy", [20]), ("users_posts_selectin", [20]), ("authors_books_lazy", [30])):
        assert build.run_watched([build.sample(name), *size], folder / f"{name}.pb").returncode == 0
    return folder


def lines(run):
    return run.stdout.decode().splitlines()


def test_findings_are_status_1_and_a_line_each(build, recordings):
    run = build.view("check", recordings / "users_posts_lazy.pb")
    findings = build.report(recordings / "users_posts_lazy.pb")["findings"]
    assert run.returncode == 1
    assert len(lines(run)) == len(findings) == 1
    finding, = findings
    assert "users_posts_lazy.c:" in lines(run)[0] and "n_plus_one" in lines(run)[0]
    assert lines(run)[0].endswith(f"[{finding['signature']}]")
    assert len(run.stderr.splitlines()) == 1


def test_none_is_status_0_and_silence(build, recordings):
    run = build.view("check", recordings / "users_posts_selectin.pb")
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")


def test_several_recordings_are_checked_together(build, recordings):
    run = build.view("check", recordings)
    assert run.returncode == 1
    assert len(lines(run)) == 2


def test_fail_on_chooses(build, recordings):
    path = recordings / "users_posts_lazy.pb"
    confidence = build.report(path)["findings"][0]["confidence"]
    assert build.view("check", "--fail-on", "possible", path).returncode == 1
    assert build.view("check", "--fail-on", "n_plus_one", path).returncode == 1
    assert build.view("check", "--fail-on", "write_loop", path).returncode == 0
    assert build.view("check", "--fail-on", "write_loop,n_plus_one:likely", path).returncode == 1
    assert build.view("check", "--fail-on", "proven", path).returncode == (1 if confidence == "proven" else 0)
    assert build.view("check", "--fail-on", "n_plus_one:certain", path).returncode == 2


def test_what_the_baseline_has_does_not_count(build, recordings, tmp_path):
    baseline = tmp_path / "baseline.json"
    baseline.write_bytes(build.view("report", "--json", recordings / "users_posts_lazy.pb").stdout)
    assert build.view("check", "--baseline", baseline, recordings / "users_posts_lazy.pb").returncode == 0
    run = build.view("check", "--baseline", baseline, recordings)
    assert run.returncode == 1
    assert len(lines(run)) == 1 and "authors_books_lazy.c" in lines(run)[0]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": 1}', "null"])
def test_a_baseline_that_is_none_is_trouble(build, recordings, tmp_path, content):
    baseline = tmp_path / "baseline.json"
    baseline.write_text(content)
    run = build.view("check", "--baseline", baseline, recordings)
    assert run.returncode == 2
    assert len(run.stderr.splitlines()) == 1


def test_suppressions_by_signature_and_by_glob(build, recordings, tmp_path):
    path = recordings / "users_posts_lazy.pb"
    signature = build.report(path)["findings"][0]["signature"]
    file = tmp_path / "suppressions"
    for line, status in ((signature, 0), ("0123456789abcdef", 1), ("kind=n_plus_one", 0), ("kind=write_loop", 1),
                         ("file=users_*.c function=load_posts", 0), ("file=users_*.c function=other", 1),
                         ('statement="select*from posts*"', 0), ("# only a comment", 1), ("", 1)):
        file.write_text(f"# a comment\n{line}\n")
        assert build.view("check", "--suppressions", file, path).returncode == status, line


def test_a_suppression_that_is_wrong_is_trouble_with_its_line(build, recordings, tmp_path):
    file = tmp_path / "suppressions"
    file.write_text("# fine\ncolour=blue\n")
    run = build.view("check", "--suppressions", file, recordings)
    assert run.returncode == 2
    assert b"2" in run.stderr and len(run.stderr.splitlines()) == 1
    assert build.view("check", "--suppressions", tmp_path / "missing", recordings).returncode == 2


def test_a_suppression_that_nothing_needed_is_mentioned(build, recordings, tmp_path):
    file = tmp_path / "suppressions"
    file.write_text("kind=write_loop\n")
    run = build.view("check", "--suppressions", file, recordings / "users_posts_selectin.pb")
    assert run.returncode == 0
    assert b"suppressions" in run.stderr


def test_signatures_stay_when_the_data_grows(build, recordings, tmp_path):
    assert build.run_watched([build.sample("users_posts_lazy"), 50], tmp_path / "grown.pb").returncode == 0
    small, grown = (json.loads(build.view("report", "--json", path).stdout)["findings"]
                    for path in (recordings / "users_posts_lazy.pb", tmp_path / "grown.pb"))
    assert [finding["signature"] for finding in small] == [finding["signature"] for finding in grown]
