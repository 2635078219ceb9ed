#!/usr/bin/python3
"""Other ways to see statements, side by side with nplus1: what each makes the same loop take.

    tools.py BUILD                   all of it, as a table
    tools.py --sqlalchemy WAY ROUNDS what it starts: prints the seconds of a round

Each tool's runs stand between two of the program alone, in turns, and are compared with these two: a machine that others share is faster
and slower by the minute. The median of all turns counts. Where the program alone is not within one per cent of itself, a ratio of less
than ten times what they differ is not told.
"""
import collections
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import orm

TURNS, SLOW_TURNS = 31, 5
NOISE = 0.01
PYTHON = "/usr/bin/python3"
SQLITE = "/usr/lib/x86_64-linux-gnu/libsqlite3.so.0"
PROBE = "nplus1_bench"  # a group of uprobes of our own


def sqlalchemy(way, rounds):
    """As those do that look for repeated statements by themselves: each with the lines that lead to it."""
    if way == "events":
        from sqlalchemy import event
        from sqlalchemy.engine import Engine
        seen = collections.Counter()

        @event.listens_for(Engine, "before_cursor_execute")
        def note(connection, cursor, statement, *rest):
            seen[statement, tuple((frame.filename, frame.lineno) for frame in traceback.extract_stack())] += 1
    orm.loop("sqlalchemy", rounds)


class Unavailable(Exception):
    pass


class Bench:
    def __init__(self, build, folder):
        self.build, self.folder, self.agent = build, folder, build / "agent/libnplus1.so"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("NPLUS1_") and name != "LD_PRELOAD"}
        self.environment["PYTHONHASHSEED"] = "0"

    def take(self, command, watched=False):
        variables = {"LD_PRELOAD": str(self.agent), "NPLUS1_OUTPUT": f"{self.folder}/"} if watched else {}
        done = subprocess.run([str(word) for word in command], env=self.environment | variables, capture_output=True, text=True, timeout=300)
        if done.returncode:
            first = (done.stderr.strip() or f"status {done.returncode}").splitlines()[0]
            raise Unavailable(first.rpartition("': ")[2][:90])
        return float(done.stdout.split()[0])

    def row(self, what, plain, with_tool, tells, turns=TURNS, watched=False):
        if callable(with_tool):
            try:
                with_tool = with_tool()
            except Unavailable as error:
                print(f"{what:<52} does not work here: {error}", flush=True)
                return
        try:
            times = [[self.take(plain), self.take(with_tool, watched), self.take(plain)] for _ in range(turns)]
        except (Unavailable, FileNotFoundError, subprocess.TimeoutExpired) as error:
            print(f"{what:<52} does not work here: {error}", flush=True)
            return
        ratio = statistics.median(2 * with_it / (before + after) for before, with_it, after in times)
        twice = statistics.median(after / before for before, _, after in times)
        noise = abs(twice - 1)
        shown = f"{ratio:>9.3f}" if noise <= NOISE or abs(ratio - 1) > 10 * noise else "too noisy"
        print(f"{what:<52} {shown:>9}  {twice:>7.4f}  {tells}", flush=True)


def in_c(bench):
    program = bench.build / "bench/traced_lookups"
    few, many = [program, "plain", 3000], [program, "plain", 30000]

    def wrap(tool, *words, command=few):
        def ready():
            if not shutil.which(tool):
                raise Unavailable(f"no {tool}")
            return [tool, *words, *command]
        return ready

    def probed(*words):
        def ready():
            if not shutil.which("perf"):
                raise Unavailable("no perf")
            subprocess.run(["perf", "probe", "-q", "-d", f"{PROBE}:*"], capture_output=True)
            made = subprocess.run(["perf", "probe", "-q", "-x", SQLITE, f"{PROBE}:step=sqlite3_step"], capture_output=True, text=True)
            if made.returncode:
                raise Unavailable(made.stderr.strip().splitlines()[0][:90])
            return ["perf", *words, "-e", f"{PROBE}:step", *many]
        return ready

    print("C, a lookup prepared once")
    bench.row("  nplus1", many, many, "count, rows, lines, values compared", watched=True)
    bench.row("  sqlite3_trace_v2, a callback that counts", many, [program, "count", 30000], "count")
    bench.row("  sqlite3_trace_v2, the text with its values", many, [program, "text", 30000], "text, values")
    bench.row("  uftrace, calls of the library", few, wrap("uftrace", "record", "--no-pager", "--force", "-L", "libsqlite3.so.0", "-d", bench.folder / "uftrace"),
              "calls", SLOW_TURNS)
    bench.row("  ltrace -e sqlite3_step", few, wrap("ltrace", "-o", "/dev/null", "-e", "sqlite3_step"), "calls", SLOW_TURNS)
    try:
        bench.row("  perf stat, a uprobe on sqlite3_step", many, probed("stat", "-o", "/dev/null"), "count", SLOW_TURNS)
        bench.row("  perf record -g, likewise", many, probed("record", "-q", "-g", "-o", bench.folder / "perf.data"), "stacks", SLOW_TURNS)
    finally:
        if shutil.which("perf"):
            subprocess.run(["perf", "probe", "-q", "-d", f"{PROBE}:*"], capture_output=True)


def in_mappers(bench):
    alchemy = [PYTHON, "-B", __file__, "--sqlalchemy", "plain", 12]
    print("SQLAlchemy, 100 lazy loads")
    bench.row("  nplus1", alchemy, alchemy, "count, rows, lines, values compared", watched=True)
    bench.row("  before_cursor_execute with a traceback", alchemy, [PYTHON, "-B", __file__, "--sqlalchemy", "events", 12], "count, lines")
    records = ["ruby", Path(__file__).with_name("active_record.rb"), 12]
    print("ActiveRecord, 100 lazy loads")
    bench.row("  nplus1", records, records, "count, rows, lines, values compared", watched=True)
    bench.row("  Bullet", records, [*records, "bullet"], "associations, lines")


def main():
    with tempfile.TemporaryDirectory(prefix="nplus1-tools-") as folder:
        bench = Bench(Path(sys.argv[1]).resolve(), Path(folder))
        print(f"{'':<52} {'ratio':>9}  {'alone':>7}  tells")
        in_c(bench)
        in_mappers(bench)
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--sqlalchemy"]:
        sqlalchemy(sys.argv[2], int(sys.argv[3]))
    else:
        sys.exit(main())
