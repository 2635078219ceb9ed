"""Frames of Lua: coroutines, protected and tail calls, modules, in each version of Lua that is installed."""
import shutil

import pytest

VERSIONS = [version for version in ("lua5.1", "lua5.2", "lua5.3", "lua5.4") if shutil.which(version)]
LUA = "lua5.4"

SHOP = """local Store = require("store")
local store = Store.open()
store:fill(100, 111)
"""
STORE = """local Store = {}
Store.__index = Store
function Store.open()
  return setmetatable({db = require("luasql.sqlite3").sqlite3():connect(":memory:")}, Store)
end
function Store:fill(first, last)
  self.db:execute("CREATE TABLE a(id INTEGER PRIMARY KEY)")
  self.db:execute("CREATE TABLE b(id INTEGER PRIMARY KEY, a INTEGER)")
  for i = first, last do
    self.db:execute("INSERT INTO a VALUES (" .. i .. ")")
    self.db:execute("INSERT INTO b(a) VALUES (" .. i .. ")")
  end
end
function Store:ids()
  local cursor, ids = self.db:execute("SELECT id FROM a ORDER BY id"), {}
  local id = cursor:fetch()
  while id do
    ids[#ids + 1] = id
    id = cursor:fetch()
  end
  return ids
end
function Store:count(id)
  local cursor = self.db:execute("SELECT count(*) FROM b WHERE a = " .. id)
  local n = cursor:fetch()
  cursor:close()
  return n
end
return Store
"""
COUNT = ("count", "store.lua", 24)

# Code behind SHOP -> functions, files and lines (from 1, in the code) of the frames inside of the loop, innermost first, and the loop's line.
CASES = {
    "at_the_top": ("for _, id in ipairs(store:ids()) do\n  local n = store:count(id)\nend", [COUNT, ("<main>", "script.lua", 2)], 2),
    "a_function": ("local function load()\n  for _, id in ipairs(store:ids()) do\n    local n = store:count(id)\n  end\nend\nload()",
                   [COUNT, ("load", "script.lua", 3), ("<main>", "script.lua", 6)], 3),
    "a_tail_call": ("local function one(id) return store:count(id) end\nfor _, id in ipairs(store:ids()) do\n  one(id)\nend",
                    [("<anonymous>", *COUNT[1:]), ("<main>", "script.lua", 3)], 3),
    "a_protected_call": ("for _, id in ipairs(store:ids()) do\n  assert(pcall(function()\n    local n = store:count(id)\n  end))\nend",
                         [COUNT, ("<anonymous>", "script.lua", 3), ("<main>", "script.lua", 2)], 2),
    "a_coroutine": ("local co = coroutine.create(function()\n  for _, id in ipairs(store:ids()) do\n    local n = store:count(id)\n  end\nend)\n"
                    "assert(coroutine.resume(co))", [COUNT, ("<anonymous>", "script.lua", 3), ("<main>", "script.lua", 6)], 3),
    "coroutines_in_a_coroutine": ("local each = coroutine.wrap(function()\n  for _, id in ipairs(store:ids()) do\n    local n = store:count(id)\n"
                                  "    coroutine.yield(n)\n  end\nend)\nlocal all = coroutine.wrap(function()\n  for i = 1, 12 do\n    each()\n  end\nend)\nall()",
                                  [COUNT, ("<anonymous>", "script.lua", 3), ("<anonymous>", "script.lua", 9), ("<main>", "script.lua", 12)], 3),
    "a_chunk_of_text": ("local chunk = (loadstring or load)('local store = ...\\nfor _, id in ipairs(store:ids()) do\\n local n = store:count(id)\\nend')\n"
                        "chunk(store)\nreturn nil", [COUNT, ("<main>", "<eval>", 3), ("<main>", "script.lua", 2)], None),
}


def run(build, tmp_path, code, lua=LUA, **variables):
    if not shutil.which(lua):
        pytest.skip(f"{lua} is not installed")
    (tmp_path / "store.lua").write_text(STORE)
    (tmp_path / "script.lua").write_text(code + "\n")
    watched = build.run_watched([lua, "script.lua"], tmp_path / "recording.pb", cwd=tmp_path, **variables)
    assert (watched.returncode, watched.stderr) == (0, b""), watched.stderr.decode()
    return watched.stdout.decode(), build.report(tmp_path / "recording.pb")


def line_in_code(frame):
    return frame["line"] - (SHOP.count("\n") if frame["file"].endswith("script.lua") else 0)


@pytest.mark.parametrize("lua", VERSIONS)
@pytest.mark.parametrize("name", CASES)
def test_frames(build, tmp_path, name, lua):
    code, frames, line = CASES[name]
    _, report = run(build, tmp_path, SHOP + code, lua)
    (finding,) = [finding for finding in report["findings"] if finding["kind"] == "n_plus_one"]
    assert (finding["confidence"], finding["executions"], finding["parent_column"]) == ("proven", 12, "id")
    (group,) = [group for group in report["groups"] if group["id"] == finding["group"]]
    assert {frame["language"] for frame in group["stack"]} == {"lua"}
    assert [(frame["function"], frame["file"].removeprefix(f"{tmp_path}/"), line_in_code(frame)) for frame in group["stack"]] == frames
    assert line in (None, line_in_code(finding["loop"]))


def test_what_loads_all_at_once_is_no_finding(build, tmp_path):
    _, report = run(build, tmp_path, SHOP + "local cursor = store.db:execute('SELECT b.id FROM a JOIN b ON b.a = a.id')\nwhile cursor:fetch() do end")
    assert [finding for finding in report["findings"] if finding["kind"] == "n_plus_one"] == []


@pytest.mark.parametrize("lua", VERSIONS)
def test_a_module_that_a_coroutine_wants(build, tmp_path, lua):
    """The coroutine is gone when the statements run. 5.1 does not say whose it is: then the frames are the interpreter's."""
    code = "local store\ncoroutine.wrap(function()\n  store = require('store').open()\nend)()\ncollectgarbage()\nstore:fill(1, 2)"
    _, report = run(build, tmp_path, code, lua)
    languages = {frame["language"] for group in report["groups"] for frame in group["stack"]}
    assert languages == {"lua"} if lua != "lua5.1" else "lua" not in languages


def test_states_that_come_and_go(build, tmp_path):
    """More of them than are remembered at a time, each closed before the next; what the program does afterwards has no frames of theirs."""
    (tmp_path / "store.lua").write_text(STORE)
    watched = build.run_watched([build.program("languages", "embeds_lua")], tmp_path / "recording.pb", cwd=tmp_path)
    if watched.returncode == 77:
        pytest.skip("liblua5.4.so.0 is not installed")
    assert (watched.returncode, watched.stderr) == (0, b""), watched.stderr.decode()
    groups = build.report(tmp_path / "recording.pb")["groups"]
    counts = [(group["executions"], group["stack"][0]["language"]) for group in groups if "count" in group["statement"]["text"]]
    own = [(group["executions"], group["stack"][0]["language"]) for group in groups if group["statement"]["text"] == "select ?"]
    assert counts == [(40, "lua")] and sorted(own) == [(40, "c"), (40, "c"), (40, "lua")]


def test_an_unknown_lua_is_left_alone(build, tmp_path):
    out, report = run(build, tmp_path, SHOP + "print(#store:ids())", "luajit")
    assert out == "12\n" and "lua" not in {frame["language"] for group in report["groups"] for frame in group["stack"]}


def test_valgrind_finds_no_fault_of_the_agent(build, tmp_path):
    if not shutil.which("valgrind"):
        pytest.skip("valgrind is not installed")
    (tmp_path / "store.lua").write_text(STORE)
    (tmp_path / "script.lua").write_text(SHOP + "\n".join(f"do {CASES[name][0]} end" for name in CASES if name != "a_chunk_of_text") + "\n")
    log = tmp_path / "valgrind.log"
    result = build.run_watched(["valgrind", "--num-callers=40", f"--log-file={log}", LUA, "script.lua"], tmp_path / "recording.pb", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    blocks = [block for block in log.read_text().split("== \n") if "libnplus1.so" in block or "/collectors/" in block]
    faults = [block for block in blocks if "Invalid" in block or "uninitialised" in block]
    assert not faults, faults[0]
