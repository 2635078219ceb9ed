"""report --html in a real browser: used by clicks and keys, looked at by axe, with hostile and with large recordings."""
import re
import time

import pytest


def page_of(build, tmp_path, *paths):
    page = tmp_path / "report.html"
    result = build.view("report", "--html", page, *paths)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    return page


def clean(seen):
    """Nothing is fetched, nothing fails, nobody is shut out."""
    assert (seen["requests"], seen["errors"], seen["dialogs"], seen["scripts"], seen["turns"]) == ([], [], 0, 0, False)
    assert seen["violations"] == {"light": [], "dark": []}
    assert seen["wider"] <= 0 and seen["column"] >= 280 and not seen["covered"]
    assert seen["printed"] == ["rgb(26, 31, 36)", "rgb(255, 255, 255)"]


def test_a_person_finds_the_line_and_what_to_do(build, consumers, tmp_path):
    recording = tmp_path / "shop.pb"
    assert build.run_watched([build.sample("customers_orders_items_lazy"), "20", "3"], recording).returncode == 0
    seen = consumers.use_page(page_of(build, tmp_path, recording), tmp_path)
    clean(seen)
    assert seen["title"] == "nplus1: customers_orders_items_lazy" and seen["verdict"].startswith("2 findings, ")
    assert (seen["findings"], seen["proven"], seen["none"]) == (2, 2, [0, 0])
    assert seen["toggled"] and seen["linked"] and seen["theme"] == "dark" and seen["first_stop"] == "Skip to the findings"
    assert "customers_orders_items_lazy.c" in seen["opened"] and "What to do" in seen["opened"] and "+ select" in seen["opened"]
    assert "load_items" in seen["stack"] and "main" in seen["stack"]
    report = build.report(recording)
    counts = [group["executions"] for group in report["groups"]]
    assert (seen["most"], seen["least"], seen["sorted"]) == (max(counts), min(counts), "Executions")
    assert seen["rows"] == len(counts) and seen["frame"] == seen["zoomed"] and seen["back"]
    for picture in ("light.png", "dark.png"):
        assert (tmp_path / picture).stat().st_size > 20000


KEYS = """
import sqlite3
db = sqlite3.connect(":memory:")
db.executescript("create table carts(sku text, region text); create table prices(sku text, region text, price int)")
for i in range(20):
    db.execute("insert into carts values (?, ?)", (f"sku{i * 7 % 11:02}", ["eu", "us", "as"][i * i % 3]))
for sku, region in db.execute("select sku, region from carts").fetchall():
    db.execute("select price from prices where sku = ? and region = ?", (sku, region)).fetchone()
"""


def test_a_composite_key_is_told_whole(build, consumers, tmp_path):
    (tmp_path / "keys.py").write_text(KEYS)
    assert build.run_watched(["/usr/bin/python3", tmp_path / "keys.py"], tmp_path / "keys.pb").returncode == 0
    seen = consumers.use_page(page_of(build, tmp_path, tmp_path / "keys.pb"), tmp_path)
    assert "Column sku of the parent is parameter 1: 20 of 20 executions; in the same rows region is parameter 2." in seen["opened"]


@pytest.mark.parametrize("kind", ["clean", "hostile"])
def test_what_a_recording_says_is_never_markup(build, consumers, made, tmp_path, kind):
    page = page_of(build, tmp_path, made(kind))
    text = page.read_text()
    data = re.search(r'<script type="application/json" id="data">\n(.*?)\n</script>', text, re.DOTALL)[1]
    assert "<" not in data
    clean(consumers.use_page(page, tmp_path))


def test_markup_in_names_and_statements_stays_text(build, consumers, made, tmp_path):
    clean(consumers.use_page(page_of(build, tmp_path, made("markup")), tmp_path))


@pytest.mark.alone  # has seconds to be drawn in
def test_five_thousand_groups(build, consumers, made, tmp_path):
    seen = consumers.use_page(page_of(build, tmp_path, made("big", "5000")), tmp_path, "large")
    clean(seen)
    assert seen["rows"] == 100 and seen["more_rows"] == 600
    assert seen["load_ms"] < 5000


def test_what_is_possible_comes_after_what_is_sure_and_is_counted_apart(build, consumers, made, tmp_path):
    """A page has no room for all of these, and the most frequent ones are only possible."""
    recording = made("big", "5000")
    findings = build.report(recording)["findings"]
    sure = sum(finding["confidence"] != "possible" for finding in findings)
    assert findings[0]["confidence"] == "possible" and 2000 < sure < len(findings)
    seen = consumers.use_page(page_of(build, tmp_path, recording), tmp_path, "read")
    assert seen["verdict"].startswith(f"{sure:,} findings, ") and f"; {len(findings) - sure:,} more that are possible" in seen["verdict"]
    assert len(seen["heads"]) >= 100 and not any("possible" in head.split("executions")[0] for head in seen["heads"])


def test_a_place_without_a_name_is_an_address(build, consumers, made, tmp_path):
    """As the terminal has it; that the function is called ? says nothing."""
    recording = made("big", "200")
    nameless = [finding for finding in build.report(recording)["findings"] if finding["location"]["function"] == "?"]
    assert nameless
    seen = consumers.use_page(page_of(build, tmp_path, recording), tmp_path, "read")
    assert sum("tools/make_recording+0x" in head for head in seen["heads"]) >= min(len(nameless), 1)
    assert not any(head.split("?select")[0] != head for head in seen["heads"])


def test_each_execution_of_the_parent_keeps_one_of_the_child(build, consumers, tmp_path):
    """Three processes load their orders once each: three executions are left, not one."""
    runs = tmp_path / "runs"
    runs.mkdir()
    for number in range(3):
        assert build.run_watched([build.sample("orders_customer_lazy"), "100", "10"], runs / f"{number}.pb").returncode == 0
    seen = consumers.use_page(page_of(build, tmp_path, runs), tmp_path)
    head, = seen["heads"]
    assert "300 executions \u2192 3 when fixed" in head and seen["name"] == "orders_customer_lazy (3 processes)"


def test_the_page_is_the_same_each_time(build, made, tmp_path):
    path = made("nested")
    first = page_of(build, tmp_path, path).read_bytes()
    assert page_of(build, tmp_path, path).read_bytes() == first
    assert build.view("export", "-f", "html", path).stdout == first


def test_a_large_recording_takes_three_seconds_at_the_most(build, made, tmp_path):
    path = made("big", "100000")
    began = time.monotonic()
    page_of(build, tmp_path, path)
    taken, size = time.monotonic() - began, path.stat().st_size / 2**20
    assert taken < 3 * max(1, size / 64) * 2, f"{taken:.1f} s for {size:.0f} MiB"  # twice, for a machine that is busy


def test_wrong_uses_are_said(build, made, tmp_path):
    for words in (["--html", tmp_path / "x.html", "--json"], ["--html="], ["--html", tmp_path / "no/such/x.html"]):
        result = build.view("report", *words, made("clean"))
        assert result.returncode == 2 and len(result.stderr.splitlines()) in (1, 2) and b"nplus1: " in result.stderr
