"""The words of an object-relational mapper: they name its own call, and the program that makes that call has no loop left.

Each program prints what it found, which is the same either way, and how many statements its mapper says that it sent.
"""
import json
import re

import pytest
from conftest import ROOT
from mapper_loops import LOOPS, NO_BETTER, NO_LOOPS, UNTOLD

PROGRAMS = ROOT / "tests/programs/advice"
INTERPRETERS = {".py": ["/usr/bin/python3", "-B"], ".rb": ["ruby"], ".pl": ["perl"], ".php": ["php"]}
APPLIED = [(loop, function, executions) for loop in LOOPS for function, executions in loop.applied.items()]


class Run:
    """A function of a program. It is told by its frames, whatever the program did before."""

    def __init__(self, build, folder, program, function):
        interpreter = INTERPRETERS[(PROGRAMS / program).suffix]
        recording = folder / f"{function}.pb"
        run = build.run_watched([*interpreter, PROGRAMS / program, function, folder / f"{function}.db"], recording)
        assert (run.returncode, run.stderr) == (0, b""), run.stdout.decode() + run.stderr.decode()
        told = json.loads(run.stdout)
        self.gave, self.told = told["gave"], told["sent"] + UNTOLD.get((program, function), 0)
        report = build.report(recording)
        self.findings = [finding for finding in report["findings"] if finding["kind"] in ("n_plus_one", "write_loop")]
        own = re.compile(rf"(\W|^){function}$")
        self.executions = sum(group["executions"] for group in report["groups"]
                              if any(own.search(frame["function"] or "") for frame in group["stack"])
                              and group["statement"]["text"].split()[0] in ("select", "insert", "update", "delete"))


@pytest.fixture(scope="module")
def run(build, tmp_path_factory):
    runs = {}

    def run_once(program, function):
        if (program, function) not in runs:
            runs[program, function] = Run(build, tmp_path_factory.mktemp("mapper"), program, function)
        return runs[program, function]
    return run_once


@pytest.mark.parametrize("loop", LOOPS, ids=str)
def test_the_advice_is_in_the_mappers_words(run, loop):
    ran = run(loop.program, loop.function)
    assert ran.executions == ran.told == loop.executions
    findings = [finding for finding in ran.findings if finding["kind"] == loop.kind]
    assert findings
    advice = findings[0]["advice"]
    assert advice["strategy"] == loop.strategy, advice["text"]
    assert all(words in advice["text"] for words in loop.words), advice["text"]
    assert findings[0]["location"]["file"] == str(PROGRAMS / loop.program)


@pytest.mark.parametrize("loop, function, executions", APPLIED, ids=str)
def test_doing_what_it_says_ends_the_loop(run, loop, function, executions):
    before, applied = run(loop.program, loop.function), run(loop.program, function)
    assert applied.gave == before.gave
    assert not applied.findings
    assert applied.executions == applied.told == executions


@pytest.mark.parametrize("program, function, executions", NO_BETTER, ids=str)
def test_what_no_advice_may_say_executes_no_less(run, program, function, executions):
    ran = run(program, function)
    assert ran.executions == ran.told == executions


@pytest.mark.parametrize("program, function, executions", NO_LOOPS, ids=str)
def test_what_the_mapper_batches_by_itself_is_no_finding(run, program, function, executions):
    ran = run(program, function)
    assert not ran.findings
    assert ran.executions == ran.told == executions
