#!/usr/bin/python3
"""The agent's instructions per statement of programs that speak PostgreSQL's protocol themselves, which no noisy clock disturbs.

    bench/protocol_instructions.py BUILD

bench/protocol_lookups.c under callgrind in each form, with two numbers of lookups, with the agent and without: the difference leaves
out what only the start and the first executions cost. Beside what is executed in libnplus1.so stands all that the program executes
more: what libc does for the agent, too. Exit status 1 when a form is above its budget.
"""
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from run import own_instructions

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
import postgresql  # noqa: E402

BUDGETS = {"unnamed": 1390, "named": 1110, "kept": 1110, "turns": 1260, "simple": 1820}
FEW, MANY = 1000, 3000


class Bench:
    def __init__(self, build, server, folder):
        self.program, self.folder = build / "bench/protocol_lookups", Path(folder)
        self.plain = {name: value for name, value in os.environ.items() if not name.startswith("NPLUS1_") and name != "LD_PRELOAD"} | server.variables
        self.watched = self.plain | {"LD_PRELOAD": str(build / "agent/libnplus1.so"), "NPLUS1_OUTPUT": f"{folder}/"}

    def instructions(self, form, count, environment):
        """All of them, and those of the agent."""
        handle, name = tempfile.mkstemp(dir=self.folder, suffix=".callgrind")
        os.close(handle)
        run = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={name}", self.program, form, str(count)], env=environment,
                             stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if run.returncode:
            raise SystemExit(f"{form}: {run.returncode}\n{run.stderr}")
        return int(re.search(r"Collected : (\d+)", run.stderr)[1]), own_instructions(name, "libnplus1.so")

    def each(self, pool, form):
        """Of one lookup: those of the agent, and all that are executed more with it."""
        few, many, few_plain, many_plain = pool.map(lambda job: self.instructions(form, *job),
                                                    [(count, environment) for environment in (self.watched, self.plain) for count in (FEW, MANY)])
        own, more = many[1] - few[1], (many[0] - few[0]) - (many_plain[0] - few_plain[0])
        if own <= 0:
            raise SystemExit(f"{form}: the agent does nothing")
        return own / (MANY - FEW), more / (MANY - FEW)


def main():
    build = Path(sys.argv[1]).resolve()
    good = True
    with (postgresql.running_server("autovacuum=off", "jit=off") as server, tempfile.TemporaryDirectory() as folder,
          ThreadPoolExecutor(os.cpu_count()) as pool):
        bench = Bench(build, server, folder)
        print(f"{'':10} {'the agent':>10} {'with libc':>10}   budget")
        for form, budget in BUDGETS.items():
            own, more = bench.each(pool, form)
            good = good and more <= budget
            print(f"{form:10} {own:10,.0f} {more:10,.0f}   <= {budget:,}{'' if more <= budget else '  MISSED'}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
