"""N+1 queries in Python's tests: what nplus1's agent (https://nplus1.dev: LD_PRELOAD=libnplus1.so, `nplus1 run`) found in each test.

    pytest -p nplus1                                 a plugin; `nplus1 run -- pytest` watches
    python -m nplus1.unittest                        like python -m unittest
    TEST_RUNNER = "nplus1.django.DiscoverRunner"     in Django's settings

In a program, whether it is watched or not:

    with nplus1.allowed("three at the most"):        what runs in it is meant
    with nplus1.scope("import of orders"):           a unit of work, named in reports

Without the agent all of this does nothing. No dependencies; the modules for test frameworks import theirs when they are used.
"""
from .agent import allowed, is_watched, scope
from .failures import NPlusOne

__all__ = ["NPlusOne", "allowed", "is_watched", "scope"]


def pytest_addoption(parser):
    from . import pytest_plugin
    pytest_plugin.add_options(parser)


def pytest_configure(config):
    from . import pytest_plugin
    config.pluginmanager.register(pytest_plugin.Plugin(config), "nplus1_tests")
