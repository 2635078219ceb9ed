#!/usr/bin/python3
"""What nplus1 costs a round trip of libpq: point lookups one after the other on a server of its own, through a unix socket.

    bench/round_trips.py BUILD [PAIRS]

A pair of runs, with the agent and without, one right after the other and in turns; of each run the fastest of its rounds of 500
counts, and of the pairs' ratios the median. Beside it the same for pairs without the agent in either run, whose ratio is 1 but for
the noise. Exit status 1 when a ratio is above its budget.
"""
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
import postgresql  # noqa: E402

BUDGET = 1.01
ROUNDS = 40


def main():
    build, pairs = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 15
    missed = 0
    print(f"{'':<34} {'without':>12} {'with':>12} {'ratio':>8} {'without twice':>14}   budget")
    with postgresql.running_server("autovacuum=off", "jit=off") as server, tempfile.TemporaryDirectory() as folder:
        plain = {**{k: v for k, v in os.environ.items() if not k.startswith("NPLUS1_") and k != "LD_PRELOAD"}, **server.variables}
        watched = {**plain, "LD_PRELOAD": str(build / "agent/libnplus1.so"), "NPLUS1_OUTPUT": folder + "/"}

        def run(mode, environment):
            return float(subprocess.run([build / "bench/round_trips", mode, str(ROUNDS)], env=environment, check=True,
                                        capture_output=True, text=True).stdout)
        for mode in ("exec", "params", "prepared"):
            times = {"with": [], "again": []}
            for pair in range(pairs):
                for name, environment in (("with", watched), ("again", plain)):
                    order = (plain, environment) if pair % 2 == 0 else (environment, plain)
                    first, second = (run(mode, variables) for variables in order)
                    times[name].append((first, second) if pair % 2 == 0 else (second, first))
            ratio, noise = (statistics.median(b / a for a, b in times[name]) for name in ("with", "again"))
            alone, agent = (statistics.median(pair[i] for pair in times["with"]) for i in (0, 1))
            missed += ratio > BUDGET
            print(f"{'round trip, ' + mode:<34} {alone / 1000:9.2f} us {agent / 1000:9.2f} us {ratio:8.4f} {noise:14.4f}   <= {BUDGET}"
                  f"{'  MISSED' if ratio > BUDGET else ''}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
