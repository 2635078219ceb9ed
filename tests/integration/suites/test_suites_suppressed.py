"""What `nplus1 check` lets pass by pattern passes in each suite, too."""
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
    assert status == 0 and "executions of" not in output.partition(" N+1 found")[0], output
    lines.write_text(f"kind=*n_plus_one file={file} function=another\n")
    output, status = suite.run(*command, NPLUS1_SUPPRESSIONS=lines)
    assert status != 0, output


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
