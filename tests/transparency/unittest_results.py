"""Runs unittest and writes each test's name and outcome as a line of JSON to the file that TRANSPARENCY_RESULTS names.

    unittest_results.py NAME ...    modules and packages of tests; those of sys.path and of test/ that is named by TRANSPARENCY_TESTS
"""
import json
import os
import sys
import unittest


class Results(unittest.TextTestResult):
    def say(self, test, outcome):
        with open(os.environ["TRANSPARENCY_RESULTS"], "a") as file:
            file.write(json.dumps([test.id(), outcome]) + "\n")

    def addSuccess(self, test):
        super().addSuccess(test)
        self.say(test, "passed")

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error:
            self.say(subtest, "failed: " + error[0].__name__)

    def addError(self, test, error):
        super().addError(test, error)
        self.say(test, "failed: " + error[0].__name__)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.say(test, "failed: " + error[0].__name__)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.say(test, "skipped")

    def addExpectedFailure(self, test, error):
        super().addExpectedFailure(test, error)
        self.say(test, "failed, as expected")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.say(test, "passed, though it should fail")


def main():
    if "TRANSPARENCY_TESTS" in os.environ:
        import test
        test.__path__.append(os.environ["TRANSPARENCY_TESTS"])
    loader = unittest.TestLoader()
    suites = []
    for name in sys.argv[1:]:
        module = __import__(name, fromlist=["*"])
        # Old modules name their tests otherwise than discovery expects, and put them together themselves.
        build = getattr(module, "test_suite", None) or getattr(module, "suite", None)
        found = build() if callable(build) else loader.loadTestsFromModule(module)
        suites.append(found)
    unittest.TextTestRunner(resultclass=Results, verbosity=2).run(unittest.TestSuite(suites))


if __name__ == "__main__":
    main()
