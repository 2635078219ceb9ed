"""What a suite said of each of its tests: {name: outcome}. An outcome is a word, of a failure with the kind of its error."""
import json
import re
import xml.etree.ElementTree as ElementTree

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
TAP_CASE = re.compile(r"(not )?ok\b\s*(\d+)?(.*)")
MINITEST = re.compile(r"^(\S+#.+?) = [\d.]+ s = (\S)$", re.MULTILINE)
RSPEC = {"passed": PASSED, "failed": FAILED, "pending": SKIPPED}
# A test that failed is named twice, the first time with what it is about.
TCLTEST = re.compile(r"^(?:\+\+\+\+|====) (\S+) (PASSED|FAILED|SKIPPED)", re.MULTILINE)
TCL_OUTCOMES = {"PASSED": PASSED, "FAILED": FAILED, "SKIPPED": SKIPPED}
SQLITE_TEST = re.compile(r"(\S+)\.\.\.( Ok| Omitted)?$")
SQLITE_OUTCOMES = {" Ok": PASSED, " Omitted": SKIPPED, None: f"{FAILED}: another result"}
PHPT = {"PASSED": PASSED, "FAILED": FAILED, "SKIPPED": SKIPPED, "BORKED": "failed: borked", "WARNED": "failed: warned", "LEAKED": "failed: leaked",
        "XFAILED": "failed, as expected", "XLEAKED": "failed, as expected"}


def add(results, name, outcome):
    """A name that is given to several tests gets a number."""
    number, unique = 1, name
    while unique in results:
        number += 1
        unique = f"{name} ({number})"
    results[unique] = outcome


def junit(path):
    results = {}
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        outcome = PASSED
        for kind in ("failure", "error"):
            found = case.find(kind)
            if found is not None:
                outcome = f"{FAILED}: {kind} {(found.get('message') or '').split(':')[0][:60]}"
        if case.find("skipped") is not None:
            outcome = SKIPPED
        add(results, f"{case.get('classname')}::{case.get('name')}", outcome)
    return results


def json_lines(path):
    """What unittest_results.py wrote."""
    results = {}
    for line in path.read_text().splitlines():
        name, outcome = json.loads(line)
        results[name] = outcome
    return results


def tap(path):
    """What tap.py wrote: the output of each file behind a line with its name."""
    results, name, count = {}, None, 0
    for line in path.read_text(errors="replace").splitlines():
        if line.startswith("==== "):
            name, count = line[5:], 0
        elif line.startswith("exit status "):
            results[name] = PASSED if line == "exit status 0" else f"{FAILED}: {line}"
        elif case := TAP_CASE.match(line):
            count += 1
            failed, _, rest = case.groups()
            comment = rest.partition("#")[2].strip().lower()
            results[f"{name} {count}"] = SKIPPED if comment.startswith("skip") else FAILED if failed and not comment.startswith("todo") else PASSED
    return results


def minitest(path):
    results = {}
    for name, letter in MINITEST.findall(path.read_text(errors="replace")):
        add(results, name, {".": PASSED, "S": SKIPPED}.get(letter, f"{FAILED}: {letter}"))
    return results


def rspec(path):
    """What its formatter json wrote."""
    results = {}
    for example in json.loads(path.read_text())["examples"]:
        outcome = RSPEC[example["status"]]
        add(results, example["full_description"], f"{outcome}: {example['exception']['class']}" if outcome == FAILED else outcome)
    return results


def tcltest(path):
    """What tcltest prints of each test with -verbose ps."""
    results = {}
    for name, word in TCLTEST.findall(path.read_text(errors="replace")):
        add(results, name, TCL_OUTCOMES[word])
    return results


def sqlite_tests(path):
    """What SQLite's tester.tcl prints, behind the lines of tap.py: of each test its name, and then what went wrong or Ok."""
    results, name, test = {}, None, None
    for line in path.read_text(errors="replace").splitlines():
        if line.startswith("==== "):
            name, test = line[5:], None
        elif line.startswith("exit status "):
            results[name] = PASSED if line == "exit status 0" else f"{FAILED}: {line}"
        elif case := SQLITE_TEST.match(line):
            test = f"{name} {case[1]}"
            add(results, test, SQLITE_OUTCOMES[case[2]])
        elif test and line.startswith("Error: ") and results[test] == SQLITE_OUTCOMES[None]:
            results[test] = f"{FAILED}: {line[7:67]}"
    return results


def phpt(path):
    results = {}
    for line in path.read_text().splitlines():
        word, _, name = line.partition("\t")
        results[name.split("\t")[-1]] = PHPT.get(word, f"{FAILED}: {word}")
    return results


def outputs(path):
    """Texts that are compared as they are: passed is what ended with 0."""
    return {name: f"{PASSED if status == 0 else FAILED}: {digest}" for name, status, digest in json.loads(path.read_text())}


def count(results, word):
    return sum(outcome.startswith(word) for outcome in results.values())
