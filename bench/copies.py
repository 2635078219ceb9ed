#!/usr/bin/python3
"""The agent's instructions of a lookup in a copy of SQLite inside of the program, and of one in the shared library.

    bench/copies.py BUILD [LOOKUPS]

Counted by single steps, as callgrind runs a translation that nothing patches. A step takes microseconds, so that what depends
on time comes more often than without: the two rows compare with each other only, not with numbers of callgrind. Exit status 1 when a
copy costs more than the library.
"""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

WORDS = {"shared library": "copy_lookups_shared", "copy inside": "copy_lookups"}
# An entry of a copy is shorter than the way through the PLT and costs a jump more; one execution in eight is timed, picked at random.
TOLERANCE = 1.0


def steps(build, program, lookups, variables):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NPLUS1_") and k != "LD_PRELOAD"}
    preload = [f"{name}={value}" for name, value in variables.items()]
    result = subprocess.run([build / "bench/steps", "env", *preload, build / "bench" / program, str(lookups)], env=environment, check=True,
                            stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return int(result.stdout) / lookups


def main():
    build, lookups = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 400
    costs = []
    print(f"{'lookup in the':<16} {'without':>10} {'with':>10} {'the agent':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for words, program in WORDS.items():
            output = Path(folder) / f"{program}.pb"
            agent = {"LD_PRELOAD": build / "agent/libnplus1.so", "NPLUS1_HIDDEN": "1", "NPLUS1_OUTPUT": output}
            without, watched = steps(build, program, lookups, {}), steps(build, program, lookups, agent)
            assert output.exists(), f"{program}: nothing was recorded"
            costs.append(watched - without)
            print(f"{words:<16} {without:10,.0f} {watched:10,.0f} {watched - without:10,.0f}", flush=True)
    print(f"{'':<16} {'':>10} {'ratio':>10} {costs[1] / costs[0]:10.3f}   <= {TOLERANCE}")
    return 0 if costs[1] <= costs[0] * TOLERANCE else 1


sys.exit(main())
