#!/usr/bin/python3
"""What nplus1 costs a point lookup through drivers that speak PostgreSQL's protocol themselves, on a server of its own.

    bench/lookups.py BUILD [SECONDS [DRIVER ...]]

Four short runs make a turn: without the agent, twice with it, and without, so that what drifts is on both sides; of each run its fastest
round. Printed is the median of the turns' ratios, by the clock and by the processor's time that the process used, and beside it the same
of the runs without the agent alone, of each two turns the outer ones by the inner ones: 1 but for the noise. As many turns as fit into
SECONDS for each driver, 140 if not given: seven minutes for the three. Exit status 1 when a driver is above its budget while runs without
the agent are within 1 % of each other; when they are not, the machine was busy and nothing is said.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
import conftest  # noqa: E402
import postgresql  # noqa: E402
from drivers.drivers import JDBC, PYTHON, Drivers  # noqa: E402

PROGRAMS = ROOT / "bench/lookups"


BUDGET, QUIET = 1.01, 0.01


def turns_of(run, plain, watched, seconds):
    """Of each turn its four runs; each has two times, by the clock and of the process."""
    turns, until = [], time.monotonic() + seconds
    while len(turns) < 4 or time.monotonic() < until:
        turns.append([run(variables) for variables in (plain, watched, watched, plain)])
    return turns


def ratios_of(turns, which):
    """With the agent by without it; without it twice."""
    times = [[run[which] for run in turn] for turn in turns]
    return (statistics.median((b + c) / (a + d) for a, b, c, d in times),
            statistics.median((first[0] + second[3]) / (first[3] + second[0]) for first, second in zip(times[::2], times[1::2])))


def main():
    build, seconds, missed, began = Path(sys.argv[1]).resolve(), float(sys.argv[2]) if len(sys.argv) > 2 else 140, False, time.monotonic()
    drivers = Drivers(conftest.Build(build))
    drivers.prepare()
    print(f"{'':<30} {'without':>12} {'with':>12} {'ratio':>8} {'without twice':>14}  turns, budget")
    with (postgresql.running_server("autovacuum=off", "jit=off", "listen_addresses=127.0.0.1", f"port={postgresql.free_port()}") as server,
          tempfile.TemporaryDirectory() as folder):
        server.sql("create table customers(id int primary key, name text); insert into customers select i, 'c' || i from generate_series(1, 1000) i")
        subprocess.run(["javac", "-d", folder, PROGRAMS / "Lookups.java"], check=True)
        plain = {**{k: v for k, v in os.environ.items() if not k.startswith("NPLUS1_") and k != "LD_PRELOAD"}, "PGDATABASE": "postgres",
                 **drivers.variables(server, "postgres")}
        watched = {**plain, "LD_PRELOAD": str(build / "agent/libnplus1.so"), "NPLUS1_OUTPUT": folder + "/"}
        rows = {"node-postgres": ["node", PROGRAMS / "lookups.js", "30", "200"], "asyncpg": [PYTHON, PROGRAMS / "lookups.py", "30", "200"],
                "JDBC": ["java", "-cp", f"{JDBC}:{folder}", "Lookups", "60", "500"]}
        for row in sys.argv[3:] or rows:
            def run(environment):
                return [float(word) for word in subprocess.run(rows[row], env=environment, check=True, capture_output=True, text=True).stdout.split()]
            turns = turns_of(run, plain, watched, seconds)
            for which, kind in enumerate(("", ", CPU")):
                ratio, noise = ratios_of(turns, which)
                alone = statistics.median(turn[i][which] for turn in turns for i in (0, 3))
                agent = statistics.median(turn[i][which] for turn in turns for i in (1, 2))
                above = which == 0 and ratio > BUDGET
                verdict = "" if which else "BUSY" if abs(noise - 1) > QUIET else "MISSED" if above else "kept"
                missed = missed or verdict == "MISSED"
                print(f"{'lookup, ' + row + kind:<30} {alone:9.2f} us {agent:9.2f} us {ratio:8.4f} {noise:14.4f}"
                      f"  {len(turns)}{'' if which else f', <= {BUDGET} {verdict}'}", flush=True)
    print(f"in {time.monotonic() - began:.0f} s")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
