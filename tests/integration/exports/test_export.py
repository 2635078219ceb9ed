"""nplus1 export, whatever the format."""
import json
import os
import pty
import subprocess

import pytest

NAMES = "pprof, speedscope, folded, sarif, junit, github, gitlab, markdown, csv, otlp, openmetrics, html, json"
FORMATS = NAMES.split(", ")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", ["clean", "nested", "likely", "hostile"])
def test_the_same_recording_gives_the_same_bytes(build, made, kind, form):
    path = made(kind)
    first = build.view("export", "-f", form, path)
    assert (first.returncode, first.stderr) == (0, b"")
    assert build.view("export", "-f", form, path).stdout == first.stdout


@pytest.mark.parametrize("form", [form for form in FORMATS if form not in ("pprof", "otlp")])
def test_no_control_character_reaches_the_output(build, made, form):
    text = build.view("export", "-f", form, made("hostile")).stdout.decode()
    lines = text.replace("\r\n", "\n") if form == "csv" else text
    assert [c for c in lines if c != "\n" and (c < " " or "\x7f" <= c < "\xa0")] == []
    assert form in ("json", "html") or "\u202e" not in text  # the page shows it as an escape, see test_html


@pytest.mark.parametrize("form", ["pprof", "otlp"])
def test_a_terminal_gets_no_binary(build, made, form):
    ours, theirs = pty.openpty()
    result = subprocess.run([build.viewer, "export", "-f", form, made("nested")], stdin=subprocess.DEVNULL, stdout=theirs,
                            stderr=subprocess.PIPE, env={name: value for name, value in os.environ.items() if not name.startswith("OTEL_")})
    os.close(theirs)
    os.close(ours)
    assert result.returncode == 2
    assert result.stderr.decode() == f"nplus1: export: {form} is no text for a terminal; name a file with -o\n"


def test_json_is_what_report_says(build, made):
    path = made("nested")
    assert build.view("export", "-f", "json", path).stdout == build.view("report", "--json", path).stdout


def test_a_file_gets_the_output_and_is_replaced(build, made, tmp_path):
    path, out = made("nested"), tmp_path / "out.folded"
    out.write_text("what was there before, and is longer than the output\n" * 100)
    result = build.view("export", "-f", "folded", "-o", out, path)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    assert out.read_bytes() == build.view("export", "--format=folded", path).stdout
    result = build.view("export", "-f", "json", f"--output={tmp_path}/none/out", path)
    assert result.returncode == 2 and b"none/out: No such file or directory" in result.stderr


def test_a_recording_that_cannot_be_read_leaves_the_file_alone(build, tmp_path):
    out = tmp_path / "out.json"
    out.write_text("kept")
    assert build.view("export", "-f", "json", "-o", out, tmp_path / "none.pb").returncode == 2
    assert out.read_text() == "kept"


@pytest.mark.parametrize("words", [["report", "--html"], ["export", "-f", "csv", "-o"]], ids=" ".join)
def test_a_recording_is_never_written_over(build, made, tmp_path, words):
    """`report --html shop.pb` takes the recording for the page, and the newest one of the folder for what is to be shown."""
    recording = tmp_path / "shop.pb"
    recording.write_bytes(made("nested").read_bytes())
    result = build.view(*words, "shop.pb", cwd=tmp_path)
    assert result.returncode == 2 and result.stdout == b""
    assert result.stderr == b"nplus1: shop.pb: is a recording, which stays as it is; name another file\n"
    assert recording.read_bytes() == made("nested").read_bytes()
    for name in ("out", "out"):  # what is none is replaced, as ever
        assert build.view(*words, name, recording, cwd=tmp_path).returncode == 0


def test_a_dash_is_standard_output(build, made, tmp_path):
    path = made("nested")
    page = build.view("report", "--html", "-", path, cwd=tmp_path)
    assert page.returncode == 0 and page.stdout == build.view("export", "-f", "html", path).stdout
    traces = build.view("export", "-f", "otlp", "-o", "-", path, cwd=tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1")
    assert traces.returncode == 0 and traces.stdout == build.view("export", "-f", "otlp", path).stdout != b""
    assert not (tmp_path / "-").exists()


@pytest.mark.parametrize("form", FORMATS)
def test_a_full_disk_is_an_error(build, made, form):
    """stdio forgets why a write failed once there is nothing left to write."""
    command = ["export", "-f", form, made("nested")]
    result = build.view(*command, "-o", "/dev/full")
    assert (result.returncode, result.stderr) == (2, b"nplus1: /dev/full: No space left on device\n")
    with open("/dev/full", "wb") as full:
        result = subprocess.run([build.viewer, *command], stdout=full, stderr=subprocess.PIPE)
    assert (result.returncode, result.stderr) == (2, b"nplus1: standard output: No space left on device\n")


@pytest.mark.parametrize("words, said", [
    (["-f", "pprofile"], "unknown format 'pprofile'; known are " + NAMES),
    ([], "name a format with -f; known are " + NAMES),
    (["-f"], "option -f needs a value"),
    (["-f", "folded", "--weight=rows"], "--weight=rows: is not executions or time"),
    (["-f", "folded", "-o", ""], "option -o needs a file"),
    (["-f", "markdown", "--limit=10"], "--limit=10: is no number of bytes from 2000 on"),
    (["-f", "otlp", "--interval=0", "--follow", "."], "--interval=0: is no number of seconds from 1 to 86400"),
    (["-f", "otlp", "--follow", "."], "--follow needs a collector's URL in OTEL_EXPORTER_OTLP_ENDPOINT, or -o FILE"),
    (["-f", "csv", "--follow", "."], "--follow needs -o FILE with csv"),
    (["-f", "csv", "-o", "x", "--follow"], "--follow needs one directory"),
    (["-f", "csv", "--root", "none"], "none: No such file or directory"),
])
def test_a_wrong_command_line_is_told(build, tmp_path, words, said):
    result = build.view("export", *words, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, b"")
    assert said in result.stderr.decode() and len(result.stderr.splitlines()) == 1


def test_the_exported_json_can_be_a_baseline(build, made, tmp_path):
    path, baseline = made("nested"), tmp_path / "baseline.json"
    assert build.view("export", "-f", "json", "-o", baseline, path).returncode == 0
    assert json.loads(baseline.read_text())["findings"]
    assert build.view("check", "--baseline", baseline, path).returncode == 0
