"""Each test is a scope, and fails at the line of the loop when it has one.

Options: --nplus1-fail-on LIST, --no-nplus1; in the ini file nplus1_fail_on. Marker: @pytest.mark.nplus1(allow="why", max_queries=3,
fail_on="write_loop"). Fixture: nplus1, with allow(reason) and max_queries(n).
"""
import contextlib
import sys

import pytest

from . import agent, failures

HOW = "run `nplus1 run -- pytest` to watch for N+1 queries"


def add_options(parser):
    group = parser.getgroup("nplus1", "N+1 queries")
    group.addoption("--nplus1-fail-on", metavar="LIST", help="kinds and confidences that fail a test, as of `nplus1 check`")
    group.addoption("--no-nplus1", action="store_true", help="do not look for N+1 queries")
    parser.addini("nplus1_fail_on", "the same as --nplus1-fail-on", default=failures.FAIL_ON)


class Test:
    """What the fixture is: of one test."""

    def __init__(self, item):
        self.reason = self.limit = None
        file, line, _ = item.reportinfo()
        self.place = agent.Place.of(str(file), (line or 0) + 1, item.name)
        self.rules = item.config.pluginmanager.get_plugin("nplus1_tests").rules
        for mark in item.iter_markers("nplus1"):
            self.reason = mark.kwargs.get("allow", self.reason)
            self.limit = mark.kwargs.get("max_queries", self.limit)
            if "fail_on" in mark.kwargs:
                self.rules = failures.Rules(mark.kwargs["fail_on"])

    def allow(self, reason="meant"):
        """As a statement: the test may have loops. As `with nplus1.allow("why"):` what runs in it may."""
        return _Allowance(self, reason)

    def max_queries(self, limit):
        """The test fails when it executes more statements than that; BEGIN, COMMIT and savepoints do not count."""
        self.limit = limit

    def failure(self):
        """The exception; None: the test is fine."""
        executions = agent.executions()
        if self.limit is not None and executions > self.limit:
            return failures.error_at(self.place, f"{executions} statements were executed, {self.limit} are allowed")
        return None if self.reason else failures.failure_of(agent.findings(), self.rules)


class _Allowance(contextlib.AbstractContextManager):
    def __init__(self, test, reason):
        self.test, self.reason, self.inner, self.before = test, reason, None, test.reason
        self.caller = sys._getframe(2)
        test.reason = reason

    def __enter__(self):
        self.test.reason = self.before
        self.inner = agent.allowance(self.reason, self.caller.f_code.co_filename, self.caller.f_lineno)
        self.inner.__enter__()
        return self

    def __exit__(self, *why):
        return self.inner.__exit__(*why)


class Plugin:
    def __init__(self, config):
        config.addinivalue_line("markers", "nplus1(allow, max_queries, fail_on): what this test may do to the database")
        self.rules = self.rules_of(config)
        self.is_watched = not config.getoption("--no-nplus1") and agent.is_watched()
        self.tests = {}

    @staticmethod
    def rules_of(config):
        try:
            return failures.Rules(config.getoption("--nplus1-fail-on") or config.getini("nplus1_fail_on"))
        except ValueError as why:
            raise pytest.UsageError(str(why))

    def pytest_report_header(self):
        return f"nplus1: {'each test is watched' if self.is_watched else HOW}"

    def test_of(self, item):
        return self.tests.setdefault(item.nodeid, Test(item))

    @pytest.fixture
    def nplus1(self, request):
        """What this test may do to the database: allow(reason), max_queries(n)."""
        return self.test_of(request.node)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item):
        __tracebackhide__ = True
        if not self.is_watched:
            yield
            self.tests.pop(item.nodeid, None)
            return
        test = self.test_of(item)
        marked = test.reason
        with agent.scope(item.nodeid):
            with agent.allowance(marked, test.place.file, test.place.line) if marked else contextlib.nullcontext():
                outcome = yield
            failure = test.failure()
            if test.reason and not marked:
                agent.allowances.note((test.place.file, test.place.line, test.reason), bool(agent.findings()))
            self.tests.pop(item.nodeid)
        if failure is None:
            return
        if outcome.excinfo is None:
            outcome.force_exception(failure) if hasattr(outcome, "force_exception") else _raise(failure)
        else:
            item.add_report_section("call", "N+1 queries", str(failure))

    def pytest_terminal_summary(self, terminalreporter):
        stale = agent.allowances.stale()
        if stale:
            terminalreporter.section("nplus1: allowances that nothing needs")
            for line in stale:
                terminalreporter.write_line(line)


def _raise(error):
    __tracebackhide__ = True
    raise error
