"""Frames of Go: a goroutine that calls SQLite through cgo does so on the thread's stack, its own is another one."""
import os
import shutil
import subprocess

import pytest

SOURCE = r"""package main

// #cgo LDFLAGS: -lsqlite3
// #include <sqlite3.h>
// #include <stdlib.h>
import "C"

import (
	"sync"
	"unsafe"
)

var db *C.sqlite3

func ask(sql string, value int) []int {
	var statement *C.sqlite3_stmt
	text := C.CString(sql)
	defer C.free(unsafe.Pointer(text))
	C.sqlite3_prepare_v2(db, text, -1, &statement, nil)
	C.sqlite3_bind_int(statement, 1, C.int(value))
	var found []int
	for C.sqlite3_step(statement) == C.SQLITE_ROW { // ask
		found = append(found, int(C.sqlite3_column_int(statement, 0)))
	}
	C.sqlite3_finalize(statement)
	return found
}

func one(key int) []int {
	return ask("SELECT b FROM t WHERE a = ?", key) // one
}

//go:noinline
func deep(left, key int) []int {
	var room [100]int
	room[left] = key
	if left > 0 {
		return deep(left-1, room[left])
	}
	return one(key) // deep
}

func inTheMain() {
	for _, key := range ask("SELECT a FROM t WHERE a > ?", 0) { // parents
		one(key) // inTheMain
	}
}

func inGoroutines() {
	var done sync.WaitGroup
	for i := 1; i <= 6; i++ {
		done.Add(1)
		go func(key int) {
			defer done.Done()
			deep(60, key) // inGoroutines: its stack has grown by then, and moved
		}(i)
		done.Wait()
	}
}

func main() {
	name := C.CString(":memory:")
	C.sqlite3_open(name, &db)
	ask("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", 0)
	ask("INSERT INTO t VALUES (1, 2), (2, 4), (3, 6), (4, 8), (5, 10), (6, 12)", 0)
	inTheMain()
	inGoroutines()
}
"""


def line_of(name):
    return next(number for number, line in enumerate(SOURCE.splitlines(), 1) if f"// {name}" in line)


@pytest.fixture(scope="module", params=[(), ("-trimpath",)], ids=["", "trimmed"])
def report(request, build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("go")
    (folder / "main.go").write_text(SOURCE)
    (folder / "go.mod").write_text("module shop\n\ngo 1.19\n")
    go = shutil.which("go")
    assert go, "the package golang-go is not installed"
    made = subprocess.run([go, "build", *request.param, "-o", folder / "shop"], cwd=folder, capture_output=True, text=True, timeout=600,
                          env=dict(os.environ, GOFLAGS="", GOPROXY="off", GOTOOLCHAIN="local", CGO_ENABLED="1", GOCACHE=str(build.folder / "go-cache")))
    assert made.returncode == 0, made.stderr
    run = build.run_watched([folder / "shop"], folder / "recording.pb")
    assert (run.returncode, run.stderr) == (0, b""), run.stderr.decode()
    return build.report(folder / "recording.pb")


def own_frames(group):
    """But for the functions that cgo puts around a call, on the same line."""
    frames = [(frame["function"].removeprefix("main."), frame["line"]) for frame in group["stack"] if frame["in_app"]]
    return [frame for frame in frames if not frame[0].startswith("ask.func")]


def groups_of(report, text):
    return sorted((group for group in report["groups"] if group["statement"]["text"] == text), key=lambda group: len(group["stack"]))


def test_every_function_of_the_program_is_there_and_none_of_gos(report):
    main, grown = groups_of(report, "select b from t where a = ?")
    assert [function for function, _ in own_frames(main)] == ["ask", "one", "inTheMain", "main"]
    assert own_frames(main)[:3] == [(name, line_of(name)) for name in ("ask", "one", "inTheMain")]
    names = [function for function, _ in own_frames(grown) if "gowrap" not in function]  # what a go statement has made, of later releases
    assert (names[:3], names[-1]) == (["ask", "one", "deep"], "inGoroutines.func1")
    assert set(names[3:-1]) == {"deep"}
    assert (main["executions"], grown["executions"]) == (6, 6)


def test_the_loop_is_proven_at_its_line(report):
    main, _ = groups_of(report, "select b from t where a = ?")
    [finding] = [finding for finding in report["findings"] if finding["group"] == main["id"]]
    assert (finding["kind"], finding["confidence"], finding["parent_column"]) == ("n_plus_one", "proven", "a")
    assert finding["loop"]["line"] == line_of("inTheMain")
