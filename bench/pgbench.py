#!/usr/bin/python3
"""pgbench with and without the agent: each execution counted, and the ratio of the throughputs.

    bench/pgbench.py BUILD [TRANSACTIONS]

For each mode of sending queries: five interleaved pairs of runs with 4 clients in 2 threads against a server of its own on a unix
socket. Prints the median of the pairs' ratios and what was counted; exit status 1 when a count is wrong or a ratio below the budget.
"""
import json
import os
import re
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


def pgbench(server, database, mode, transactions, **environment):
    command = [server.bin / "pgbench", database, "-n", "-M", mode, "-c", CLIENTS, "-j", THREADS, "-t", transactions // CLIENTS]
    run = subprocess.run([str(word) for word in command], env={**os.environ, **server.variables, **environment}, check=True,
                         stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert f"actually processed: {transactions}/{transactions}" in run.stdout, run.stdout
    return float(re.search(r"tps = ([\d.]+)", run.stdout)[1])


def executions(build, recording):
    report = subprocess.run([build / "viewer/nplus1", "report", "--json", recording], check=True, capture_output=True).stdout
    sums = Counter()
    for group in json.loads(report)["groups"]:  # a group for each of pgbench's threads: their stacks differ
        sums[group["statement"]["fingerprint"]] += group["executions"]
    return sorted(sums.values())


def main():
    build = Path(sys.argv[1]).resolve()
    transactions = int(sys.argv[2]) if len(sys.argv) > 2 else 20000
    good = True
    print(f"{'pgbench, ' + format(transactions, ',') + ' transactions':34} {'without':>12} {'with':>12} {'ratio':>8}   budget")
    with postgresql.running_server() as server, tempfile.TemporaryDirectory() as folder:
        database = server.new_database()
        subprocess.run([server.bin / "pgbench", "-i", "-q", "-s", "10", database], env={**os.environ, **server.variables}, check=True,
                       stdin=subprocess.DEVNULL, capture_output=True)
        for mode in ("simple", "extended", "prepared"):
            pairs = []
            for pair in range(PAIRS):
                recording = Path(folder) / f"{mode}.{pair}.pb"
                alone = pgbench(server, database, mode, transactions)
                watched = pgbench(server, database, mode, transactions, LD_PRELOAD=str(build / "agent/libnplus1.so"),
                                  NPLUS1_OUTPUT=str(recording))
                pairs.append((watched / alone, alone, watched))
                exact = executions(build, recording) == [1, 1] + STATEMENTS * [transactions]
                good = good and exact
                if not exact:
                    print(f"    counted {executions(build, recording)}")
            ratio = statistics.median(pair[0] for pair in pairs)
            good = good and ratio >= BUDGET
            alone, watched = (statistics.median(pair[i] for pair in pairs) for i in (1, 2))
            print(f"{mode:34} {alone:8,.0f} tps {watched:8,.0f} tps {ratio:8.4f}   >= {BUDGET}", flush=True)
    return 0 if good else 1


sys.exit(main())
