"""Advice in the words of today's versions: Django 6.1 has fetch modes, django-guardian asks for permissions in bulk."""
import pytest
from conftest import ROOT

PROGRAM = ROOT / "tests/programs/advice/django_today.py"
CAUSES = {
    "authors": ("join", ["fetch_mode(FETCH_PEERS)"]),
    "titles_left_out": ("cache", ["name the column in only()", "fetch_mode(FETCH_PEERS)"]),
    "permissions": ("selectin", ["prefetch_perms()", "get_objects_for_user()"]),
}
APPLIED = {"authors_applied": "authors", "titles_left_out_applied": "titles_left_out", "permissions_applied": "permissions",
           "permissions_applied_otherwise": "permissions"}


@pytest.fixture(scope="module")
def report_of(today, build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("today")
    database = folder / "site.db"
    prepared = today.run(PROGRAM, "prepare", database, seen=[folder])
    assert prepared.returncode == 0, prepared.stderr.decode()

    def report(function):
        recording = folder / f"{function}.pb"
        if not recording.exists():
            run = today.run_watched(recording, PROGRAM, function, database)
            assert run.returncode == 0, run.stderr.decode()
        return build.report(recording)
    return report


def loops_of(report):
    return [finding for finding in report["findings"] if finding["kind"] in ("n_plus_one", "duplicate_query")]


@pytest.mark.parametrize("function", CAUSES)
def test_the_advice_has_the_words_of_the_version(report_of, function):
    strategy, words = CAUSES[function]
    finding, *_ = loops_of(report_of(function))
    assert finding["location"]["file"] == str(PROGRAM)
    assert finding["advice"]["strategy"] == strategy, finding["advice"]["text"]
    assert all(word in finding["advice"]["text"] for word in words), finding["advice"]["text"]


@pytest.mark.parametrize("function", APPLIED)
def test_doing_what_it_says_ends_the_loop(report_of, function):
    loop, applied = report_of(APPLIED[function]), report_of(function)
    assert loops_of(loop) and not loops_of(applied)
    assert applied["totals"]["executions"] <= loop["totals"]["executions"] - 8  # of ten rows, and one statement instead
