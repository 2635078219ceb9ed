#!/usr/bin/python3
"""Runs random mixes for MINUTES and ends with what was run, and with 1 when a count was wrong or a program behaved otherwise.

    soak.py [MINUTES] [SEED]

Each round takes some jobs by chance and runs them side by side: random scenes (C, Python, Ruby; SQLite and PostgreSQL), programs that
end at a random moment, and cases of the hostile programs.
"""
import collections
import contextlib
import random
import shutil
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
for folder in ("tests", "tests/corpus", "tests/hostile", "tests/integration/detection"):
    sys.path.append(str(ROOT / folder))

import conftest  # noqa: E402
import postgresql  # noqa: E402
import test_kill  # noqa: E402
from scenes import evaluate  # noqa: E402
from test_traps import Watched  # noqa: E402

AT_ONCE = 4
TRAPS = ["traps_counting", "traps_moves"]  # whose counts are exact whatever else runs


class Soak:
    def __init__(self, seed, server):
        self.random, self.seed, self.server = random.Random(seed), seed, server
        self.build = conftest.find_build()
        self.folder = Path(tempfile.mkdtemp(prefix="nplus1-soak-"))
        self.done, self.failures = collections.Counter(), []
        self.jobs = 0

    def scenes(self, seed, folder):
        tally, failures = evaluate.evaluate(self.build.folder, str(seed), range(4), jobs=1, server=self.server)
        broken = [failure.text() for failure in failures if failure.broken]
        assert not broken, broken[0]
        assert tally.all["miscounted"] == 0, "a count of a scene is wrong"

    def killed(self, seed, folder):
        for number in range(4):
            own, recording = test_kill.kill_once(self.build, folder, number, seed + number)
            report = self.build.report(recording)
            assert report["totals"]["executions"] - own in (0, 1)
            assert sum(group["executions"] for group in report["groups"]) == report["totals"]["executions"]

    def trapped(self, seed, folder):
        program = random.Random(seed).choice(TRAPS)
        case = random.Random(seed + 1).choice(conftest.cases_of(program))
        watched = Watched(self.build, program, case, folder)
        watched.check_behaviour()
        watched.check_counts()
        watched.check_groups()

    def one(self, kind, seed):
        folder = self.folder / str(seed)
        folder.mkdir()
        try:
            getattr(self, kind)(seed, folder)
            self.done[kind] += 1
        except Exception:  # noqa: BLE001: whatever it is, it is told with its seed
            self.failures.append(f"{kind} with seed {seed}:\n{traceback.format_exc()}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def run(self, seconds):
        until = time.monotonic() + seconds
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while time.monotonic() < until and not self.failures:
                kinds = self.random.choices(["scenes", "killed", "trapped"], k=AT_ONCE)
                list(pool.map(self.one, kinds, [self.random.randrange(1 << 30) for _ in kinds]))
        shutil.rmtree(self.folder, ignore_errors=True)


def soak(seconds, seed):
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(postgresql.running_server(*postgresql.SETTINGS))
        run = Soak(seed, server)
        run.run(seconds)
        return run


def main():
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    run = soak(minutes * 60, seed)
    for failure in run.failures:
        print(failure)
    print(", ".join(f"{count} jobs of {kind}" for kind, count in sorted(run.done.items())))
    print(f"{sum(run.done.values())} passed, {len(run.failures)} failed")
    return 1 if run.failures else 0


if __name__ == "__main__":
    sys.exit(main())
