"""Findings where code is reviewed: SARIF, JUnit XML, annotations of GitHub, code quality of GitLab, comments in Markdown."""
import json
import os
import re
import xml.etree.ElementTree as ElementTree
from html import unescape

import pytest

KINDS = ["clean", "nested", "likely", "hostile", "markup", "circle"]
LEVELS = {"proven": "error", "likely": "warning", "possible": "note"}
# That no project page is named (informationUri) is all that the validator may miss.
KNOWN = {"SARIF2005"}


def sarif(path):
    [run] = json.loads(path.read_text())["runs"]
    return run


@pytest.mark.parametrize("kind", KINDS)
def test_sarif_is_valid_to_its_makers(consumers, made, exported, kind):
    faults = consumers.sarif_faults(exported("sarif", made(kind)))
    assert [fault for fault in faults if fault[1] not in KNOWN] == []


def test_the_validator_finds_faults(consumers, made, exported):
    path = exported("sarif", made("nested"))
    path.write_text(path.read_text().replace('"ruleId"', '"rule"', 1).replace('"startLine": 11', '"startLine": 0'))
    assert "error" in {level for level, _, _ in consumers.sarif_faults(path)}


@pytest.mark.parametrize("kind", KINDS)
def test_sarif_has_a_result_for_each_finding(build, made, exported, kind):
    path = made(kind)
    report = build.report(path)
    run = sarif(exported("sarif", path))
    assert [(result["ruleId"], result["level"], result["partialFingerprints"]) for result in run["results"]] == [
        (finding["kind"], LEVELS[finding["confidence"]], {"nplus1Signature/v1": finding["signature"]}) for finding in report["findings"]]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert all(len(rule["help"]["text"]) > 40 for rule in rules)


def test_what_is_missing_is_no_clean_bill(consumers, build, made, exported, tmp_path):
    """A recording whose second half is gone has no finding, which says nothing about the program."""
    whole = made("nested")
    cut = tmp_path / "cut.pb"
    cut.write_bytes(whole.read_bytes()[:300])
    text = build.view("export", "-f", "markdown", cut).stdout.decode()
    assert "no findings" in text and "Something is missing" in text
    exported_cut = tmp_path / "cut.sarif"
    exported_cut.write_bytes(build.view("export", "-f", "sarif", cut).stdout)
    run = sarif(exported_cut)
    assert run["results"] == [] and "missing" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    assert [fault for fault in consumers.sarif_faults(exported_cut) if fault[1] not in KNOWN] == []
    junit = tmp_path / "cut.xml"
    junit.write_bytes(build.view("export", "-f", "junit", cut).stdout)
    assert "missing" in ElementTree.parse(junit).getroot().findtext("testsuite/system-err") and consumers.jenkins_faults(junit) == ""
    assert "system-err" not in exported("junit", whole).read_text()
    assert "invocations" not in sarif(exported("sarif", whole))
    assert "missing" not in build.view("export", "-f", "markdown", whole).stdout.decode()


def test_sarif_names_files_relative_to_the_root(made, exported):
    path = made("nested")
    for words, uri, base in ((("--root", "/opt"), "shop/app.py", "SRCROOT"), (("--root", "/srv"), "file:///opt/shop/app.py", None)):
        [first, _] = sarif(exported("sarif", *words, path))["results"]
        place = first["locations"][0]["physicalLocation"]
        assert (place["artifactLocation"]["uri"], place["artifactLocation"].get("uriBaseId"), place["region"]) == (uri, base, {"startLine": 11})


def test_sarif_relates_the_parent_and_the_loop(build, exported, tmp_path):
    recording = tmp_path / "shop.pb"
    assert build.run_watched([build.sample("orders_customer_lazy"), "100", "10"], recording).returncode == 0
    [finding] = build.report(recording)["findings"]
    [result] = sarif(exported("sarif", recording))["results"]
    related = {place["message"]["text"].split(",")[0]: place["physicalLocation"] for place in result["relatedLocations"]}
    assert set(related) == {"The loop.", "The parent"}
    assert related["The loop."]["region"]["startLine"] == finding["loop"]["line"]
    assert related["The parent"]["artifactLocation"] == result["locations"][0]["physicalLocation"]["artifactLocation"]


def test_who_reviews_a_change_sees_the_finding_at_the_loop(build, tmp_path):
    """As check names it; where the statement is sent, from a helper somewhere else, is told beside it."""
    recording = tmp_path / "shop.pb"
    assert build.run_watched([build.sample("orders_customer_lazy"), "100", "10"], recording).returncode == 0
    [finding] = build.report(recording)["findings"]
    loop, sent = ({**place, "file": os.path.relpath(place["file"])} for place in (finding["loop"], finding["location"]))
    assert loop["line"] != sent["line"]
    assert build.view("check", recording).stdout.decode().startswith(f"{loop['file']}:{loop['line']}: ")
    _, properties, message = command(build.view("export", "-f", "github", recording).stdout.decode().rstrip("\n"))
    assert (properties["file"], properties["line"]) == (loop["file"], str(loop["line"]))
    [issue] = json.loads(build.view("export", "-f", "gitlab", recording).stdout)
    assert issue["location"] == {"path": loop["file"], "lines": {"begin": loop["line"], "end": loop["line"]}}
    failure, = ElementTree.fromstring(build.view("export", "-f", "junit", recording).stdout).iter("failure")
    assert failure.text.startswith(f"{loop['file']}:{loop['line']}: N+1")
    for text in (message, issue["description"], failure.text):
        assert f"Query: {sent['function']}, {sent['file']}:{sent['line']}. Confidence: proven" in text


def test_what_shows_no_parent_names_its_statement(made, exported):
    [result, _] = sarif(exported("sarif", made("nested")))["results"]
    for text in (exported("junit", made("nested")).read_text(), exported("github", made("nested")).read_text(),
                 result["message"]["text"]):
        assert re.search("Join: column id of the rows of select id, total from orders where customer_id = \\? -(>|&gt;) parameter 1", text), text


@pytest.mark.parametrize("kind", KINDS + ["big"])
def test_jenkins_takes_the_junit_file(consumers, made, exported, kind):
    assert consumers.jenkins_faults(exported("junit", made(kind, *(["3000"] if kind == "big" else [])))) == ""


def test_the_schema_of_jenkins_finds_faults(consumers, made, exported):
    path = exported("junit", made("nested"))
    path.write_text(path.read_text().replace("<failure type", "<failure kind", 1))
    assert "failure" in consumers.jenkins_faults(path)


def test_a_place_with_a_finding_is_a_test_case_that_failed(made, exported):
    [suite] = ElementTree.parse(exported("junit", "--root", "/opt", made("nested"))).getroot()
    cases = {(case.get("classname"), case.get("name")): [failure.get("type") for failure in case] for case in suite}
    assert cases == {("shop/app.py", "list_customers"): [], ("shop/app.py", "load_orders"): ["n_plus_one"],
                     ("shop/app.py", "load_items"): ["n_plus_one"]}
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("shop", "3", "2")


def test_the_suite_has_the_names_of_all_programs(build, made):
    text = build.view("export", "-f", "junit", made("nested"), made("likely"), made("markup")).stdout.decode()
    [suite] = ElementTree.fromstring(text)
    assert suite.get("name").startswith("shop, =HYPERLINK(1)<script>")


def test_a_scope_is_a_test_case(made, exported):
    [suite] = ElementTree.parse(exported("junit", made("many", "4"))).getroot()
    assert [(case.get("classname"), case.get("name"), len(case)) for case in suite] == [
        ("scope", "load_0", 1), ("/opt/shop/app.py", "load_1", 1), ("scope", "load_2", 1), ("/opt/shop/app.py", "load_3", 1)]


def command(line):
    """(command, properties, message) as GitHub's runner reads a line."""
    match = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line)
    decode = lambda text: text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
    return match[1], dict(map(decode, pair.split("=", 1)) for pair in match[2].split(",")), decode(match[3])


@pytest.mark.parametrize("kind", KINDS)
def test_each_annotation_is_a_command_that_turns_back(build, made, kind):
    path = made(kind)
    report = build.report(path)
    lines = build.view("export", "-f", "github", path).stdout.decode().splitlines()
    assert len(lines) == len(report["findings"])
    for line, finding in zip(lines, report["findings"], strict=True):
        name, properties, message = command(line)
        assert name == LEVELS[finding["confidence"]].replace("note", "notice")
        assert properties["line"] == str((finding["loop"] or finding["location"])["line"])
        assert message.endswith(f"\nName: {finding['signature']}") and len(message.splitlines()) == 3


def parts(line):
    """A command as it is written: its name, its properties in any order, its message."""
    head, message = line[2:].split("::", 1)
    name, properties = head.split(" ", 1)
    return name, sorted(properties.split(",")), message


@pytest.mark.parametrize("kind", KINDS + ["texts"])
def test_annotations_are_those_that_the_toolkit_of_github_writes(consumers, build, made, kind):
    lines = build.view("export", "-f", "github", made(kind, *(["30"] if kind == "texts" else []))).stdout.decode().splitlines()
    read = [command(line) for line in lines if line.startswith("::")]
    asked = [(name, message, {{"line": "startLine"}.get(key, key): value for key, value in properties.items()}) for name, properties, message in read]
    assert [parts(line) for line in consumers.annotate(asked)] == [parts(line) for line in lines if line.startswith("::")]
    assert read or kind == "clean"


def test_ten_annotations_of_a_level_are_written_and_the_others_counted(build, made):
    lines = build.view("export", "-f", "github", made("many", "25")).stdout.decode().splitlines()
    assert len(lines) == 11 and lines[-1] == "15 more findings are not shown here; nplus1 report has all"
    shown = [int(re.search(r"(\d+) executions", command(line)[2])[1]) for line in lines[:-1]]
    assert shown == sorted(shown, reverse=True) == list(range(34, 24, -1))


@pytest.mark.parametrize("kind", KINDS)
def test_gitlab_has_the_fields_that_are_documented(build, made, kind):
    path = made(kind)
    issues = json.loads(build.view("export", "-f", "gitlab", "--root", "/opt", path).stdout)
    findings = build.report(path)["findings"]
    assert len(issues) == len(findings) and len({issue["fingerprint"] for issue in issues}) == len(issues)
    for issue, finding in zip(issues, findings, strict=True):
        assert set(issue) == {"type", "description", "check_name", "categories", "fingerprint", "severity", "location"}
        assert issue["fingerprint"].startswith(finding["signature"]) and issue["check_name"] == finding["kind"]
        assert issue["severity"] == {"proven": "major", "likely": "minor", "possible": "info"}[finding["confidence"]]
        line = finding["location"]["line"]
        assert issue["location"]["lines"] == {"begin": line, "end": line} and not issue["location"]["path"].startswith("./")


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_for_gitlab_is_one_of_code_climate(consumers, made, exported, kind):
    assert consumers.code_climate_faults(exported("gitlab", made(kind))) == ""


@pytest.mark.parametrize("right, wrong", [('"check_name"', '"check"'), ('"major"', '"error"'), ('"Performance"', '"Speed"'), ('"type": "issue",', ""),
                                          ('"begin": 11', '"begin": "11"')])
def test_the_types_of_code_climate_find_faults(consumers, made, exported, right, wrong):
    path = exported("gitlab", made("nested"))
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong, 1))
    assert re.search(r"^\S+\.ts\(\d+,\d+\): error TS2", consumers.code_climate_faults(path), re.MULTILINE)


def test_gitlab_takes_another_fingerprint_for_the_same_name(build, made):
    issues = json.loads(build.view("export", "-f", "gitlab", made("many", "200")).stdout)
    assert len({issue["fingerprint"] for issue in issues}) == 200


def outside_of_code(html):
    return unescape(re.sub(r"<[^>]*>", "", re.sub(r"<code.*?</code>", "", html, flags=re.DOTALL)))


@pytest.mark.parametrize("kind", KINDS)
def test_markdown_becomes_no_markup_of_the_data(consumers, build, made, kind):
    text = build.view("export", "-f", "markdown", made(kind)).stdout.decode()
    html = consumers.render_markdown(text)
    assert set(re.findall(r"<(\w+)", html)) <= {"h3", "p", "ol", "li", "ul", "strong", "code", "pre"}
    prose = outside_of_code(html)
    assert not re.search(r"(^|\W)@\w|(^|\W)[#!$%~&]\w|GH-\d|:tada:|://|www\.\w|\b[0-9a-f]{7,40}\b", prose)
    assert not re.search(r"^\s*/\w", text, re.MULTILINE), "GitLab would take it for a quick action"


def test_a_comment_has_what_the_report_says(consumers, build, made):
    text = build.view("export", "-f", "markdown", "--root", "/opt", made("nested")).stdout.decode()
    html = unescape(consumers.render_markdown(text))
    assert "nplus1: 2 findings in <code>shop</code>" in html
    assert "<code>shop/app.py:11</code> in <code>load_items</code>" in html
    assert "select order_id, id, price from items where order_id in (?, ?, ...)" in html
    assert "column id of the rows of select id, total from orders where customer_id = ? -> parameter 1 (300 of 300 executions)" in html


def test_a_comment_about_several_programs_names_none_of_them_alone(build, made):
    shop, other = made("nested"), made("hostile")
    assert build.view("export", "-f", "markdown", shop).stdout.decode().splitlines()[0].endswith(" in `shop`")
    several = build.view("export", "-f", "markdown", shop, other).stdout.decode()
    assert several.splitlines()[0].endswith(" in 2 processes")


@pytest.mark.parametrize("limit", [None, 2000, 20000, 1000000])
def test_a_comment_fits_and_says_what_is_left_out(build, made, limit):
    path = made("many", "1000")
    text = build.view("export", "-f", "markdown", *([f"--limit={limit}"] if limit else []), path).stdout.decode()
    shown = len(re.findall(r"^\d+\. \*\*", text, re.MULTILINE))
    assert len(text.encode()) <= (limit or 65536)
    if shown < 1000:
        assert text.splitlines()[-1].startswith(f"{1000 - shown} more findings are left out here")
    else:
        assert limit == 1000000


@pytest.mark.parametrize("form", ["sarif", "junit", "gitlab", "github", "markdown"])
def test_names_of_a_megabyte_harm_no_format(consumers, made, exported, form):
    path = exported(form, made("long", "1000000"))
    size = path.stat().st_size
    if form in ("github", "markdown"):
        assert size < 65536
    elif form == "junit":
        assert consumers.jenkins_faults(path) == ""
    else:
        assert json.loads(path.read_text()) and size > 1000000
