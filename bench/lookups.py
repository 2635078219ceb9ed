#!/usr/bin/python3
"""What nplus1 costs a point lookup through drivers that speak PostgreSQL's protocol themselves, on a server of its own.

    bench/lookups.py BUILD [SECONDS [DRIVER ...]]

Three processes make a set: without the agent, with it, and without it again. All have run for a while when they are measured, as machines
compile what runs; then they do batches of some 25 ms by command, in turns of random order, and of each process the lower quartile of its
batches counts: what disturbs makes them longer. Clients and their servers' processes share one core, as the scheduler has them where it is
left alone, in the real-time class where that is allowed: others do not come in between. A process' own layout and compiled code move it by
up to a per cent, so there are as many sets as fit into SECONDS for each driver: 140 if not given, seven and a half minutes in all.

Printed is the mean of the sets' ratios with its standard error, by the clock and by the processor's time that the client used, and beside it
the same of the two without the agent. Exit status 1 when a driver is above its budget. Where those without it are further than 0.3 % from
each other, or the standard error is larger than that, the machine was too busy and nothing is said.
"""
import math
import os
import random
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
BUDGET, QUIET = 1.01, 0.003
BATCH, TURNS = 0.025, 80  # seconds; batches of each process in a set
SETS_MIN = 3
WARM = {"node-postgres": 2, "asyncpg": 1, "JDBC": 5}  # seconds of each process
SHARE = {"node-postgres": 0.9, "asyncpg": 0.8, "JDBC": 1.3}  # of the seconds of a driver: JDBC's code differs most from process to process
CORE = {max(os.sched_getaffinity(0))}


def settle(process):
    """On the core of all, before others where that is allowed."""
    for thread in os.listdir(f"/proc/{process}/task"):
        os.sched_setaffinity(int(thread), CORE)
        try:
            os.sched_setscheduler(int(thread), os.SCHED_RR, os.sched_param(1))
        except PermissionError:
            pass


class Client:
    def __init__(self, command, environment):
        # Settled before it begins: its threads inherit that.
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
                                        preexec_fn=lambda: settle(os.getpid()))
        settle(int(self.process.stdout.readline()))

    def look_up(self, times):
        """Nanoseconds of a lookup: by the clock, and of the processor."""
        self.process.stdin.write(f"{times}\n")
        self.process.stdin.flush()
        return [int(word) / times for word in self.process.stdout.readline().split()]

    def end(self):
        self.process.stdin.close()
        if self.process.wait(timeout=60):
            raise SystemExit(f"{self.process.args}: {self.process.returncode}")


def warm_up(clients, seconds):
    """How many lookups a batch has then."""
    times, until = 200, time.monotonic() + seconds * len(clients)
    while time.monotonic() < until:
        slowest = max(client.look_up(times)[0] for client in clients)
        times = max(10, int(BATCH * 1e9 / slowest))
    return times


def set_of(command, environments, warm):
    """Of each client the lower quartile of its batches, both times."""
    clients = [Client(command, environment) for environment in environments]
    try:
        times = warm_up(clients, warm)
        batches = [[] for _ in clients]
        for _ in range(TURNS):
            for i in random.sample(range(len(clients)), len(clients)):
                batches[i].append(clients[i].look_up(times))
    finally:
        for client in clients:
            client.end()
    return [[statistics.quantiles(kind, n=4)[0] for kind in zip(*of_client)] for of_client in batches]


def mean_of(ratios):
    """With its standard error."""
    return statistics.mean(ratios), statistics.stdev(ratios) / math.sqrt(len(ratios))


def verdict_of(ratio, error, noise):
    if abs(noise - 1) > QUIET or error > QUIET:
        return "BUSY"
    return "MISSED" if ratio > BUDGET else "kept"


def measure(row, command, plain, watched, seconds):
    """Prints the rows of a driver; whether its budget is missed."""
    sets, began, missed = [], time.monotonic(), False
    while len(sets) < SETS_MIN or (time.monotonic() - began) * (1 + 1 / len(sets)) < seconds:
        sets.append(set_of(command, (plain, watched, plain), WARM[row]))
    for which, kind in enumerate(("", ", CPU")):
        first, agent, again = ([client[which] for client in clients] for clients in zip(*sets))
        ratio, error = mean_of([2 * b / (a + c) for a, b, c in zip(first, agent, again)])
        noise, noise_error = mean_of([c / a for a, c in zip(first, again)])
        verdict = "" if which else f", <= {BUDGET} {verdict_of(ratio, error, noise)}"
        missed = missed or "MISSED" in verdict
        print(f"{'lookup, ' + row + kind:<28} {statistics.mean(first + again) / 1e3:8.2f} us {statistics.mean(agent) / 1e3:8.2f} us"
              f"  {ratio:.4f} +- {error:.4f}  {noise:.4f} +- {noise_error:.4f}  {len(sets)}{verdict}", flush=True)
    return missed


def main():
    build, seconds, missed, began = Path(sys.argv[1]).resolve(), float(sys.argv[2]) if len(sys.argv) > 2 else 140, False, time.monotonic()
    drivers = Drivers(conftest.Build(build))
    drivers.prepare()
    print(f"{'':<28} {'without':>11} {'with':>11}  {'ratio':<16}  {'without twice':<16}  sets, budget")
    with (postgresql.running_server("autovacuum=off", "jit=off", "listen_addresses=127.0.0.1", f"port={postgresql.free_port()}") as server,
          tempfile.TemporaryDirectory() as folder):
        server.sql("create table customers(id int primary key, name text); insert into customers select i, 'c' || i from generate_series(1, 1000) i")
        subprocess.run(["javac", "-d", folder, PROGRAMS / "Lookups.java"], check=True)
        plain = {**{k: v for k, v in os.environ.items() if not k.startswith("NPLUS1_") and k != "LD_PRELOAD"}, "PGDATABASE": "postgres",
                 **drivers.variables(server, "postgres")}
        watched = {**plain, "LD_PRELOAD": str(build / "agent/libnplus1.so"), "NPLUS1_OUTPUT": folder + "/"}
        commands = {"node-postgres": ["node", PROGRAMS / "lookups.js"], "asyncpg": [PYTHON, PROGRAMS / "lookups.py"],
                    "JDBC": ["java", "-cp", f"{JDBC}:{folder}", "Lookups"]}
        for row in sys.argv[3:] or commands:
            missed |= measure(row, commands[row], plain, watched, seconds * SHARE[row])
    print(f"in {time.monotonic() - began:.0f} s")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
