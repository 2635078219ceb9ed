#!/usr/bin/python3
"""What nplus1 costs a point lookup through drivers that speak PostgreSQL's protocol themselves, on a server of its own.

    bench/lookups.py BUILD [PAIRS [DRIVER ...]]

Pairs of runs as in round_trips.py: with the agent and without, in turns; of each run its fastest round, and the median of the pairs'
ratios: by the clock, and by the processor's time that the process used. Beside them the same of pairs without the agent in either run,
whose ratio is 1 but for the noise.
"""
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
import conftest  # noqa: E402
import postgresql  # noqa: E402
from drivers.drivers import JDBC, PYTHON, Drivers  # noqa: E402

PROGRAMS = ROOT / "bench/lookups"


def pairs_of(run, plain, watched, pairs):
    """Times of runs: without and with the agent, and twice without; each run has two of them, by the clock and of the process."""
    times = {"with": [], "again": []}
    for pair in range(pairs):
        for name, environment in (("with", watched), ("again", plain)):
            order = (plain, environment) if pair % 2 == 0 else (environment, plain)
            first, second = (run(variables) for variables in order)
            times[name].append((first, second) if pair % 2 == 0 else (second, first))
    return times


def main():
    build, pairs = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 15
    drivers = Drivers(conftest.Build(build))
    drivers.prepare()
    print(f"{'':<30} {'without':>12} {'with':>12} {'ratio':>8} {'without twice':>14}")
    with (postgresql.running_server("autovacuum=off", "jit=off", "listen_addresses=127.0.0.1", f"port={postgresql.free_port()}") as server,
          tempfile.TemporaryDirectory() as folder):
        server.sql("create table customers(id int primary key, name text); insert into customers select i, 'c' || i from generate_series(1, 1000) i")
        subprocess.run(["javac", "-d", folder, PROGRAMS / "Lookups.java"], check=True)
        plain = {**{k: v for k, v in os.environ.items() if not k.startswith("NPLUS1_") and k != "LD_PRELOAD"}, "PGDATABASE": "postgres",
                 **drivers.variables(server, "postgres")}
        watched = {**plain, "LD_PRELOAD": str(build / "agent/libnplus1.so"), "NPLUS1_OUTPUT": folder + "/"}
        rows = {"node-postgres": ["node", PROGRAMS / "lookups.js", "100", "200"], "asyncpg": [PYTHON, PROGRAMS / "lookups.py", "100", "200"],
                "JDBC": ["java", "-cp", f"{JDBC}:{folder}", "Lookups", "160", "500"]}
        for row in sys.argv[3:] or rows:
            def run(environment):
                return [float(word) for word in subprocess.run(rows[row], env=environment, check=True, capture_output=True, text=True).stdout.split()]
            times = pairs_of(run, plain, watched, pairs)
            for which, kind in enumerate(("", ", CPU")):
                ratio, noise = (statistics.median(b[which] / a[which] for a, b in times[name]) for name in ("with", "again"))
                alone, agent = (statistics.median(pair[i][which] for pair in times["with"]) for i in (0, 1))
                print(f"{'lookup, ' + row + kind:<30} {alone:9.2f} us {agent:9.2f} us {ratio:8.4f} {noise:14.4f}", flush=True)


if __name__ == "__main__":
    main()
