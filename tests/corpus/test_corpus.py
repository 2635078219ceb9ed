"""Precision and recall over the labelled cases, by kind and confidence."""
import importlib
import os
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MODULES = ("loops", "kinds", "work")
LEVEL = {"possible": 1, "likely": 2, "proven": 3}
sys.path.insert(0, str(HERE))
CASES = [(case, system) for module in MODULES for case in importlib.import_module(module).cases.cases.values()
         for system in (*case.systems, *(["psycopg"] if module != "kinds" and "postgresql" in case.systems else []))]


class Outcome:
    def __init__(self, case, system, findings):
        self.case, self.system, self.findings = case, system, findings

    def sure(self, kind, level):
        return any(finding["kind"] == kind and LEVEL[finding["confidence"]] >= LEVEL[level] for finding in self.findings)


def run_case(build, folder, server, database, case, system):
    name = f"{case.name}-{system}"
    variables = {"CORPUS_FILE": str(folder / f"{name}.db"), "PYTHONDONTWRITEBYTECODE": "1"}
    if system != "sqlite":
        variables.update(server.variables, PGDATABASE=database, PGOPTIONS=f"-c search_path={case.name}_{system}")
    run = build.run_watched(["/usr/bin/python3", HERE / "harness.py", case.module, case.name, system], folder / f"{name}.pb", **variables)
    assert (run.returncode, run.stderr) == (0, b""), f"{name}: {run.stderr.decode()}"
    return Outcome(case, system, build.report(folder / f"{name}.pb")["findings"])


@pytest.fixture(scope="module")
def outcomes(build, server, tmp_path_factory):
    """Of every case; each with a file or a schema of its own."""
    folder = tmp_path_factory.mktemp("corpus")
    database = server.new_database()
    server.sql("; ".join(f"CREATE SCHEMA {case.name}_{system}" for case, system in CASES if system != "sqlite"), database)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = [pool.submit(run_case, build, folder, server, database, *case) for case in CASES]
        return {(run.result().case.name, run.result().system): run.result() for run in runs}


@pytest.mark.parametrize("case, system", CASES, ids=[f"{case.name}-{system}" for case, system in CASES])
def test_case(outcomes, case, system):
    found = {(finding["kind"], finding["confidence"]) for finding in outcomes[case.name, system].findings
             if finding["confidence"] != "possible"}
    assert {kind for kind, _ in found} - case.tolerated == case.kinds, found
    if case.sure == "proven":
        assert {confidence for kind, confidence in found if kind in case.kinds} == {"proven"}


def ratio(part, whole):
    return part / whole if whole else 1.0


def test_precision_and_recall(outcomes, capsys):
    kinds = sorted({kind for case, _ in CASES for kind in case.kinds})
    good = sum(not case.kinds for case, _ in CASES)
    lines = [f"{len(CASES)} cases, {good} of them with nothing to find",
             f"{'kind':18} {'confidence':10} {'cases':>6} {'found':>6} {'wrong':>6} {'precision':>9} {'recall':>7}"]
    figures = defaultdict(dict)
    for kind in kinds:
        for level in ("likely", "proven"):
            true = [o for o in outcomes.values() if kind in o.case.kinds]
            found = [o for o in true if o.sure(kind, level)]
            wrong = [o for o in outcomes.values() if kind not in o.case.kinds | o.case.tolerated and o.sure(kind, level)]
            figures[kind][level] = (ratio(len(found), len(found) + len(wrong)), ratio(len(found), len(true)), len(wrong))
            lines.append(f"{kind:18} {level + ' +':10} {len(true):6} {len(found):6} {len(wrong):6} {figures[kind][level][0]:9.3f}"
                         f" {figures[kind][level][1]:7.3f}")
    with capsys.disabled():
        print("\n" + "\n".join(lines))
    assert len(CASES) >= 150 and good * 2 >= len(CASES)
    assert all(levels["proven"][2] == 0 for levels in figures.values())
    assert figures["n_plus_one"]["likely"][0] >= 0.99 and figures["n_plus_one"]["likely"][1] >= 0.98
    assert all(levels["likely"][0] >= 0.95 and levels["likely"][1] >= 0.95 for levels in figures.values())
