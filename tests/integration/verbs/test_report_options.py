"""What of a report is shown: kinds, numbers, and what its table adds up by."""
import json
import re

import pytest


@pytest.fixture(scope="module")
def recording(build, tmp_path_factory):
    path = tmp_path_factory.mktemp("options") / "recording.pb"
    assert build.run_watched([build.sample("customers_orders_items_lazy"), "20", "3"], path).returncode == 0
    return path


def text_of(build, *words):
    result = build.view("report", *words)
    assert (result.returncode, result.stderr) == (0, b"")
    return result.stdout.decode()


def findings(build, *words):
    return json.loads(text_of(build, "--json", *words))["findings"]


def test_findings_are_chosen_by_kind_number_and_rank(build, recording):
    everything = findings(build, recording)
    counts = [finding["executions"] for finding in everything]
    assert len(counts) == 2 and {finding["kind"] for finding in everything} == {"n_plus_one"}
    assert findings(build, "--kind=n_plus_one,write_loop", recording) == everything
    assert findings(build, "--kind", "write_loop", recording) == []
    assert findings(build, f"--min-executions={max(counts)}", recording) == everything[:1]
    assert findings(build, "--top=1", recording) == everything[:1]


def test_what_is_left_out_is_said_and_is_no_clean_bill(build, recording):
    text = text_of(build, "--kind=write_loop", recording)
    assert text.startswith("Nothing found of what was asked for in ")
    assert "note: 2 of 2 findings are not shown, as was asked for" in text
    assert "not shown" not in text_of(build, recording)


def rows_of(text, head):
    lines = text[text.index(head):].splitlines()[1:]
    return [line.split(maxsplit=4) for line in lines[:next(i for i, line in enumerate(lines) if not line.strip())]]


@pytest.mark.parametrize("by", ["statement", "file"])
def test_the_table_adds_up_to_the_totals(build, recording, by):
    rows = rows_of(text_of(build, f"--by={by}", "--top=1000", recording), f"places  {by}")
    totals = build.report(recording)["totals"]
    assert sum(int(row[0].replace(",", "")) for row in rows) == totals["executions"]
    assert sum(int(row[1].replace(",", "")) for row in rows) == totals["rows"]


def test_statements_are_one_wherever_they_come_from(build, recording):
    report = build.report(recording)
    text = text_of(build, "--by=statement", "--top=1000", recording)
    assert len(rows_of(text, "places  statement")) == report["totals"]["statements"]


def test_scopes_have_their_executions(build, tmp_path):
    path = tmp_path / "recording.pb"
    assert build.run_watched([build.program("api", "scope_findings")], path).returncode == 0
    text = text_of(build, "--by=scope", path)
    assert re.search(r"^ +7 +1  lazy$", text, re.MULTILINE), text


@pytest.mark.parametrize("words", [["--by=x"], ["--kind=n_plus_two"], ["--kind="], ["--top=0"], ["--top=-1"], ["--min-executions=many"]])
def test_a_wrong_option_is_one_line(build, recording, words):
    result = build.view("report", *words, recording)
    assert (result.returncode, result.stdout) == (2, b"")
    assert len(result.stderr.splitlines()) == 1 and result.stderr.startswith(b"nplus1: report: --")
