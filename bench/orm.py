"""What nplus1 costs a program with an ORM: the N+1 loops of SQLAlchemy, Django and ActiveRecord; and a walk through 40 Python frames.

    orm.py BUILD                     all of it, as a table; status 1 when a budget is missed
    orm.py --loop CLIENT ROUNDS      what it starts: prints the seconds of the fastest round

A pair of runs, with the agent and without, one right after the other and in turns; of each run the fastest of its rounds, and of the
pairs' ratios the median counts. Instructions are callgrind's, from the difference of two numbers of rounds. For ActiveRecord they are
the agent's own, with what it calls in libruby: Ruby's own differ by more than that from run to run.
"""
import ctypes
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PAIRS, ROUNDS = 31, 12
CLIENTS = {"sqlalchemy": "SQLAlchemy: 100 lazy loads", "django": "Django: 100 lazy loads"}
NAMES = {**CLIENTS, "activerecord": "ActiveRecord: 100 lazy loads"}
WALL_BUDGET = 1.01
FRAMES, WALK_BUDGET = 40, 400  # ns
PYTHON = "/usr/bin/python3"


def loop(client, rounds):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "samples/python"))
    sys.argv[1:] = []
    import common
    shop = __import__(f"{client}_shop")
    database = shop.open_database(None, common.Counts(wanted=False))
    seconds = []
    for _ in range(rounds):
        if client == "sqlalchemy":
            database.expunge_all()
        start = time.perf_counter()
        shop.authors_books_lazy(database)
        seconds.append(time.perf_counter() - start)
    print(min(seconds))


class Bench:
    def __init__(self, build):
        self.build = build
        self.folder = tempfile.mkdtemp(prefix="nplus1-bench-")
        self.missed = 0

    def run(self, watched, client, rounds, *before):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NPLUS1_") and name != "LD_PRELOAD"}
        environment["PYTHONHASHSEED"] = "0"
        if watched:
            environment.update(LD_PRELOAD=str(self.build / "agent/libnplus1.so"), NPLUS1_OUTPUT=f"{self.folder}/")
        program = ["ruby", Path(__file__).with_name("active_record.rb")] if client == "activerecord" else [PYTHON, "-B", __file__, "--loop", client]
        done = subprocess.run([*before, *program, str(rounds)], env=environment, capture_output=True,
                              text=True, check=True)
        return done

    def row(self, what, without, with_agent, ratio, budget, over):
        self.missed += over
        print(f"{what:<46} {without:>12} {with_agent:>12} {ratio:>9} {budget:>10}{'  MISSED' if over else ''}", flush=True)

    def wall(self, client):
        pairs = []
        for number in range(PAIRS):
            pair = {watched: float(self.run(watched, client, ROUNDS).stdout) for watched in (number % 2 == 0, number % 2 == 1)}
            pairs.append((pair[False], pair[True]))
        ratio = statistics.median(b / a for a, b in pairs)
        a, b = (statistics.median(times) * 1e3 for times in zip(*pairs))
        self.row(NAMES[client], f"{a:.2f} ms", f"{b:.2f} ms", f"{ratio:.4f}", f"{WALL_BUDGET:.2f}", ratio > WALL_BUDGET)

    def instructions(self, client):
        def count(watched, rounds):
            done = self.run(watched, client, rounds, "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
            return int(re.search(r"Collected : (\d+)", done.stderr)[1])
        a, b = ((count(watched, 8) - count(watched, 3)) / 5 for watched in (False, True))
        self.row(CLIENTS[client] + ", instructions", f"{a:,.0f}", f"{b:,.0f}", f"{b / a:.4f}", "-", False)

    def own_instructions(self, client):
        """Of one lazy load: those of the agent and of what it calls in the VM."""
        output = Path(self.folder) / "callgrind.out"

        def count(rounds):
            done = self.run(True, client, rounds, "valgrind", "--tool=callgrind", f"--callgrind-out-file={output}",
                            "--compress-strings=no", "--compress-pos=no")
            own, here, there, calls = 0, "", "", False
            for line in output.open(errors="replace"):
                name, _, value = line.partition("=")
                if name == "ob":
                    here = value
                elif name == "cob":
                    there = value
                elif name == "calls":
                    calls = True
                elif line[0].isdigit():
                    if "libnplus1" in here and (not calls or "libruby" in there):
                        own += int(line.split()[1])
                    there, calls = ("", False) if calls else (there, False)
            return own, int(re.search(r"Collected : (\d+)", done.stderr)[1])
        loads = 10 * 101
        few, many = count(3), count(13)
        own, both = ((many[i] - few[i]) / loads for i in range(2))
        ratio = both / (both - own)
        self.row(NAMES[client].replace("100 lazy loads", "a lazy load, instructions"), f"{both - own:,.0f}", f"{both:,.0f}", f"{ratio:.4f}",
                 f"{WALL_BUDGET:.2f}", ratio > WALL_BUDGET)

    def walk(self):
        library = ctypes.CDLL(str(self.build / "bench/libpython_walk.so"))
        library.measure.restype = ctypes.c_double
        frames = ctypes.c_int()

        def deep(left):
            return deep(left - 1) if left else library.measure(100000, ctypes.byref(frames))
        here, frame = 0, sys._getframe()
        while frame:
            here, frame = here + 1, frame.f_back
        each = deep(FRAMES - here - 1)
        self.row(f"walk of {frames.value} Python frames", "-", f"{each:.0f} ns", "-", f"{WALK_BUDGET} ns", not 0 <= each <= WALK_BUDGET)


def main():
    if sys.argv[1] == "--loop":
        return loop(sys.argv[2], int(sys.argv[3]))
    bench = Bench(Path(sys.argv[1]))
    print(f"{'':<46} {'without':>12} {'with':>12} {'ratio':>9} {'budget':>10}")
    bench.walk()
    for client in CLIENTS:
        bench.wall(client)
        bench.instructions(client)
    bench.wall("activerecord")
    bench.own_instructions("activerecord")
    return 1 if bench.missed else 0


if __name__ == "__main__":
    sys.exit(main())
