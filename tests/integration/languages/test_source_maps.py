"""Places in what was written, where another program made JavaScript of it."""
import shutil
import subprocess
from pathlib import Path

import pytest
from bundlers.bundlers import Bundlers
from conftest import prepared

PROGRAMS = Path(__file__).resolve().parents[2] / "programs/javascript"
COMPILED = ("--target", "es2022", "--module", "commonjs", "--skipLibCheck", "src/shop.ts", "--outDir", "out")


@pytest.fixture(scope="module")
def bundlers(build):
    return prepared(Bundlers(build))


@pytest.fixture(scope="module")
def bridge(tmp_path_factory):
    addon = tmp_path_factory.mktemp("javascript") / "bridge.node"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-I/usr/include/node", PROGRAMS / "bridge.c", "-lsqlite3", "-o", addon], check=True)
    return addon


@pytest.fixture
def shop(tmp_path):
    shutil.copytree(PROGRAMS / "shop", tmp_path / "shop")
    return tmp_path / "shop"


def marked(shop, file, mark):
    return f"{shop}/src/{file}", next(i for i, line in enumerate((shop / "src" / file).read_text().splitlines(), 1) if mark in line)


def own(build, tmp_path):
    """The program's own places on the stack of the loop, innermost first."""
    group = next(group for group in build.report(tmp_path / "recording.pb")["groups"] if group["executions"] == 50)
    return [(frame["file"], frame["line"]) for frame in group["stack"] if frame["in_app"]]


def loop(build, tmp_path, bridge, program, *options):
    watched = build.run_watched(["node", *options, program], tmp_path / "recording.pb", BRIDGE=str(bridge))
    assert (watched.returncode, watched.stderr) == (0, b""), watched.stderr.decode()
    return own(build, tmp_path)


def expected(shop):
    return [marked(shop, "customers.ts", "N+1 here"), marked(shop, "shop.ts", "each order"), marked(shop, "shop.ts", "the program")]


@pytest.mark.parametrize("words", [["--sourceMap", "--sourceRoot", "../src"], ["--inlineSourceMap", "--inlineSources"]], ids=["beside", "inline"])
def test_typescript_is_told_by_its_own_lines(build, tmp_path, bundlers, bridge, shop, words):
    bundlers.compile(shop, *COMPILED, *words)
    stack = loop(build, tmp_path, bridge, shop / "out/shop.js")
    assert stack == expected(shop)


# As ts-node, tsx and test runners do it: what the machine runs is on no disk, and has the name of what was written.
REGISTER = """
const fs = require('fs');
const mark = 'sourceMappingURL=data:application/json;base64,';
require.extensions['.ts'] = (module, file) => {
  const [code, map] = fs.readFileSync(file.replace('/src/', '/out/').replace('.ts', '.js'), 'utf8').split(mark);
  const { sourceRoot, ...rest } = JSON.parse(Buffer.from(map, 'base64'));
  module._compile(code + mark + Buffer.from(JSON.stringify({ ...rest, sources: [file] })).toString('base64'), file);
};
"""


def test_typescript_that_is_compiled_in_memory_is_told_by_its_own_lines(build, tmp_path, bundlers, bridge, shop):
    bundlers.compile(shop, *COMPILED, "--inlineSourceMap", "--inlineSources")
    (shop / "register.js").write_text(REGISTER)
    stack = loop(build, tmp_path, bridge, shop / "src/shop.ts", "-r", shop / "register.js")
    assert [place for place in stack if place[0] != f"{shop}/register.js"] == expected(shop)


@pytest.mark.parametrize("words", [["--minify", "--sourcemap"], ["--sourcemap=external"]], ids=["one-line", "by-name"])
def test_a_bundle_is_told_by_what_it_was_made_of(build, tmp_path, bundlers, bridge, shop, words):
    bundlers.bundle(shop, "src/shop.ts", "--outfile=dist/shop.js", *words)
    stack = loop(build, tmp_path, bridge, shop / "dist/shop.js")
    assert stack[0] == expected(shop)[0] and stack[-1] == expected(shop)[-1]
    assert set(stack) <= set(expected(shop))


DAMAGED = ["", "{", "[]", '{"version":3}', '{"version":3,"sources":[null],"mappings":"AAAA"}',
           '{"version":3,"sources":["a"],"mappings":"AAgggggggggggggA"}', '{"version":3,"sources":["a"],"mappings":";;;"}']


def test_without_a_map_that_holds_the_place_is_that_of_what_ran(build, tmp_path, bundlers, bridge, shop):
    bundlers.bundle(shop, "src/shop.ts", "--outfile=dist/shop.js", "--sourcemap")
    assert loop(build, tmp_path, bridge, shop / "dist/shop.js") == expected(shop)
    for text in DAMAGED:
        (shop / "dist/shop.js.map").write_text(text)
        stack = own(build, tmp_path)
        assert {file for file, _ in stack} == {f"{shop}/dist/shop.js"}, text
    (shop / "dist/shop.js.map").unlink()
    assert {file for file, _ in own(build, tmp_path)} == {f"{shop}/dist/shop.js"}
