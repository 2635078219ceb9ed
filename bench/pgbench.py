#!/usr/bin/python3
"""pgbench with and without the agent: each execution counted, and the ratio of the throughputs.

    bench/pgbench.py BUILD [TRANSACTIONS]
    bench/pgbench.py BUILD --pairs [PAIRS [TRANSACTIONS]]

For each mode of sending queries: five interleaved pairs of runs with 4 clients in 2 threads against a server of its own on a unix
socket. Prints the median of the pairs' ratios and what was counted; exit status 1 when a count is wrong or a ratio below the budget.
Client and server have processors of their own, as they have machines of their own elsewhere: where six processes share two
processors, the scheduler decides how fast a run is, by a factor of two from one run to the next.

--pairs leaves them all processors, and says how much of that ratio is known: many short pairs, their order swapped every other
time, and beside each a pair without the agent in either run, whose ratio is 1 but for the noise. It prints the medians with their
95 % confidence intervals, for the throughput and for the CPU seconds of client and server together (with / without; a server's
are known in ticks of 10 ms); exit status 1 when a count is wrong or the whole interval of the throughput is below the budget.
"""
import contextlib
import json
import math
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
import postgresql  # noqa: E402

CLIENTS, THREADS, PAIRS, BUDGET = 4, 2, 5, 0.98
STATEMENTS = 7  # of a transaction of the built-in script


def halves():
    """Processors for the clients and for the server; None: there is only one."""
    processors = sorted(os.sched_getaffinity(0))
    half = len(processors) // 2
    return (set(processors[:half]), set(processors[half:])) if half else None


def keep_to(processors):
    if processors:
        os.sched_setaffinity(0, processors)


def pgbench(server, database, mode, transactions, processors=None, **environment):
    server.sql("VACUUM pgbench_branches, pgbench_tellers", database)  # as pgbench does: or each run is slower than the one before
    command = [server.bin / "pgbench", database, "-n", "-M", mode, "-c", CLIENTS, "-j", THREADS, "-t", transactions // CLIENTS]
    run = subprocess.run([str(word) for word in command], env={**os.environ, **server.variables, **environment}, check=True,
                         stdin=subprocess.DEVNULL, capture_output=True, text=True, preexec_fn=lambda: keep_to(processors))
    assert f"actually processed: {transactions}/{transactions}" in run.stdout, run.stdout
    return float(re.search(r"tps = ([\d.]+)", run.stdout)[1])


def executions(build, recording):
    report = subprocess.run([build / "viewer/nplus1", "report", "--json", recording], check=True, capture_output=True).stdout
    sums = Counter()
    for group in json.loads(report)["groups"]:  # a group for each of pgbench's threads: their stacks differ
        sums[group["statement"]["fingerprint"]] += group["executions"]
    return sorted(sums.values())


def server_seconds(server):
    """CPU seconds of the server's processes, those that ended included: the postmaster has waited for them or they are in /proc."""
    postmaster = int((Path(server.variables["PGHOST"]) / "data/postmaster.pid").read_text().split()[0])
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # ended meanwhile
            continue
        if int(stat.parent.name) == postmaster:
            ticks += sum(map(int, fields[11:15]))
        elif int(fields[1]) == postmaster:
            ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def client_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measured(server, *arguments, **environment):
    """Transactions per second, and the CPU seconds that they took."""
    before = client_seconds() + server_seconds(server)
    tps = pgbench(server, *arguments, **environment)
    return tps, client_seconds() + server_seconds(server) - before


def interval(values):
    """The median and its 95 % confidence interval by the sign test, which asks nothing of the noise but independence."""
    values, count = sorted(values), len(values)
    below, tail = 0, 0.5 ** count  # tail: the chance that at most `below` values lie below the true median
    while tail + math.comb(count, below + 1) * 0.5 ** count <= 0.025:
        below += 1
        tail += math.comb(count, below) * 0.5 ** count
    return statistics.median(values), values[below], values[count - 1 - below]


@contextlib.contextmanager
def filled_database():
    """A server that does nothing of its own accord while it is measured, and its database with pgbench's tables."""
    quiet = ["checkpoint_timeout=1h", "max_wal_size=8GB", "autovacuum=off", "jit=off", "pg_stat_statements.track=none"]
    parent = "/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp"
    with postgresql.running_server(*quiet, parent=parent) as server, tempfile.TemporaryDirectory() as folder:
        database = server.new_database()
        subprocess.run([server.bin / "pgbench", "-i", "-q", "-s", "10", database], env={**os.environ, **server.variables}, check=True,
                       stdin=subprocess.DEVNULL, capture_output=True)
        yield server, database, Path(folder) / "pgbench.pb"


def is_exact(build, recording, transactions):
    sums = executions(build, recording)
    recording.unlink()
    expected = [1, 1] + STATEMENTS * [transactions]
    if sums != expected:
        print(f"    counted {sums}, not {expected}")
    return sums == expected


def many_pairs(build, pairs, transactions):
    assert pairs >= 6, "fewer than 6 pairs have no interval of 95 %"
    good = True
    transactions -= transactions % CLIENTS
    with filled_database() as (server, database, recording):
        agent = {"LD_PRELOAD": str(build / "agent/libnplus1.so"), "NPLUS1_OUTPUT": str(recording)}
        print(f"{pairs} pairs of {transactions:,} transactions: medians with their 95 % confidence intervals")
        for mode in ("simple", "extended", "prepared"):
            ratios = {"agent": [], "nothing": []}
            for pair in range(pairs):
                for name, environment in (("agent", agent), ("nothing", {})):
                    runs = [{}, environment]
                    order = (0, 1) if pair % 2 == 0 else (1, 0)
                    results = {i: measured(server, database, mode, transactions, **runs[i]) for i in order}
                    ratios[name].append([results[1][i] / results[0][i] for i in (0, 1)])
                good = is_exact(build, recording, transactions) and good
            for name, pairs_of in ratios.items():
                tps, cpu = (interval([pair[i] for pair in pairs_of]) for i in (0, 1))
                good = good and (name == "nothing" or tps[2] >= BUDGET)
                print(f"{mode:10} with {name:8} tps {tps[0]:.4f} [{tps[1]:.4f}, {tps[2]:.4f}]   "
                      f"CPU {cpu[0]:.4f} [{cpu[1]:.4f}, {cpu[2]:.4f}]", flush=True)
    return 0 if good else 1


def main():
    build = Path(sys.argv[1]).resolve()
    if sys.argv[2:3] == ["--pairs"]:
        return many_pairs(build, *(int(word) for word in sys.argv[3:5] or ["60"]), *([] if len(sys.argv) > 4 else [2000]))
    transactions = int(sys.argv[2]) if len(sys.argv) > 2 else 20000
    good = True
    print(f"{'pgbench, ' + format(transactions, ',') + ' transactions':34} {'without':>12} {'with':>12} {'ratio':>8}   budget")
    clients, servers = halves() or (None, None)
    keep_to(servers)  # the server inherits it, and the clients get theirs
    with filled_database() as (server, database, recording):
        agent = {"LD_PRELOAD": str(build / "agent/libnplus1.so"), "NPLUS1_OUTPUT": str(recording)}
        for mode in ("simple", "extended", "prepared"):
            pairs = []
            for _ in range(PAIRS):
                alone, watched = (pgbench(server, database, mode, transactions, clients, **variables) for variables in ({}, agent))
                pairs.append((watched / alone, alone, watched))
                good = is_exact(build, recording, transactions) and good
            ratio = statistics.median(pair[0] for pair in pairs)
            good = good and ratio >= BUDGET
            alone, watched = (statistics.median(pair[i] for pair in pairs) for i in (1, 2))
            print(f"{mode:34} {alone:8,.0f} tps {watched:8,.0f} tps {ratio:8.4f}   >= {BUDGET}", flush=True)
    return 0 if good else 1


sys.exit(main())
