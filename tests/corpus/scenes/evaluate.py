"""Many scenes, in a few processes, in batches of one client each."""
import contextlib
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import generate, judge, truth
from .run import Broken, Runner

BATCH = 25  # scenes: so many C programs are compiled at once


@dataclass
class Failure:
    """A scene of which something was said that is not so."""
    number: int
    client: str
    verdicts: list
    source: str
    broken: str = ""

    def brief(self):
        return "\n".join(f"scene {self.number} {self.client} {'+'.join(verdict.faults())}: line {line} {verdict.place.kind}: "
                         f"{verdict.truth.verdict} ({verdict.truth.why}) must {verdict.truth.must} ties "
                         f"{sorted(verdict.truth.ties)} and {sorted(verdict.truth.accepted - verdict.truth.ties)}; said {verdict.said or 'nothing'}"
                         for verdict, line in self.verdicts if verdict.faults())

    def text(self):
        if self.broken:
            return f"scene {self.number} {self.client} is broken: {self.broken}"
        lines = [f"==== scene {self.number} {self.client}", *(f"{number:4} {line}" for number, line in enumerate(self.source.split("\n"), 1))]
        for verdict, line in self.verdicts:
            true = verdict.truth
            lines.append(f"{' '.join(verdict.faults()) or 'ok':14} place {verdict.place.number} line {line} {verdict.place.kind} x"
                         f"{true.executions}: {true.verdict} must {true.must} ties {sorted(true.ties)} and {sorted(true.accepted - true.ties)} ({true.why});"
                         f" said {verdict.said or 'nothing'}")
        return "\n".join(lines)


def run_batch(build, seed, numbers, only, folder, variables):
    tally, failures = judge.Tally(), []
    with contextlib.ExitStack() as stack:
        if folder is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="nplus1-scenes-"))
        runner = Runner(build / "agent/libnplus1.so", build / "viewer/nplus1", folder, variables and connect(stack, variables))
        made = {number: generate.generate(seed, number, only) for number in numbers}
        programs = runner.write_programs([scene for scene, _, _ in made.values()])
        for number, (scene, log, initial) in made.items():
            try:
                verdicts = judge_scene(runner, scene, log, initial, programs[number])
            except (Broken, OSError, ValueError) as error:
                failures.append(Failure(number, scene.client, [], "", str(error)))
                continue
            tally.add(scene, [verdict for verdict in verdicts if only in (None, verdict.place.kind)])
            if any(verdict.faults() for verdict in verdicts):
                lines = programs[number][2]
                source = (Path(folder) / programs[number][1]).read_text()
                failures.append(Failure(number, scene.client, [(verdict, lines[verdict.place.number]) for verdict in verdicts], source))
    return tally, failures


def judge_scene(runner, scene, log, initial, program):
    truths = truth.truths(scene, log)
    report, counted = runner.run(scene, initial, program)
    expected = {one.place.number: one.executions for one in truths if one.executions}
    if counted != expected:
        raise Broken(f"ran {counted}, and not {expected}")
    return judge.judge(scene, report, counted, truths, program)


def connect(stack, variables):
    import psycopg2
    connection = psycopg2.connect(host=variables["PGHOST"], user=variables.get("PGUSER"), port=variables.get("PGPORT"),
                                  dbname=variables["PGDATABASE"])
    stack.callback(connection.close)
    connection.autocommit = True
    return variables, connection.cursor()


def batches(numbers):
    by_client = {}
    for number in numbers:
        by_client.setdefault(number % len(generate.CLIENTS), []).append(number)
    return [some[at:at + BATCH] for some in by_client.values() for at in range(0, len(some), BATCH)]


def evaluate(build, seed, numbers, only=None, jobs=2, keep=None, server=None):
    """The sums, and the scenes that failed. A server is started when there is none."""
    tally, failures = judge.Tally(), []
    if keep:
        keep = Path(keep).resolve()
        shutil.rmtree(keep, ignore_errors=True)
        keep.mkdir(parents=True)
    with contextlib.ExitStack() as stack:
        variables = None
        if any("postgresql" in generate.CLIENTS[number % len(generate.CLIENTS)] for number in numbers):
            import postgresql
            server = server or stack.enter_context(postgresql.running_server(*postgresql.SETTINGS, "fsync=off"))
            variables = dict(server.variables, PGDATABASE=server.new_database())
        pool = stack.enter_context(ProcessPoolExecutor(jobs))
        for one, some in [job.result() for job in [pool.submit(run_batch, build, seed, batch, only, keep, variables)
                                                   for batch in batches(numbers)]]:
            tally.merge(one)
            failures += some
    return tally, sorted(failures, key=lambda failure: failure.number)
