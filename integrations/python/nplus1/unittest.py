"""python -m nplus1.unittest: like python -m unittest, and each test is a scope that fails at the line of the loop.

NPLUS1_FAIL_ON has the kinds and confidences that fail, as of `nplus1 check --fail-on`. @nplus1.unittest.max_queries(3) and
@nplus1.unittest.allow("why") are for tests.
"""
from __future__ import absolute_import

import contextlib
import os
import sys
import unittest

from . import agent, failures


def max_queries(limit):
    """For a test: it fails when it executes more statements."""
    def mark(test):
        test.nplus1_max_queries = limit
        return test
    return mark


def allow(reason):
    """For a test or a class of them: its loops are meant."""
    def mark(test):
        test.nplus1_allow = reason
        return test
    return mark


def _marked(test, name):
    method = getattr(test, getattr(test, "_testMethodName", ""), None)
    return getattr(method, name, getattr(test, name, None))


class Watching:
    """For a result of tests: a scope begins with each test and ends with it."""

    keeps_tracebacks = True

    def startTest(self, test):
        super().startTest(test)
        self._open = contextlib.ExitStack()
        self._open.enter_context(agent.scope(test.id()))
        reason = _marked(test, "nplus1_allow")
        if reason:
            self._open.enter_context(agent.allowance(reason, test.id(), 0))

    def stopTest(self, test):
        self._open.close()
        super().stopTest(test)

    def addSuccess(self, test):
        failure = self._failure(test)
        if failure is None:
            super().addSuccess(test)
        else:
            self.addFailure(test, (type(failure), failure, failure.__traceback__ if self.keeps_tracebacks else None))

    @staticmethod
    def _failure(test):
        if not agent.is_watched():
            return None
        limit, executions = _marked(test, "nplus1_max_queries"), agent.executions()
        if limit is not None and executions > limit:
            return failures.NPlusOne(f"{executions} statements were executed, {limit} are allowed")
        if _marked(test, "nplus1_allow"):
            return None
        return failures.failure_of(agent.findings(), failures.Rules(os.environ.get("NPLUS1_FAIL_ON", failures.FAIL_ON)))


class TestResult(Watching, unittest.TextTestResult):
    pass


class TestRunner(unittest.TextTestRunner):
    resultclass = TestResult

    def run(self, test):
        if not agent.is_watched():
            self.stream.writeln("nplus1: run `nplus1 run -- python -m nplus1.unittest` to watch for N+1 queries")
        result = super().run(test)
        for line in agent.allowances.stale():
            self.stream.writeln(f"nplus1: this allowance is needed by nothing: {line}")
        return result


if __name__ == "__main__":
    if sys.argv[0].endswith("unittest.py"):
        sys.argv[0] = "python -m nplus1.unittest"
    unittest.main(module=None, testRunner=TestRunner)
