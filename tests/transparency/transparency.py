#!/usr/bin/python3
"""Suites of others without the agent and with it, compared test by test; writes docs/transparency.md.

    transparency.py [--beside] [NAME ...]    without a name all of them; --beside: both runs of a suite at the same time, on a machine of
                                             which there is more than a run can use
"""
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import results  # noqa: E402
import suite_table as suites  # noqa: E402
import table  # noqa: E402
from conftest import find_build  # noqa: E402
from postgresql import SETTINGS, running_server  # noqa: E402
from sources import Unavailable  # noqa: E402

HOURS = 3600
SERVANT = "postgres"
LIMIT = 2 * HOURS  # seconds of one run


class Difference(Exception):
    pass


def give_away(place):
    for path in (place, *place.rglob("*")):
        shutil.chown(path, SERVANT, SERVANT)


@contextlib.contextmanager
def place_of(suite, folder, agent):
    """The folder of a run, the agent, and words before its command. A suite that starts servers of its own, which root may not, runs as another
    user, to whom the build's folder may be closed."""
    if not suite.unprivileged or os.geteuid():
        yield folder, agent, []
        return
    with tempfile.TemporaryDirectory(prefix="nplus1-suite-", dir="/tmp") as name:  # short: a socket's path has 107 bytes
        place = Path(name)
        (place / "recordings").mkdir()
        try:
            yield place, agent and Path(shutil.copy(agent, place)), ["setpriv", f"--reuid={SERVANT}", f"--regid={SERVANT}", "--init-groups"]
        finally:
            for path in (*place.glob("output"), *place.glob("recordings/*.pb")):
                shutil.move(path, folder / path.relative_to(place))


def run_once(suite, tree, folder, agent=None):
    """{test: outcome}. Where the run's folder is part of a test's name it is left out, as another run has another one."""
    with place_of(suite, folder, agent) as (place, preloaded, before):
        run_in(suite, tree, folder, place, preloaded, before)
        work = f"{place}/work/"
    output = folder / "output"
    found = suite.read(output) if output.exists() else {}
    if len(found) < suite.least:
        raise Difference(f"{len(found)} tests ran instead of {suite.least} {'with the agent' if agent else 'without it'}: see {folder}")
    return {name.replace(work, ""): outcome for name, outcome in found.items()}


def run_in(suite, tree, folder, place, agent, before):
    shutil.rmtree(place / "work", ignore_errors=True)
    (place / "work").mkdir(parents=True)
    if tree:
        shutil.copytree(tree, place / "work", dirs_exist_ok=True, symlinks=True)
    (folder / "output").unlink(missing_ok=True)
    if before:
        give_away(place)
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(running_server(*SETTINGS)) if suite.server else None
        for database in suite.databases:
            server.sql(f"CREATE DATABASE {database}")
        run = suites.Run(place / "work", place / "output", server.variables if server else {})
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NPLUS1_") and name != "LD_PRELOAD"}
        environment.update(run.server)
        environment.update(suite.variables(run))
        # By setenv, the tools that start the suite would be watched, too; they are.
        if agent:
            environment.update(LD_PRELOAD=str(agent), NPLUS1_OUTPUT=f"{place / 'recordings'}/")
        with open(folder / ("with.log" if agent else "without.log"), "w") as log:
            process = subprocess.Popen([str(word) for word in (*before, *suite.command(run))], cwd=run.work, env=environment, stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
            try:
                process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def differences(one, other):
    return {name: (one.get(name, "not run"), other.get(name, "not run")) for name in sorted({*one, *other}) if one.get(name) != other.get(name)}


def recorded(build, folder):
    """Executions in all recordings, a file at a time."""
    return sum(build.report(path)["totals"]["executions"] for path in sorted(folder.glob("*.pb")))


def run_both(suite, tree, folder, agent, beside):
    """The outcomes without the agent, and with it."""
    if not beside:
        return run_once(suite, tree, folder), run_once(suite, tree, folder, agent)
    other = folder / "beside"
    other.mkdir(exist_ok=True)
    with ThreadPoolExecutor(2) as pool:
        without, watched = pool.submit(run_once, suite, tree, other), pool.submit(run_once, suite, tree, folder, agent)
        outcomes = without.result(), watched.result()
    shutil.rmtree(other)
    return outcomes


def compare(suite, build, beside=False):
    """A row of the table."""
    base = build.folder.resolve() / "transparency"
    folder = base / suite.name
    (folder / "recordings").mkdir(parents=True, exist_ok=True)
    for old in (folder / "recordings").iterdir():
        old.unlink()
    tree = suite.source.fetch(base)
    suite.prepare(tree)
    began = time.monotonic()
    without, watched = run_both(suite, tree, folder, build.agent.resolve(), beside)
    differing = differences(without, watched)
    unsteady = set()
    if differing:
        # A test that differs between two runs without the agent says nothing about it.
        unsteady = set(differences(without, run_once(suite, tree, folder)))
        differing = {name: pair for name, pair in differing.items() if name not in unsteady}
    shutil.rmtree(folder / "work", ignore_errors=True)
    for name, (one, other) in differing.items():
        print(f"    {name}: {one} without, {other} with", flush=True)
    return table.Row(suite.name, suite.title, suite.source.version, without, watched, differing, unsteady, recorded(build, folder / "recordings"),
                     time.monotonic() - began)


def main():
    build = find_build()
    beside = "--beside" in sys.argv[1:]
    chosen = [suites.find(name) for name in sys.argv[1:] if name != "--beside"] or suites.SUITES
    failed = 0
    for suite in chosen:
        print(f"==== {suite.name}", flush=True)
        try:
            row = compare(suite, build, beside)
        except (Unavailable, Difference) as why:
            print(f"FAILED  {suite.name}: {why}", flush=True)
            failed += 1
            continue
        print(f"{row.line()}    {row.seconds:.0f} s", flush=True)
        if row.unsteady:
            print(f"    differ without the agent, too: {', '.join(sorted(row.unsteady)[:20])}", flush=True)
        table.write(row, [suite.name for suite in suites.SUITES])
        failed += bool(row.differing) or not row.executions
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
