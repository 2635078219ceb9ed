"""Keys that are 1, 2, 3 and so on: a loop over rows is proven by its own column, and one over numbers of the program's own is not."""
from pathlib import Path

import pytest
from python_samples import PYTHON

SCRIPT = Path(__file__).with_name("dense_keys.py")
SIZES = (60, 700, 3000)  # the log of rows has 512 of a result
NUMBERS = ("counts_from_the_second", "counts_through_the_keys_of_its_own_rows", "counts_through_the_keys_of_its_own_pairs", "counts_short_of_the_last", "counts_after_each_list", "counts_from_the_second_after_each_list",
           "draws", "counts_through_the_pages", "counts_from_nought_to_the_end_of_the_last_page", "draws_after_pages_of_two", "counts_from_one_list_into_another",
           "counts_beyond_a_list_that_others_hold")
LOOPS = {"all_of_them": "id", "all_of_them_after_each_list": "id", "the_last_one_first": "id", "some_of_them": "id", "pages": "id",
         "while_they_are_read_till_half": "id",
         "while_they_are_read_but_the_first_ones": "author_id", "while_they_are_read_every_third_one": "id", "a_foreign_key": "author_id", "a_foreign_key_through_an_identity_map": "author_id",
         "a_foreign_key_that_a_mapper_has_named": "author_id_1",
         "a_key_that_a_mapper_names_behind_its_value": "id"}
ONLY_SQLITE = tuple(loop for loop in LOOPS if loop.startswith("while_"))  # psycopg2 has read all rows before it gives the first one


def whole_report(build, path, server, system, loop, authors):
    variables = {**server.variables, "PGDATABASE": server.new_database()} if server else {}
    run = build.run_watched([PYTHON, "-B", SCRIPT, system, loop, authors], path, **variables)
    assert (run.returncode, run.stderr) == (0, b""), run.stderr.decode()
    return build.report(path)


def report_of(*arguments):
    report = whole_report(*arguments)
    [finding] = [finding for finding in report["findings"] if finding["kind"] == "n_plus_one"]
    return report, finding


def finding_of(*arguments):
    _, finding = report_of(*arguments)
    return finding["confidence"], finding["parent_column"]


def cases(sizes):
    return [(loop, size) for loop in (*NUMBERS, *LOOPS) for size in sizes]


@pytest.mark.parametrize("loop, size", cases(SIZES))
def test_sqlite(build, tmp_path, loop, size):
    expected = ("proven", LOOPS[loop]) if loop in LOOPS else ("likely", None)
    assert finding_of(build, tmp_path / "recording.pb", None, "sqlite", loop, size) == expected


@pytest.mark.parametrize("loop, size", [case for case in cases(SIZES[:2]) if case[0] not in ONLY_SQLITE])
def test_psycopg2(build, server, tmp_path, loop, size):
    expected = ("proven", LOOPS[loop]) if loop in LOOPS else ("likely", None)
    assert finding_of(build, tmp_path / "recording.pb", server, "psycopg2", loop, size) == expected


@pytest.mark.parametrize("size", (5, 20, 60))
def test_the_first_rows_of_a_list_that_are_those_of_a_shorter_one(build, tmp_path, size):
    report, finding = report_of(build, tmp_path / "recording.pb", None, "sqlite", "a_list_behind_a_shorter_one", size)
    parent = next(group for group in report["groups"] if group["id"] == finding["parent"])
    assert (finding["confidence"], finding["parent_column"]) == ("proven", "id")
    assert parent["statement"]["text"] == "select id from book order by id"
    assert finding["evidence"]["matched"] == finding["evidence"]["searched"] > 2 * size


def test_each_of_many_loops_over_two_rows_is_proven(build, tmp_path):
    """Whatever the hashes of the two values."""
    report = whole_report(build, tmp_path / "recording.pb", None, "sqlite", "many_loops_over_two_rows", 400)
    assert [finding["confidence"] for finding in report["findings"]] == ["proven"] * 400
