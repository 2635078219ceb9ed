"""The Ruby samples: what each executes is known beforehand, counted by its client's hook, and reported; findings are at the script's lines."""
import json
import shutil

import pytest
from conftest import ROOT

SOURCES = ROOT / "samples/ruby"
SIZES = (2, 2000)
# Tables from whose rows the values come, outermost first; all other scenes are as they should be.
LAZY = {
    "authors_books_lazy": ["authors"],
    "books_author_lazy": ["books"],
    "customers_orders_items_lazy": ["customers", "orders"],
}
SCENES = {
    "sqlite3": ["authors_books_lazy", "authors_books_joined", "customers_orders_items_lazy", "customers_orders_items_grouped"],
    "pg": ["authors_books_lazy", "authors_books_joined", "customers_orders_items_lazy", "customers_orders_items_grouped"],
    "activerecord": ["authors_books_lazy", "authors_books_includes", "authors_books_preload", "authors_books_eager_load",
                     "books_author_lazy", "books_author_includes", "customers_orders_items_lazy",
                     "customers_orders_items_includes"],
    "sequel": ["authors_books_lazy", "authors_books_eager", "authors_books_eager_graph", "customers_orders_items_lazy",
               "customers_orders_items_eager"],
}
SYSTEMS = {"sqlite3": ["sqlite"], "pg": ["postgresql"], "activerecord": ["sqlite", "postgresql"], "sequel": ["sqlite", "postgresql"]}
CASES = [(sample, system, scene, size) for sample, scenes in SCENES.items() for system in SYSTEMS[sample] for scene in scenes
         for size in SIZES]


def run_sample(build, server, tmp_path, sample, system, scene, size):
    assert shutil.which("ruby"), "ruby is not installed"
    command = ["ruby", SOURCES / f"{sample}_shop.rb", scene]
    variables = {"SAMPLE_SIZE": str(size)}
    if system == "postgresql":
        variables.update(server.variables)
        command.append(server.new_database())
    recording = tmp_path / f"{scene}.pb"
    run = build.run_watched(command, recording, **variables)
    assert run.returncode == 0, run.stderr.decode()
    assert run.stderr == b""
    return json.loads(run.stdout), build.report(recording)


def markers(sample):
    return {number for number, line in enumerate((SOURCES / f"{sample}_shop.rb").read_text().splitlines(), 1) if "# N+1 here" in line}


without_load = {}  # executions of a sample that fills its tables and loads nothing, whatever their size


@pytest.mark.parametrize("sample, system, scene, size", CASES, ids=["-".join(map(str, case)) for case in CASES])
def test_scene(build, server, tmp_path, sample, system, scene, size):
    counts, report = run_sample(build, server, tmp_path, sample, system, scene, size)
    if (sample, system) not in without_load:
        without_load[sample, system] = run_sample(build, server, tmp_path, sample, system, "nothing", size)[1]["totals"]["executions"]
    load = report["totals"]["executions"] - without_load[sample, system]
    assert (counts["hook"], load) == (counts["expected"], counts["expected"])
    groups = {group["id"]: group for group in report["groups"]}
    # One list of all 2,000 keys is too long, and is said to be.
    findings = sorted((finding for finding in report["findings"] if size <= 1000 or finding["kind"] != "large_in_list"),
                      key=lambda finding: finding["executions"])
    assert [(finding["kind"], finding["confidence"]) for finding in findings] == [("n_plus_one", "proven")] * len(LAZY.get(scene, []))
    for finding, table in zip(findings, LAZY.get(scene, [])):
        assert f"from {table}" in groups[finding["parent"]]["statement"]["text"].replace('"', "").replace("`", "")
        assert (finding["location"]["file"], finding["location"]["line"] in markers(sample)) == (str(SOURCES / f"{sample}_shop.rb"), True)
    assert len({finding["location"]["line"] for finding in findings}) == len(findings)
    assert len({finding["root"] for finding in findings}) <= 1  # nested loads are one tree


@pytest.mark.parametrize("sample", ("sqlite3",))
def test_two_places_that_share_a_function_are_two_findings(build, server, tmp_path, sample):
    _, report = run_sample(build, server, tmp_path, sample, "sqlite", "two_places", 20)
    assert [(finding["confidence"], finding["executions"]) for finding in report["findings"]] == [("proven", 20)] * 2
    assert len({finding["signature"] for finding in report["findings"]}) == 2


def test_two_thousand_children(build, server, tmp_path):
    counts, report = run_sample(build, server, tmp_path, "activerecord", "sqlite", "authors_books_lazy", 2000)
    assert counts["hook"] == counts["expected"] == 2001
    assert [(finding["confidence"], finding["executions"], finding["parent_column"]) for finding in report["findings"]] == [
        ("proven", 2000, "id")]


def test_stacks_are_those_of_the_script(build, server, tmp_path):
    _, report = run_sample(build, server, tmp_path, "activerecord", "sqlite", "authors_books_lazy", 2)
    frames = [frame for group in report["groups"] for frame in group["stack"]]
    assert {frame["language"] for frame in frames} == {"ruby"}
    assert {frame["file"] for frame in frames if frame["in_app"]} <= {str(SOURCES / name) for name in (
        "activerecord_shop.rb", "common.rb")}
    assert "includes(" in report["findings"][0]["advice"]["text"]
