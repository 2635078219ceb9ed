"""Each check passes a good tree and fails a bad one, naming the fault."""
import re
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def guarded(name, text):
    """A header as it should be; any other file as it is."""
    if not name.endswith(".h") or "#ifndef" in text:
        return text
    guard = "NPLUS1_" + re.sub("[./]", "_", name).upper()
    return f"#ifndef {guard}\n#define {guard}\n{text}#endif\n"


GOOD = {
    ".clang-format": (ROOT / ".clang-format").read_text(),
    "agent/base/arena.h": "struct arena;\n",
    "agent/sql/words.h": '#include "agent/base/arena.h"\n',
    "agent/group/group.h": '#include "exporter/stream/reader.h"\n',
    "agent/probe/probe.h": '#include "agent/base/arena.h"\n',
    "agent/probe/probe.c": '#include "agent/probe/probe.h"\n#include "agent/sql/words.h"\n',
    "collectors/collectors.c": '#include "agent/probe/probe.h"\n#include "collectors/sqlite3/sqlite3.h"\n',
    "collectors/sqlite3/sqlite3.h": '#include "agent/base/arena.h"\n#include "agent/probe/probe.h"\n',
    "exporter/stream/reader.h": '#include "exporter/stream/nplus1.pb-c.h"\n',
    "exporter/model/model.h": '#include "exporter/stream/reader.h"\n',
    "exporter/formats/json.c": '#include "exporter/model/model.h"\n',
    "viewer/main.c": '#include "exporter/formats/html.h"\n#include <stdio.h>\n',
    "exporter/formats/html.h": "struct html;\n",
    "samples/c/common/ids.h": "struct ids;\n",
    "samples/c/sqlite/lazy.c": '#include "ids.h"\n',
    "tests/unit/test_arena.c": '#include "agent/base/arena.h"\n#include "exporter/model/model.h"\n',
    "samples/c/sqlite/lazy/report.txt": "What is reported.\n",
    **{f"samples/{name}README.md": "A paragraph.\n" for name in ("", "c/", "c/common/", "c/sqlite/")},
    **{f"{name}/README.md": "A paragraph.\n" for name in ("exporter", "exporter/model", "exporter/formats", "exporter/stream", "viewer")},
    **{f"agent/{name}README.md": "A paragraph.\n" for name in ("", "base/", "group/", "probe/", "sql/", "tables/")},
    **{f"collectors/{name}README.md": "A paragraph.\n" for name in ("", "sqlite3/")},
    **{f"agent/tables/{i}.c": "" for i in range(23)},
    **{f"tests/fuzz/corpus/reader/{i}": "seed" for i in range(100)},
    "long.py": '"""Long because: it is a table."""\n' + "\n" * 700,
}

BAD = [
    ("format", "agent/base/a.c", "int  a;\n", "agent/base/a.c:1:"),
    ("includes", "agent/base/up.c", '#include "agent/probe/probe.h"\n', "agent/base/up.c:1: agent/base may not use agent/probe"),
    ("includes", "agent/sql/up.c", '\n# include "../probe/probe.h"\n', "agent/sql/up.c:2: agent/sql may not use agent/probe"),
    ("includes", "agent/group/up.c", '#include "agent/probe/probe.h"\n', "agent/group/up.c:1: agent/group may not use agent/probe"),
    ("includes", "agent/table.c", '#include "collectors/sqlite3/sqlite3.h"\n', "agent may not use collectors/sqlite3"),
    ("includes", "agent/view.c", '#include "exporter/model/model.h"\n', "agent may not use exporter/model"),
    ("includes", "agent/sql/a.c", '#include "exporter/stream/reader.h"\n', "agent/sql may not use exporter/stream"),
    ("includes", "collectors/libpq/a.c", '#include "exporter/stream/reader.h"\n', "collectors/libpq may not use exporter/stream"),
    ("includes", "collectors/libpq/a.c", '#include "collectors/sqlite3/sqlite3.h"\n', "collectors/libpq may not use collectors/sqlite3"),
    ("includes", "exporter/stream/a.c", '#include "agent/probe/probe.h"\n', "exporter/stream may not use agent/probe"),
    ("includes", "exporter/formats/a.c", '#include "exporter/stream/reader.h"\n', "exporter/formats may not use exporter/stream"),
    ("includes", "exporter/model/a.c", '#include "exporter/formats/html.h"\n', "exporter/model may not use exporter/formats"),
    ("includes", "viewer/a.c", '#include "agent/probe/probe.h"\n', "viewer may not use agent/probe"),
    ("includes", "samples/c/a.c", '#include "agent/base/arena.h"\n', "samples may not use agent/base"),
    ("includes", "viewer/gone.c", '#include "gone.h"\n', "viewer/gone.c:1: \"gone.h\" is not found"),
    ("includes", "lib/a.c", "", "lib/a.c: stands in no room"),
    ("folders", "agent/tables/more.c", "", "agent/tables: 25 files, more than 24"),
    ("folders", "agent/mail/post.c", "", "agent/mail: has no README.md"),
    ("folders", "samples/lua/shop.lua", "", "samples/lua: has no README.md"),
    ("guards", "agent/sql/lexer.h", "#ifndef NPLUS1_LEXER_H\n#define NPLUS1_LEXER_H\n#endif\n",
     "agent/sql/lexer.h: its guard is NPLUS1_LEXER_H, not NPLUS1_AGENT_SQL_LEXER_H"),
    ("guards", "tests/unit/check.h", "#ifndef NPLUS1_TESTS_UNIT_CHECK_H\n#define NPLUS1_TESTS_UNIT_CHEK_H\n#endif\n",
     "tests/unit/check.h: its guard is NPLUS1_TESTS_UNIT_CHECK_H"),
    ("guards", "collectors/libpq/a.h", "#pragma once\n#include <stdio.h>\n", "collectors/libpq/a.h: its guard is missing"),
    ("size", "viewer/long.c", "\n" * 601, "viewer/long.c: 601 lines"),
    ("size", "viewer/late.c", "\n" * 600 + "/* Long because: this is too late. */\n", "viewer/late.c: 601 lines"),
    ("words", "viewer/a.c", "/* TO" + "DO: later */\n", "viewer/a.c:1: 'TO" + "DO'"),
    ("words", "README.md", "Good.\nNot imple" + "mented.\n", "README.md:2:"),
    ("words", "notes.md", "fine for n" + "ow\n", "notes.md:1:"),
    ("words", "merge.md", "<" * 7 + " HEAD\n", "merge.md:1:"),
    ("words", "run.sh", "cd /ho" + "me/ann/nplus1\n", "run.sh:1:"),
    ("words", "blank.c", "int a; \n", "blank.c:1:"),
]


@pytest.fixture
def tree(tmp_path):
    for name, text in GOOD.items():
        write(tmp_path / name, guarded(name, text))
    return tmp_path


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def run(check, argument):
    return subprocess.run(["/usr/bin/python3", HERE / f"check_{check}.py", argument], capture_output=True, text=True)


@pytest.mark.parametrize("check", ["folders", "format", "guards", "includes", "size", "words"])
def test_a_good_tree_passes(tree, check):
    result = run(check, tree)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("check, name, text, fault", BAD, ids=[f"{case[0]}-{case[1]}" for case in BAD])
def test_a_bad_tree_fails(tree, check, name, text, fault):
    write(tree / name, text)
    result = run(check, tree)
    assert result.returncode == 1, result.stderr
    assert fault in result.stdout
    assert len(result.stdout.splitlines()) == 1, "one fault was planted"


def test_a_collector_may_use_nothing_of_the_agent_but_its_interface(tree):
    write(tree / "collectors/libpq/a.c", '#include "agent/group/group.h"\n')
    result = run("includes", tree)
    assert (result.returncode, result.stdout) == (1, "collectors/libpq/a.c:1: collectors/libpq may not use agent/group\n")


def test_files_that_include_each_other_are_a_circle(tree):
    write(tree / "agent/sql/lists.h", '#include "agent/sql/words.h"\n')
    write(tree / "agent/sql/words.c", '#include "agent/sql/lists.h"\n#include "agent/sql/words.h"\n')
    result = run("includes", tree)
    assert (result.returncode, result.stdout) == (
        1, "agent/sql/lists: a circle of files: agent/sql/lists agent/sql/words\n")


def test_rooms_that_include_each_other_are_a_circle(tree):
    """A row may name single headers of a room that stands higher: files alone show no circle there."""
    rows = "MAY_USE['agent/sql'] = ['agent/base', 'agent/process/settings.h']"
    write(tree / "agent/sql/words.c", '#include "agent/sql/words.h"\n#include "agent/process/settings.h"\n')
    write(tree / "agent/process/settings.h", guarded("agent/process/settings.h", ""))
    write(tree / "agent/process/thread.c", '#include "agent/sql/words.h"\n')
    script = f"import rooms; rooms.{rows}; import runpy, sys; sys.argv[1:] = [{str(tree)!r}]; runpy.run_path('check_includes.py')"
    result = subprocess.run(["/usr/bin/python3", "-c", script], cwd=HERE, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (1, "agent/process: a circle of rooms: agent/process agent/sql\n"), result.stderr


def test_a_collector_sees_nothing_of_the_agent_through_an_open_header(tree):
    write(tree / "agent/probe/probe.h", guarded("agent/probe/probe.h", '#include "agent/probe/mail.h"\n'))
    write(tree / "agent/probe/mail.h", guarded("agent/probe/mail.h", '#include "agent/sql/lists.h"\n'))
    write(tree / "agent/sql/lists.h", guarded("agent/sql/lists.h", ""))
    result = run("includes", tree)
    assert result.returncode == 1
    assert result.stdout.splitlines() == [
        "collectors/collectors.c: sees agent/probe/mail.h through the wall: agent/probe/probe.h > agent/probe/mail.h",
        "collectors/collectors.c: sees agent/sql/lists.h through the wall: agent/probe/probe.h > agent/probe/mail.h > agent/sql/lists.h"]


def test_files_that_git_ignores_are_not_looked_at(tree):
    subprocess.run(["git", "init", "-q", tree], check=True)
    write(tree / ".gitignore", "/out/\n")
    write(tree / "out/a.py", "\n" * 1000)
    assert run("size", tree).returncode == 0
    write(tree / "new.py", "\n" * 1000)
    assert run("size", tree).stdout.startswith("new.py: 1000 lines")


def shared_object(folder, source, *flags):
    (folder / "a.c").write_text(source)
    path = folder / "liba.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", path, folder / "a.c", *flags], check=True)
    return path


STEP = "int sqlite3_step(void *s) { return s != 0; }\n"
API = "void nplus1_scope_end(void) {}\n"
MAP = "/* A map. */ { global: sqlite3_*; nplus1_*; local: *; };\n"


def run_exports(path, patterns=MAP):
    linker_map = path.parent / "nplus1.map"
    linker_map.write_text(patterns)
    return subprocess.run(["/usr/bin/python3", HERE / "check_exports.py", path, linker_map], capture_output=True, text=True)


def test_an_agent_that_exports_what_it_may_passes(tmp_path):
    path = shared_object(tmp_path, STEP + API + "static int own(void) { return 1; }\nint epoll_wait(void) { return own(); }\n")
    result = run_exports(path, MAP.replace("sqlite3_*;", "sqlite3_*;\n    epoll_wait;"))
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("source, flags, fault", [
    (STEP + API + "void group_find(void) {}\n", [], "exports group_find"),
    (STEP + API + "int read_config(void) { return 0; }\n", [], "exports read_config"),
    (STEP + API + "int malloc_count;\n", [], "exports malloc_count"),
    (API, [], "exports nothing of sqlite3_*"),
    (STEP + API, ["-Wl,--no-as-needed", "-lm"], "needs libm.so.6"),
])
def test_an_agent_that_exports_or_needs_more_fails(tmp_path, source, flags, fault):
    path = shared_object(tmp_path, source, *flags)
    result = run_exports(path)
    assert result.returncode == 1, result.stderr
    assert fault in result.stdout


def test_a_map_that_lets_everything_through_fails(tmp_path):
    result = run_exports(shared_object(tmp_path, STEP + API), MAP.replace("sqlite3_*", "*"))
    assert (result.returncode, "lets * through" in result.stdout) == (1, True), result.stdout


def test_an_agent_that_is_not_there_fails(tmp_path):
    assert run_exports(tmp_path / "libnplus1.so").returncode == 1
