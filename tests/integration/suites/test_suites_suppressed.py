"""What `nplus1 check` lets pass passes in each suite, too, and what is left over is told behind the tests."""
import re

import pytest
from conftest import ROOT
from suites import INTEGRATIONS, SUITES, Suite

PYTHON = ("/usr/bin/python3", "-B", "-m", "pytest", "-p", "no:cacheprovider", "-p", "nplus1", "--color=no", "-k", "test_counts")
RUNS = {
    "pytest": ("sqlalchemy", PYTHON, {"PYTHONPATH": INTEGRATIONS / "python"}, "shop.py"),
    "django": ("django", ("/usr/bin/python3", "-B", "manage.py", "test"), {"PYTHONPATH": INTEGRATIONS / "python"}, "shop/views.py"),
    "rspec": ("rspec", ("rspec", "--no-color", "-e", "Shop counts"), {"RUBYLIB": INTEGRATIONS / "ruby/lib"}, "shop.rb"),
    "minitest": ("minitest", ("ruby", "test_shop.rb", "-n", "/test_counts/"), {"RUBYLIB": INTEGRATIONS / "ruby/lib"}, "rspec/shop.rb"),
    "phpunit": ("phpunit", ("phpunit", "--filter", "testCounts"), {}, "Shop.php"),
    "perl": ("perl", ("prove", "-l", "t/file.t"), {"PERL5LIB": INTEGRATIONS / "perl/lib"}, "lib/Shop.pm"),
}


@pytest.mark.parametrize("name", RUNS)
def test_suppressed_loops_fail_no_test(build, tmp_path, name):
    project, command, environment, file = RUNS[name]
    suite = Suite(build, SUITES / project, tmp_path, **environment)
    lines = tmp_path / "suppressions"
    lines.write_text(f"# known\nkind=*n_plus_one file={file} statement=\"select*\"\n")
    output, status = suite.run(*command, NPLUS1_SUPPRESSIONS=lines)
    assert status == 0 and not findings_shown(output), output
    lines.write_text(f"kind=*n_plus_one file={file} function=another\n")
    output, status = suite.run(*command, NPLUS1_SUPPRESSIONS=lines)
    assert status != 0, output


NAMES = "tests do not know signatures; write patterns behind, as check --gen-suppressions does"
STALE = "matched nothing in this run; remove if all tests ran"


def findings_shown(output):
    """Whether a test failed for a loop: the report does not ask."""
    return "Mean it?" in output


@pytest.mark.parametrize("name", RUNS)
def test_generated_suppressions_hold_in_the_suite(build, tmp_path, name):
    project, command, environment, _ = RUNS[name]
    suite = Suite(build, SUITES / project, tmp_path, **environment)
    lines = tmp_path / "suppressions"
    output, status = suite.run(*command)
    assert status != 0 and findings_shown(output), output
    assert build.view("check", f"--gen-suppressions={lines}", suite.recordings, cwd=suite.folder).returncode == 0
    output, status = suite.run(*command, NPLUS1_SUPPRESSIONS=lines)
    assert status == 0 and not findings_shown(output), output
    assert NAMES not in output and STALE not in output, output
    assert build.view("check", "--suppressions", lines, suite.recordings).returncode == 0


@pytest.mark.parametrize("name", RUNS)
def test_a_signature_alone_is_for_reports_and_that_is_said_once(build, tmp_path, name):
    project, command, environment, _ = RUNS[name]
    suite = Suite(build, SUITES / project, tmp_path, **environment)
    lines = tmp_path / "suppressions"
    suite.run(*command)
    generated = build.view("check", "--gen-suppressions", suite.recordings).stdout.decode()
    signatures = re.findall("^([0-9a-f]{16}) ", generated, re.MULTILINE)
    lines.write_text("# known\n" + "".join(f"{signature}\n" for signature in signatures))
    output, status = suite.run(*command, NPLUS1_SUPPRESSIONS=lines)
    assert status != 0 and findings_shown(output), output
    numbers = ", ".join(str(number) for number in range(2, 2 + len(signatures)))
    assert [line for line in output.splitlines() if NAMES in line] == [f"nplus1: {lines}:{numbers}: {NAMES}"]
    assert STALE not in output


@pytest.mark.parametrize("name", RUNS)
def test_lines_that_nothing_needs_are_told_behind_all_tests(build, tmp_path, name):
    """Once, whatever processes the tests ran in, and nothing of those that one of them needed."""
    project, command, environment, file = RUNS[name]
    suite = Suite(build, SUITES / project, tmp_path, **environment)
    lines = tmp_path / "suppressions"
    lines.write_text(f"kind=*n_plus_one file={file}\n# gone\nfunction=long_gone\n0123456789abcdef\nkind=n_plus_one file={file}\n")
    output, status = suite.run(*command, NPLUS1_SUPPRESSIONS=lines)
    assert status == 0, output
    assert [line for line in output.splitlines() if STALE in line] == [f"nplus1: {lines}:3, 4: {STALE}"], output


@pytest.mark.parametrize("name, command", [("perl", ("prove", "-l", "-j2", "t")), ("pytest", (*PYTHON[:-2], "-n", "2")),
                                           ("django", ("/usr/bin/python3", "-B", "manage.py", "test", "--parallel=2"))])
def test_one_line_tells_of_all_processes_of_the_tests(build, tmp_path, name, command):
    project, _, environment, file = RUNS[name]
    suite = Suite(build, SUITES / project, tmp_path, **environment)
    lines = tmp_path / "suppressions"
    lines.write_text(f"file={file}\nstatement=gone\n")
    output, _ = suite.run(*command, NPLUS1_SUPPRESSIONS=lines)
    assert len(list(suite.recordings.glob("*.pb"))) > 1
    assert output.count(STALE) == 1 and f"nplus1: {lines}:2: {STALE}\n" in output, output


def test_what_is_configured_is_told_and_only_behind_tests(build, tmp_path):
    (tmp_path / ".nplus1").write_text("[check]\nsuppressions = known\n")
    (tmp_path / "known").write_text("function=long_gone\n" * 22)
    program = tmp_path / "loop.py"
    loop = ("    db = sqlite3.connect(':memory:')\n    db.execute('create table t(a)')\n"
            "    for i in range(9):\n        db.execute('select a from t where a = ?', (i,)).fetchall()\n")
    program.write_text(f"import nplus1, sqlite3\nwith nplus1.scope('an import'):\n{loop}")
    suite = Suite(build, tmp_path, tmp_path, PYTHONPATH=INTEGRATIONS / "python")
    output, _ = suite.run("/usr/bin/python3", "-B", program)
    assert "N+1, likely" in output and STALE not in output, output
    program.write_text(f"import nplus1, sqlite3\nnplus1.is_watched()\nwith nplus1.scope('a test'):\n{loop}")
    numbers = ", ".join(str(number) for number in range(1, 21))
    for options in ((), ("--check",)):
        output = build.view("run", *options, "--", "/usr/bin/python3", "-B", program, cwd=tmp_path, PYTHONPATH=str(INTEGRATIONS / "python")).stderr
        assert f"known:{numbers} and 2 more: {STALE}\n" in output.decode(), output


def test_generated_lines_hold_whatever_the_names_are_written_in(build, tmp_path):
    program, lines = tmp_path / "loop.py", tmp_path / "suppressions"
    program.write_text("import nplus1.agent, sqlite3\n"
                       "def z\u00e4hle(db):\n"
                       "    for i in range(9):\n"
                       "        db.execute('select a as \"gr\u00f6\u00dfe \u20ac\" from t where a = ?', (i,)).fetchall()\n"
                       "db = sqlite3.connect(':memory:')\n"
                       "db.execute('create table t(a)')\n"
                       "with nplus1.scope('a test'):\n"
                       "    z\u00e4hle(db)\n"
                       "    print('findings:', len(nplus1.agent.findings()))\n")
    suite = Suite(build, tmp_path, tmp_path, PYTHONPATH=INTEGRATIONS / "python")
    assert "findings: 1\n" in suite.run("/usr/bin/python3", "-B", program)[0]
    assert build.view("check", f"--gen-suppressions={lines}", suite.recordings).returncode == 0
    assert "findings: 0\n" in suite.run("/usr/bin/python3", "-B", program, NPLUS1_SUPPRESSIONS=lines)[0]
    assert build.view("check", "--suppressions", lines, suite.recordings).returncode == 0


def test_generated_lines_hold_in_native_code_by_kind_and_statement(build, tmp_path):
    suite, lines = Suite(build, ROOT, tmp_path), tmp_path / "suppressions"
    program = build.program("suites/cmocka", "test_shop")
    output, _ = suite.run(program)
    assert "[  FAILED  ] test_counts\n" in output, output
    assert build.view("check", f"--gen-suppressions={lines}", suite.recordings).returncode == 0
    assert ' file="' in lines.read_text() and ' function="' in lines.read_text()
    output, _ = suite.run(program, NPLUS1_SUPPRESSIONS=lines)
    assert "[       OK ] test_counts\n" in output and "[       OK ] test_counts_again\n" in output, output
    lines.write_text(lines.read_text().replace("kind=n_plus_one", "kind=write_loop"))
    output, _ = suite.run(program, NPLUS1_SUPPRESSIONS=lines)
    assert "[  FAILED  ] test_counts\n" in output, output


def test_in_native_code_kinds_and_statements_are_known(build, tmp_path):
    suite, lines = Suite(build, ROOT, tmp_path), tmp_path / "suppressions"
    program = build.program("suites/cmocka", "test_shop")
    lines.write_text('kind=n_plus_one statement="select id from orders*"\n')
    output, _ = suite.run(program, NPLUS1_SUPPRESSIONS=lines)
    assert "[       OK ] test_counts\n" in output and "[       OK ] test_counts_again\n" in output, output


def test_run_passes_the_configured_file_on(build, tmp_path):
    (tmp_path / ".nplus1").write_text("[check]\nsuppressions = known\n")
    (tmp_path / "known").write_text("kind=n_plus_one\n")
    suite = Suite(build, tmp_path, tmp_path)
    output, _ = suite.run("sh", "-c", "cd / && echo suppressions: $NPLUS1_SUPPRESSIONS")
    assert f"suppressions: {tmp_path}/known\n" in output
    output, _ = suite.run("sh", "-c", "echo suppressions: $NPLUS1_SUPPRESSIONS", NPLUS1_SUPPRESSIONS="/of/mine")
    assert "suppressions: /of/mine\n" in output


def test_a_file_that_is_not_there_is_said_once(build, tmp_path):
    project, command, environment, _ = RUNS["perl"]
    output, status = Suite(build, SUITES / project, tmp_path, **environment).run(*command, NPLUS1_SUPPRESSIONS="/not/there")
    assert status != 0 and output.count("NPLUS1_SUPPRESSIONS=/not/there: cannot be read, all findings count") == 1
