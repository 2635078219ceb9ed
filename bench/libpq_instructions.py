#!/usr/bin/python3
"""The agent's instructions per statement through libpq, which no noisy clock disturbs.

    bench/libpq_instructions.py BUILD

pgbench's built-in script under callgrind, for each mode of sending queries, with two numbers of transactions: the difference of what
was executed in libnplus1.so leaves out what only the start and the first executions cost. Exit status 1 when a mode is above its
budget.
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
import postgresql  # noqa: E402

BUDGETS = {"simple": 1100, "extended": 1150, "prepared": 950}
FEW, MANY = 500, 1500
STATEMENTS = 7  # of a transaction of the built-in script


def instructions(build, server, database, mode, transactions, folder):
    out = Path(folder) / f"{mode}.{transactions}"
    agent = {"LD_PRELOAD": str(build / "agent/libnplus1.so"), "NPLUS1_OUTPUT": f"{out}.pb"}
    subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", str(server.bin / "pgbench"), "-n", "-M", mode, "-c", "1",
                    "-t", str(transactions), "--random-seed=1", database], env={**os.environ, **server.variables, **agent}, check=True,
                   stdin=subprocess.DEVNULL, capture_output=True)
    table = subprocess.run(["callgrind_annotate", "--threshold=100", out], check=True, capture_output=True, text=True).stdout
    own = re.findall(r"^\s*([\d,]+) .*\[\S*libnplus1\.so\]$", table, re.MULTILINE)
    assert own, table
    return sum(int(count.replace(",", "")) for count in own)


def main():
    build = Path(sys.argv[1]).resolve()
    good = True
    with postgresql.running_server("autovacuum=off", "jit=off") as server, tempfile.TemporaryDirectory() as folder:
        database = server.new_database()
        subprocess.run([server.bin / "pgbench", "-i", "-q", database], env={**os.environ, **server.variables}, check=True,
                       stdin=subprocess.DEVNULL, capture_output=True)
        for mode, budget in BUDGETS.items():
            few, many = (instructions(build, server, database, mode, count, folder) for count in (FEW, MANY))
            each = (many - few) / ((MANY - FEW) * STATEMENTS)
            good = good and each <= budget
            print(f"{mode:10} {each:8,.0f} instructions a statement   <= {budget:,}", flush=True)
    return 0 if good else 1


sys.exit(main())
