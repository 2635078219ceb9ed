"""CONTRIBUTING.md says truly which files a new client library touches, README.md how many packages the first command installs."""
import re
from pathlib import Path

import tree

ROOT = Path(__file__).resolve().parents[2]
AT_MOST = 12
# What names the one that is there: by its number, its dialect, its collector or its library.
NAMED = re.compile(r"\b(DATABASE|SYSTEM|DOCTOR)_POSTGRESQL\b|\bdialect_postgresql\b|\bpq_[a-z]|\blibpq\b(?!/)|collectors/libpq")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|^\s*#(?!include)[^\n]*", re.DOTALL | re.MULTILINE)
FOLDERS = ("collectors/libpq/", "collectors/postgresql/")
# A driver that exists only for libpq, and where its version stands: doctor works without such a row.
OPTIONAL = {"viewer/doctor/drivers.c", "viewer/doctor/elf/version.c"}


def listed():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    table = text.partition("<!-- client: begin -->")[2].partition("<!-- client: end -->")[0]
    return re.findall(r"^\| (\S+\.\S+) \|", table, re.MULTILINE)


def naming():
    for name in map(str, tree.files(ROOT, ".c", ".h", ".S", ".proto", "meson.build")):
        if name.startswith(("agent/", "collectors/", "exporter/", "viewer/")) and not name.startswith(FOLDERS):
            if NAMED.search(COMMENT.sub("", (ROOT / name).read_text())):
                yield name


def test_the_files_of_a_client_are_few_and_there():
    names = listed()
    assert 0 < len(names) <= AT_MOST
    assert [name for name in names if not (ROOT / name).is_file()] == []


def test_no_other_file_names_a_client():
    assert set(naming()) - OPTIONAL <= set(listed())


def test_the_first_command_installs_few_packages():
    part = re.search(r"^\[build\].*?\n(.*?)\n\n", (ROOT / "scripts/packages.txt").read_text(), re.DOTALL | re.MULTILINE)[1]
    count = len([line for line in part.splitlines() if line and not line.startswith("#")])
    words = {12: "twelve", 13: "thirteen", 14: "fourteen", 15: "fifteen"}
    assert f"installs {words[count]} packages" in (ROOT / "README.md").read_text()
