"""TEST_RUNNER = "nplus1.django.DiscoverRunner": each test is a scope that fails at the line of the loop, with --parallel too.

The decorators of nplus1.unittest are for these tests as well.
"""
from django.test import runner

from . import agent
from .unittest import Watching, allow, max_queries

__all__ = ["DiscoverRunner", "allow", "max_queries"]


class _RemoteResult(Watching, runner.RemoteTestResult):
    keeps_tracebacks = getattr(runner, "tblib", None) is not None  # or they cannot be sent; the message has the line


class _RemoteRunner(runner.RemoteTestRunner):
    resultclass = _RemoteResult


class _ParallelTestSuite(runner.ParallelTestSuite):
    runner_class = _RemoteRunner


class DiscoverRunner(runner.DiscoverRunner):
    parallel_test_suite = _ParallelTestSuite

    def get_resultclass(self):
        base = super().get_resultclass() or self.test_runner.resultclass
        return type("Result", (Watching, base), {})

    def run_suite(self, suite, **options):
        if not agent.is_watched():
            print("nplus1: run `nplus1 run -- python manage.py test` to watch for N+1 queries")
        result = super().run_suite(suite, **options)
        for line in agent.allowances.stale():
            print(f"nplus1: this allowance is needed by nothing: {line}")
        return result
