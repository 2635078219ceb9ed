"""Test clients that call the application in the same process: nobody sees how many requests there are, so what may be one lookup for each
is no likely loop; a loop inside of a request is one."""

import pytest
from conftest import ROOT

PROGRAMS = ROOT / "tests/programs/test_clients"
COMMANDS = {"flask": ["/usr/bin/python3", PROGRAMS / "in_flask.py"], "django": ["/usr/bin/python3", PROGRAMS / "in_django.py"],
            "fastapi": ["/usr/bin/python3", PROGRAMS / "in_fastapi.py"],
            "rack": ["/usr/bin/ruby", PROGRAMS / "in_rack.rb"], "plack": ["/usr/bin/perl", PROGRAMS / "in_plack.pl"]}
LOOKUP, SIGNS, LOOP = ("select name from orders where id = ?", "select name from users where id = ?",
                       "select name from items where order_id = ?")


@pytest.fixture(params=COMMANDS)
def findings_of(request, build, tmp_path):
    """By statement: (kind, confidence, executions, parent's column)."""
    def run(what):
        result = build.run_watched([*COMMANDS[request.param], what], tmp_path / "recording.pb")
        assert (result.returncode, result.stderr) == (0, b""), result.stderr.decode()
        report = build.report(tmp_path / "recording.pb")
        texts = {group["id"]: group["statement"]["text"] for group in report["groups"]}
        return {texts[f["group"]]: (f["kind"], f["confidence"], f["executions"], f["parent_column"]) for f in report["findings"]}
    return run


def test_a_lookup_for_each_request_is_only_possible(findings_of):
    found = findings_of("numbers")
    assert found == {LOOKUP: ("n_plus_one", "possible", 20, None), SIGNS: ("duplicate_query", "possible", 20, None)}


def test_rows_that_the_test_read_prove_nothing_in_its_requests(findings_of):
    found = findings_of("rows")
    assert found == {LOOKUP: ("n_plus_one", "possible", 20, "id"), SIGNS: ("duplicate_query", "possible", 20, None)}


def test_a_loop_inside_of_a_request_is_proven(findings_of):
    assert findings_of("list") == {LOOP: ("n_plus_one", "proven", 20, "id")}


@pytest.mark.parametrize("findings_of", ["flask", "django", "fastapi"], indirect=True)
def test_rows_of_one_request_prove_nothing_in_the_next_ones(findings_of):
    """Of the same place in the test, which asks for the list first."""
    found = findings_of("pages")
    assert found == {LOOP: ("n_plus_one", "proven", 20, "id"), LOOKUP: ("n_plus_one", "possible", 20, "id"),
                     SIGNS: ("duplicate_query", "possible", 20, None)}
