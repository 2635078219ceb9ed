"""Stacks with weights: folded, pprof, speedscope."""
import gzip
import json
import re
from collections import Counter

import pytest
from jsonschema import Draft7Validator

from consumers.browser import rows_of

CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]")


def folded(build, *words):
    """Stacks and weights: a list of (frames, number)."""
    result = build.view("export", "-f", "folded", *words)
    assert (result.returncode, result.stderr) == (0, b"")
    assert not CONTROL.search(result.stdout)
    lines = [line.rpartition(" ") for line in result.stdout.decode().splitlines()]
    return [(stack.split(";"), int(number)) for stack, _, number in lines]


@pytest.mark.parametrize("kind", ["clean", "nested", "likely", "hostile"])
def test_the_weights_add_up_to_the_totals_of_the_report(build, made, kind):
    path = made(kind)
    totals = build.report(path)["totals"]
    assert sum(number for _, number in folded(build, path)) == totals["executions"]
    assert sum(number for _, number in folded(build, "--weight", "time", path)) == totals["time_ns"] // 1000
    assert folded(build, "--weight=executions", path) == folded(build, path)


def test_the_weights_of_many_groups_add_up_although_each_is_rounded(build, made):
    path = made("big", "5000")
    totals = build.report(path)["totals"]
    assert totals["time_ns"] % 1000 or totals["groups"] == 5000
    assert sum(number for _, number in folded(build, "--weight=time", path)) == totals["time_ns"] // 1000
    assert sum(number for _, number in folded(build, path)) == totals["executions"]


def test_frames_stand_outermost_first_and_the_statement_last(build, tmp_path):
    recording = tmp_path / "shop.pb"
    assert build.run_watched([build.sample("orders_customer_lazy"), "100"], recording).returncode == 0
    stacks = folded(build, recording)
    [child] = [frames for frames, number in stacks if number == 100]
    assert child[-1].startswith("select ") and " from customers " in child[-1]
    functions = [frame.split(" ")[0] for frame in child[:-1]]
    assert functions.index("main") < functions.index("load_customer")
    assert functions[-1].startswith("sqlite3_") or "load_customer" in functions[-2:]
    assert re.fullmatch(r"load_customer \(\w+\.c:\d+\)", child[functions.index("load_customer")])


def test_names_cannot_break_the_format(build, made):
    stacks = folded(build, made("hostile"))
    assert len(stacks) == 2
    assert [len(frames) for frames, _ in stacks] == [3, 2]
    assert all("\\x1b" in frames[-1] for frames, _ in stacks)


def top(consumers, path, *words):
    """Name -> flat number, of `go tool pprof -top`."""
    text = consumers.pprof("-top", "-nodecount=1000000", "-nodefraction=0", *words, path)
    return {match[2]: match[1] for match in re.finditer(r"^ *(\S+) +\S+ +\S+ +\S+ +\S+  (\S.*)$", text, re.MULTILINE)}


def test_pprof_lists_statements_and_places(consumers, made, exported):
    profile = exported("pprof", made("nested"))
    flat = top(consumers, profile)
    assert flat["select id, price from items where order_id = ?"] == "300"
    assert flat["load_items"] == "0"
    assert top(consumers, profile, "-sample_index=rows")["select id, price from items where order_id = ?"] == "900"
    assert top(consumers, profile, "-sample_index=time", "-unit=ms")["select id, price from items where order_id = ?"] == "3ms"
    assert "/opt/shop/app.py:11" in consumers.pprof("-traces", "-lines", profile)


def test_pprof_tells_fingerprint_database_and_finding_as_labels(consumers, made, exported):
    profile = exported("pprof", made("nested"))
    tags = consumers.pprof("-tags", profile)
    for key, value in (("fingerprint", "0000000000000003"), ("database", "/srv/shop.db"), ("system", "sqlite"), ("finding", "n_plus_one"),
                       ("confidence", "proven")):
        assert re.search(rf"^ *{key}: Total.*?\): {re.escape(value)}$", tags, re.MULTILINE | re.DOTALL), tags
    assert "list_customers" in top(consumers, profile)
    assert "list_customers" not in top(consumers, profile, "-tagfocus=finding=n_plus_one")


@pytest.mark.parametrize("kind", ["clean", "nested", "likely", "hostile"])
def test_the_samples_of_pprof_add_up_to_the_report(build, consumers, made, exported, kind):
    path = made(kind)
    total = re.search(r" of (\d+) total", consumers.pprof("-top", exported("pprof", path)))[1]
    assert int(total) == build.report(path)["totals"]["executions"]


def test_pprof_is_compressed(made, exported):
    data = exported("pprof", made("nested")).read_bytes()
    assert data[:2] == b"\x1f\x8b" and b"load_items" in gzip.decompress(data)
    assert data[4:8] == b"\0\0\0\0"  # no time, or no two would be the same


def speedscope(path):
    """The frames' names and, for each profile, the stacks with their weights."""
    document = json.loads(path.read_text())
    names = [frame["name"] for frame in document["shared"]["frames"]]
    return document, [[([names[i] for i in stack], weight) for stack, weight in zip(profile["samples"], profile["weights"], strict=True)]
                      for profile in document["profiles"]]


@pytest.mark.parametrize("kind", ["clean", "nested", "likely", "hostile"])
def test_speedscope_accepts_what_adds_up(build, consumers, made, exported, kind):
    path = made(kind)
    schema = json.loads((consumers.package("speedscope") / "dist/release/file-format-schema.json").read_text())
    document, (executions, times) = speedscope(exported("speedscope", path))
    Draft7Validator(schema).validate(document)
    totals = build.report(path)["totals"]
    assert sum(weight for _, weight in executions) == totals["executions"] == document["profiles"][0]["endValue"]
    assert sum(weight for _, weight in times) == totals["time_ns"] == document["profiles"][1]["endValue"]


def test_speedscope_has_the_stacks_of_folded(build, made, exported):
    path = made("nested")
    _, (executions, _) = speedscope(exported("speedscope", path))
    assert [([frame.split(" (")[0] for frame in stack[:-1]] + stack[-1:], weight) for stack, weight in folded(build, path)] == executions


def test_speedscope_shows_the_profile(consumers, made, exported, tmp_path):
    picture = tmp_path / "speedscope.png"
    shown = consumers.show_speedscope(exported("speedscope", made("nested")), picture)
    assert shown["title"] == "shop - speedscope"
    assert "executions" in shown["words"] and "time in the database" in shown["words"]
    table = shown["table"]
    assert table[table.index("select id, price from items where order_id = ?") - 2:][0] == "300 (91%)"
    assert {"load_items", "load_orders", "list_customers"} <= set(table)
    # The overview at the top: 300 of 331 executions are as wide as that.
    colours = Counter(list(rows_of(picture))[60])
    colour, pixels = colours.most_common(1)[0]
    assert pixels == pytest.approx(1000 * 300 / 331, rel=0.03) and max(colour) - min(colour) > 20, colours
