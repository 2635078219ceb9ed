"""Precision and recall over the labelled cases, by kind and confidence."""
import importlib
import json
import os
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import stream
from conftest import find_build

HERE = Path(__file__).parent
MODULES = ("loops", "kinds", "work", "more", "lists", "traps", "forms", "session", "tasks", "real")
LEVEL = {"possible": 1, "likely": 2, "proven": 3}
FIGURES = HERE / "figures.json"
PROBE = find_build().program("corpus", "probe_corpus")
sys.path.insert(0, str(HERE))


class Scripted:
    """A case of a program in C: probe_corpus.c plays some through the probe interface, without a database; reading.c uses SQLite."""
    tolerated = frozenset()

    def __init__(self, program, system, name, kind, sure):
        self.program = program
        self.systems = (system,)
        self.name = name
        self.sure = sure
        # What is possible is nobody's to find: such a case has nothing of which one can be sure.
        self.kinds = frozenset({kind} - {"-"} if sure in ("likely", "proven") else ())
        self.possible = {"possible": {kind}, "nothing": set()}.get(sure)  # exactly so; None: whatever


def scripted(program, system):
    """One case that fails when the program is not built."""
    if not program.exists():
        return [Scripted(program, system, "not_built", "-", "-")]
    lines = subprocess.run([program, "--list"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [Scripted(program, system, *line.split()) for line in lines]


CASES = [(case, system) for module in MODULES for case in importlib.import_module(module).cases.cases.values()
         for system in (*case.systems, *(["psycopg"] if module not in ("kinds", "more", "lists") and "postgresql" in case.systems else []))]
CASES += [(case, "probe") for case in scripted(PROBE, "probe")]
CASES += [(case, "sqlite") for case in scripted(find_build().program("corpus", "reading"), "sqlite")]


class Outcome:
    def __init__(self, case, system, path, report):
        self.case, self.system, self.findings = case, system, report["findings"]
        self.differences = list(stream.differences(path, report))

    def sure(self, kind, level):
        return any(finding["kind"] == kind and LEVEL[finding["confidence"]] >= LEVEL[level] for finding in self.findings)


def run_case(build, folder, server, database, case, system):
    name = f"{case.name}-{system}"
    path = folder / f"{name}.pb"
    if isinstance(case, Scripted):  # the one without a database is an agent itself
        run = build.run([case.program, case.name, path]) if system == "probe" else build.run_watched([case.program, case.name], path)
        assert (run.returncode, run.stderr) == (0, b""), f"{name}: {run.stderr.decode()}"
        return Outcome(case, system, path, build.report(path))
    variables = {"CORPUS_FILE": str(folder / f"{name}.db"), "PYTHONDONTWRITEBYTECODE": "1"}
    if system != "sqlite":
        variables.update(server.variables, PGDATABASE=database, PGOPTIONS=f"-c search_path={case.name}_{system}")
    run = build.run_watched(["/usr/bin/python3", HERE / "harness.py", case.module, case.name, system], path, **variables)
    assert (run.returncode, run.stderr) == (0, b""), f"{name}: {run.stderr.decode()}"
    return Outcome(case, system, path, build.report(path))


@pytest.fixture(scope="module")
def outcomes(build, server, tmp_path_factory):
    """Of every case; each with a file or a schema of its own."""
    folder = tmp_path_factory.mktemp("corpus")
    database = server.new_database()
    server.sql("; ".join(f"CREATE SCHEMA {case.name}_{system}" for case, system in CASES if system in ("postgresql", "psycopg")), database)
    with ThreadPoolExecutor(2 * os.cpu_count()) as pool:
        runs = [pool.submit(run_case, build, folder, server, database, *case) for case in CASES]
        return {(run.result().case.name, run.result().system): run.result() for run in runs}


@pytest.mark.parametrize("case, system", CASES, ids=[f"{case.name}-{system}" for case, system in CASES])
def test_case(outcomes, case, system):
    found = {(finding["kind"], finding["confidence"]) for finding in outcomes[case.name, system].findings
             if finding["confidence"] != "possible"}
    assert {kind for kind, _ in found} - case.tolerated == case.kinds, found
    if getattr(case, "possible", None) is not None:
        assert {finding["kind"] for finding in outcomes[case.name, system].findings} == case.possible
    if case.sure == "proven":
        assert {confidence for kind, confidence in found if kind in case.kinds} == {"proven"}


def test_the_last_findings_of_a_recording_are_those_of_the_report(outcomes):
    assert not [f"{name}: {line}" for name, outcome in outcomes.items() for line in outcome.differences]


LARGE_LISTS = {  # elements of the longest list, executions that had one too long
    "a_list_of_1001": (1001, 1), "chunks_of_1001": (1001, 5), "django_prefetch_related_of_1200": (1200, 1),
    "django_prefetch_related_of_2200": (2200, 1), "django_prefetch_related_to_one": (1200, 1)}


@pytest.mark.parametrize("system, strategy", (("sqlite", "chunk"), ("postgresql", "array")))
def test_what_is_said_of_long_lists_is_what_the_mapper_sent(outcomes, system, strategy):
    for name, (elements, executions) in LARGE_LISTS.items():
        finding, = outcomes[name, system].findings
        assert (finding["evidence"]["elements"], finding["evidence"]["executions"]) == (elements, executions), name
        assert Path(finding["location"]["file"]).parent == HERE, name  # not in the mapper
        assert finding["advice"]["strategy"] == strategy, name


def ratio(part, whole):
    return part / whole if whole else 1.0


def figures_of(outcomes):
    """Kind -> level -> numbers."""
    figures = defaultdict(dict)
    for kind in sorted({kind for case, _ in CASES for kind in case.kinds}):
        for level in ("likely", "proven"):
            true = [o for o in outcomes.values() if kind in o.case.kinds]
            found = sum(o.sure(kind, level) for o in true)
            wrong = sum(kind not in o.case.kinds | o.case.tolerated and o.sure(kind, level) for o in outcomes.values())
            figures[kind][level] = {"cases": len(true), "found": found, "wrong": wrong,
                                    "precision": round(ratio(found, found + wrong), 4), "recall": round(ratio(found, len(true)), 4)}
    return figures


def test_precision_and_recall(outcomes, capsys):
    figures = figures_of(outcomes)
    good = sum(not case.kinds for case, _ in CASES)
    scripts = sum(system == "probe" for _, system in CASES)
    lines = [f"{len(CASES)} cases, {scripts} of them without a database, {good} with nothing to find",
             f"{'kind':18} {'confidence':10} {'cases':>6} {'found':>6} {'wrong':>6} {'precision':>9} {'recall':>7}"]
    for kind, levels in figures.items():
        for level, of in levels.items():
            lines.append(f"{kind:18} {level + ' +':10} {of['cases']:6} {of['found']:6} {of['wrong']:6} {of['precision']:9.3f}"
                         f" {of['recall']:7.3f}")
    with capsys.disabled():
        print("\n" + "\n".join(lines))
    assert len(CASES) >= 150 and good * 2 >= len(CASES)
    assert all(levels["proven"]["wrong"] == 0 for levels in figures.values())
    assert figures["n_plus_one"]["likely"]["precision"] >= 0.99 and figures["n_plus_one"]["likely"]["recall"] >= 0.98
    assert all(levels["likely"][ratio] >= 0.95 for levels in figures.values() for ratio in ("precision", "recall"))


def test_the_figures_only_rise(outcomes):
    """CORPUS_FIGURES=write keeps those of this run, which is right when cases were added and when detection has become better. Of what
    is proven, the number counts: new cases that nothing can prove are welcome."""
    figures = figures_of(outcomes)
    if os.environ.get("CORPUS_FIGURES") == "write":
        FIGURES.write_text(json.dumps(figures, indent=2) + "\n")
    fallen = [f"{kind}, {level} and surer: {name} was {of[name]}, is {figures.get(kind, {}).get(level, {}).get(name)}"
              for kind, levels in json.loads(FIGURES.read_text()).items() for level, of in levels.items()
              for name in ("cases", "found", "precision") + (("recall",) if level == "likely" else ()) if figures.get(kind, {}).get(level, {}).get(name, -1) < of[name]]
    assert not fallen, ("\n".join(fallen) + f"\nMend it; if {FIGURES.name} ought to change (a case went, or more is found than it says),"
                        " run this once with CORPUS_FIGURES=write and commit the file.")


def signatures(findings):
    return sorted((finding["signature"], finding["kind"], finding["confidence"], finding["executions"]) for finding in findings)


SAMPLE = [(case, system) for case, system in CASES if case.kinds and system in ("sqlite", "probe")][::4][:24]


@pytest.mark.parametrize("case, system", SAMPLE, ids=[f"{case.name}-{system}" for case, system in SAMPLE])
def test_a_case_that_runs_again_gives_the_same_findings(build, tmp_path, case, system):
    runs = []
    for _ in range(2):
        outcome = run_case(build, tmp_path, None, None, case, system)
        path = tmp_path / f"{case.name}-{system}.pb"
        reports = [build.view("report", "--json", path).stdout for _ in range(2)]
        assert reports[0] == reports[1]
        runs.append(signatures(outcome.findings))
        for file in tmp_path.iterdir():
            file.unlink()
    assert runs[0] == runs[1] and runs[0]
