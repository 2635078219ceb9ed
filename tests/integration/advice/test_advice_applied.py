"""Advice for loops that have other causes than a lazy relationship: it names the cause, and doing what it says ends the loop."""
import pytest
from conftest import ROOT

PROGRAMS = ROOT / "tests/programs/advice"
SQLALCHEMY, DJANGO, ACTIVERECORD = "sqlalchemy_causes.py", "django_causes.py", "activerecord_causes.rb"

# program, its function, kind, strategy, words of the advice
CAUSES = [
    (SQLALCHEMY, "expired", "n_plus_one", "cache", ["commit once behind the loop", "expire_on_commit=False"]),
    (SQLALCHEMY, "refreshed", "n_plus_one", "cache", ["leave refresh() out", "populate_existing()"]),
    (SQLALCHEMY, "left_out", "n_plus_one", "cache", ["undefer()"]),
    (SQLALCHEMY, "of_a_subclass", "n_plus_one", "cache", ["selectin_polymorphic()", "with_polymorphic()"]),
    (SQLALCHEMY, "one_post_each", "n_plus_one", "selectin", ["selectinload(", "users.id"]),
    (DJANGO, "left_out", "n_plus_one", "cache", ["name the column in only()"]),
    (DJANGO, "refreshed", "n_plus_one", "cache", ["leave refresh_from_db() out", "filter(pk__in=[...])"]),
    (DJANGO, "exists", "n_plus_one", "aggregate", ["Exists(", "annotate()"]),
    (DJANGO, "counts", "n_plus_one", "aggregate", ["annotate() with Count"]),
    (DJANGO, "unique", "n_plus_one", "selectin", ["filter(<the key>__in=[...])", "ignore_conflicts"]),
    (DJANGO, "updates", "write_loop", "batch", ["bulk_update()"]),
    (ACTIVERECORD, "reloaded", "n_plus_one", "cache", ["leave reload out", "where(id: [...])"]),
    (ACTIVERECORD, "exists", "n_plus_one", "aggregate", ["distinct.pluck"]),
    (ACTIVERECORD, "unique", "n_plus_one", "selectin", ["pluck", "insert_all"]),
    (ACTIVERECORD, "deletes", "write_loop", "batch", ["delete_all"]),
    (ACTIVERECORD, "joined", "n_plus_one", "selectin", ["collect the values of users.name"]),
]
APPLIED = [(program, before + "_applied", before) for program, before, *_ in CAUSES] + [
    (SQLALCHEMY, "expired_applied_otherwise", "expired"), (SQLALCHEMY, "of_a_subclass_applied_otherwise", "of_a_subclass")]


def report_of(build, tmp_path, program, function):
    interpreter = ["ruby"] if program.endswith(".rb") else ["/usr/bin/python3", "-B"]
    recording = tmp_path / f"{function}.pb"
    run = build.run_watched([*interpreter, PROGRAMS / program, function, tmp_path / f"{function}.db"], recording)
    assert run.returncode == 0, run.stderr.decode()
    return build.report(recording)


def loops_of(report):
    return [finding for finding in report["findings"] if finding["kind"] in ("n_plus_one", "write_loop")]


@pytest.mark.parametrize("program, function, kind, strategy, words", CAUSES, ids=str)
def test_the_advice_names_the_cause(build, tmp_path, program, function, kind, strategy, words):
    findings = [finding for finding in loops_of(report_of(build, tmp_path, program, function)) if finding["kind"] == kind]
    assert findings
    advice = findings[0]["advice"]
    assert advice["strategy"] == strategy, advice["text"]
    assert all(word in advice["text"] for word in words), advice["text"]
    assert not advice["sql"] or " as child " not in advice["sql"]


@pytest.mark.parametrize("program, function, before", APPLIED, ids=str)
def test_doing_what_it_says_ends_the_loop(build, tmp_path, program, function, before):
    loop, applied = report_of(build, tmp_path, program, before), report_of(build, tmp_path, program, function)
    of_loop = {finding["signature"] for finding in loops_of(loop)}
    assert of_loop
    if function != "expired_applied_otherwise":  # which goes on committing for each row
        assert not loops_of(applied)
    assert applied["totals"]["executions"] <= loop["totals"]["executions"] - 7  # of ten rows, and up to three statements instead


def test_a_mappers_alias_is_shown_as_the_column_that_it_stands_for(build, tmp_path):
    finding, = loops_of(report_of(build, tmp_path, ACTIVERECORD, "joined"))
    assert finding["parent_column"] == "t1_r1"
    assert finding["parent_column_source"] == "users.name"
    text = build.view("report", tmp_path / "joined.pb").stdout.decode()
    assert "column users.name of the parent" in " ".join(text.split())
