"""Goroutines go on in another thread whenever they have waited: what one of them reads explains what it asks for, in whichever threads."""
import os
import shutil
import subprocess

import pytest

SOURCE = r"""package main

// #cgo LDFLAGS: -lsqlite3
// #include <sqlite3.h>
// #include <stdlib.h>
// static int thread_of_mine(void) { static int last; static __thread int mine; return mine ? mine : (mine = ++last); }
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"
)

var db *C.sqlite3
var threads = map[int]bool{}
var held []chan bool

// Another goroutine takes the thread for itself, so that the calling one goes on in the next.
func hop() {
	taken, hold := make(chan bool), make(chan bool)
	go func() {
		runtime.LockOSThread()
		taken <- true
		<-hold
		runtime.UnlockOSThread()
	}()
	<-taken
	held = append(held, hold)
	threads[int(C.thread_of_mine())] = true
}

func release() {
	for _, hold := range held {
		hold <- true
	}
	held = nil
}

func prepare(sql string, value int) *C.sqlite3_stmt {
	var statement *C.sqlite3_stmt
	text := C.CString(sql)
	defer C.free(unsafe.Pointer(text))
	C.sqlite3_prepare_v2(db, text, -1, &statement, nil)
	C.sqlite3_bind_int(statement, 1, C.int(value))
	return statement
}

func step(statement *C.sqlite3_stmt) bool {
	return C.sqlite3_step(statement) == C.SQLITE_ROW
}

// As drivers do it whose callers may give up: a goroutine for each step.
func stepBeside(statement *C.sqlite3_stmt) bool {
	done := make(chan bool)
	go func() {
		runtime.LockOSThread()
		hop()
		done <- step(statement)
		runtime.UnlockOSThread()
	}()
	return <-done
}

func ask(next func(*C.sqlite3_stmt) bool, sql string, value int) (found []int) {
	statement := prepare(sql, value)
	for next(statement) {
		found = append(found, int(C.sqlite3_column_int(statement, 0))+int(C.sqlite3_column_int(statement, 1)))
	}
	C.sqlite3_finalize(statement)
	return
}

func children(next func(*C.sqlite3_stmt) bool, key int) {
	ask(next, "SELECT b, 0 FROM t WHERE a = ?", key) // child
}

func loop(next func(*C.sqlite3_stmt) bool) {
	parents := prepare("SELECT a, b FROM t WHERE a > ?", 0)
	for next(parents) {
		key := int(C.sqlite3_column_int(parents, 0))
		C.sqlite3_column_int(parents, 1)
		hop()
		children(next, key) // loop
	}
	C.sqlite3_finalize(parents)
}

// One lookup in each of several goroutines that nobody who asks the database has started.
func apart(keys []int) {
	idle := make(chan int)
	done := make(chan bool)
	go func() {
		for key := range idle {
			go func(key int) {
				children(step, key)
				done <- true
			}(key)
		}
	}()
	for _, key := range keys {
		idle <- key
		<-done
	}
	close(idle)
}

func main() {
	runtime.GOMAXPROCS(1)
	name := C.CString(":memory:")
	C.sqlite3_open(name, &db)
	C.sqlite3_exec(db, C.CString("SELECT 1; SELECT 2"), nil, nil, nil)
	ask(step, "CREATE TABLE t(a INTEGER PRIMARY KEY, b)", 0)
	ask(step, "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) SELECT i, i * 2 FROM n", 0)
	switch os.Args[1] {
	case "itself":
		loop(step)
	case "beside":
		loop(stepBeside)
	case "apart":
		apart([]int{31, 7, 22, 15, 3, 38, 11, 26, 19, 34, 9, 1, 28, 40, 5})
	}
	release()
	fmt.Println(len(threads))
}
"""


@pytest.fixture(scope="module")
def program(build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("goroutines")
    (folder / "main.go").write_text(SOURCE)
    (folder / "go.mod").write_text("module shop\n\ngo 1.19\n")
    go = shutil.which("go")
    assert go, "the package golang-go is not installed"
    made = subprocess.run([go, "build", "-ldflags=-s -w", "-o", folder / "shop"], cwd=folder, capture_output=True, text=True, timeout=600,
                          env=dict(os.environ, GOFLAGS="", GOPROXY="off", GOTOOLCHAIN="local", CGO_ENABLED="1", GOCACHE=str(build.folder / "go-cache")))
    assert made.returncode == 0, made.stderr
    version = subprocess.run([go, "env", "GOVERSION"], cwd=folder, capture_output=True, text=True, check=True).stdout
    return folder / "shop", tuple(int(part) for part in version.strip().removeprefix("go").split(".")[:2])


def run(build, program, folder, how):
    ran = build.run_watched([program, how], folder / "recording.pb")
    assert (ran.returncode, ran.stderr) == (0, b""), ran.stderr.decode()
    report = build.report(folder / "recording.pb")
    lookups = [group for group in report["groups"] if group["statement"]["text"].startswith("select b")]
    assert [group["executions"] for group in report["groups"] if group["statement"]["text"].startswith("select ?")] == [2]
    assert sum(group["executions"] for group in lookups) == (15 if how == "apart" else 40)
    return int(ran.stdout), [finding for finding in report["findings"] if finding["kind"] == "n_plus_one"], report


@pytest.mark.parametrize("how", ["itself", "beside"])
def test_a_loop_is_proven_in_whichever_threads_it_runs(build, program, tmp_path, how):
    program, version = program
    if version < (1, 21):
        pytest.skip("this release of Go does not say which goroutine started another one")
    threads, [finding], report = run(build, program, tmp_path, how)
    assert threads >= 20
    assert (finding["confidence"], finding["parent_column"], finding["executions"]) == ("proven", "a", 40)
    assert not [finding for finding in report["findings"] if finding["kind"] == "unused_rows"]


def test_lookups_of_goroutines_that_have_nothing_in_common_are_no_loop(build, program, tmp_path):
    program, version = program
    if version < (1, 21):
        pytest.skip("this release of Go does not say which goroutine started another one")
    _, findings, _ = run(build, program, tmp_path, "apart")
    assert all(finding["confidence"] == "possible" for finding in findings)
