"""What a recording says of itself (texts, names of functions, files, databases) acts on nothing that reads an output: each is read by a parser of others."""
import csv
import gzip
import io
import json
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import pytest

GROUPS = 300
RAW = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]")  # controls of terminals, and of the order of letters


@pytest.fixture(params=["texts", "hostile", "markup"])
def recording(request, made):
    return made(request.param, *([str(GROUPS)] if request.param == "texts" else []))


TEXTS = (["report"], ["report", "--by=statement"], ["report", "--by=file"], ["report", "--by=scope"], ["report", "--color=always"], ["check"],
         ["check", "--gen-suppressions"], ["dump"], ["info"], ["top", "--once", "--interval=0.1"], ["export", "-f", "github"],
         ["export", "-f", "markdown"], ["export", "-f", "folded"], ["export", "-f", "csv"], ["export", "-f", "openmetrics"],
         ["export", "-f", "junit"], ["export", "-f", "gitlab"], ["export", "-f", "sarif"], ["export", "-f", "speedscope"], ["export", "-f", "json"])


@pytest.mark.parametrize("words", TEXTS, ids=[" ".join(words) for words in TEXTS])
def test_no_output_has_a_control_character_of_the_recording(build, recording, words):
    result = build.view(*words, recording)
    assert result.returncode in (0, 1) and result.stdout
    shown = result.stdout.replace(b"\r\n", b"\n") if "csv" in words else result.stdout  # as RFC 4180 ends lines
    own = re.sub(rb"\x1b\[[0-9;]*m", b"", shown) if "--color=always" in words else shown
    assert not RAW.search(own) and not RAW.search(result.stderr)
    own.decode("utf-8", "strict")


def test_a_difference_has_none_either(build, recording, made):
    for words in ((made("clean"), recording), ("--json", recording, made("clean")), (recording, recording)):
        result = build.view("diff", *words)
        assert result.returncode in (0, 1) and not RAW.search(result.stdout) and not RAW.search(result.stderr)


@pytest.mark.parametrize("form", ["json", "sarif", "gitlab", "speedscope"])
def test_json_is_json(build, recording, form):
    value = json.loads(build.view("export", "-f", form, recording).stdout)
    assert value


def test_xml_is_xml(build, recording):
    text = build.view("export", "-f", "junit", recording).stdout
    assert {element.tag for element in ElementTree.fromstring(text).iter()} <= {"testsuites", "testsuite", "testcase", "failure"}
    lint = subprocess.run(["xmllint", "--noout", "--nonet", "-"], input=text, capture_output=True)
    assert (lint.returncode, lint.stderr) == (0, b"")


def test_a_table_has_its_columns_and_no_formula(build, recording):
    rows = list(csv.reader(io.StringIO(build.view("export", "-f", "csv", recording).stdout.decode(), newline="")))
    assert len(rows) > 1 and {len(row) for row in rows} == {len(rows[0])}
    assert not [cell for row in rows for cell in row if cell.lstrip()[:1] in ("=", "+", "-", "@")]


class Page(HTMLParser):
    """The elements of a page, and their attributes."""

    def __init__(self):
        super().__init__()
        self.scripts, self.tags, self.attributes = 0, set(), set()

    def handle_starttag(self, tag, attrs):
        self.scripts += tag == "script"
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_a_page_has_no_element_of_the_recording(build, made, recording):
    def parsed(path):
        page = Page()
        page.feed(build.view("export", "-f", "html", path).stdout.decode())
        return page
    clean, hostile = parsed(made("clean")), parsed(recording)
    assert (hostile.scripts, hostile.tags, hostile.attributes) == (clean.scripts, clean.tags, clean.attributes)


def test_a_profile_is_a_profile(build, recording):
    data = build.view("export", "-f", "pprof", recording).stdout
    assert gzip.decompress(data)
    assert build.view("export", "-f", "otlp", recording).returncode == 0


def test_a_comment_has_no_element_of_the_recording(build, consumers, recording):
    html = consumers.render_markdown(build.view("export", "-f", "markdown", recording).stdout.decode())
    assert not re.search(r"<(script|img|iframe|svg|form)\b", html)


def test_an_agent_reads_one_line_of_json_for_each_answer(build, recording, tmp_path):
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_findings", "arguments": {"confidence": "possible"}}}
    run = subprocess.run([build.viewer.absolute(), "mcp", recording], cwd=tmp_path, input=json.dumps(call).encode() + b"\n", capture_output=True, timeout=30)
    [line] = run.stdout.splitlines()
    answer = json.loads(line)
    assert answer["result"]["isError"] is False and not RAW.search(line)
