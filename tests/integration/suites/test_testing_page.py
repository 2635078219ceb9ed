"""docs/testing.md shows what the runners print, and names what is there."""
import re

import pytest
from conftest import ROOT
from suites import INTEGRATIONS, SUITES, Suite

PAGE = (ROOT / "docs/testing.md").read_text()
RUNS = {
    "pytest": ("sqlalchemy", ["/usr/bin/python3", "-B", "-m", "pytest", "-p", "no:cacheprovider", "-p", "nplus1", "--color=no"],
               {"PYTHONPATH": INTEGRATIONS / "python"}),
    "rspec": ("rspec", ["rspec", "--no-color"], {"RUBYLIB": INTEGRATIONS / "ruby/lib"}),
}


def lines_of(text):
    return [line.rstrip() for line in text.splitlines()]


def shown(runner):
    block = re.search(rf"<!-- output of {runner}: begin -->\n(.*?)\n<!-- output of {runner}: end -->", PAGE, re.DOTALL)[1]
    return [line.removeprefix("    ") for line in lines_of(block)]


@pytest.mark.parametrize("runner", RUNS)
def test_the_page_shows_what_the_runner_prints(build, tmp_path, runner):
    folder, command, environment = RUNS[runner]
    output, _ = Suite(build, SUITES / folder, tmp_path, **environment).run(*command)
    assert "\n".join(shown(runner)) in "\n".join(lines_of(output))


@pytest.mark.parametrize("name, folder", [
    ("nplus1.django.DiscoverRunner", "python"), ("max_queries", "python"), ("nplus1_allow", "ruby"), ("nplus1_max_queries", "ruby"),
    ("nplus1_fail_on", "ruby"), ("maxQueries", "php"), ("Watched", "php"), ("Listener", "php"), ("nplus1_allow", "perl"), ("NPLUS1_TEST", "c"),
    ("NPLUS1_ALLOWED", "c"), ("nplus1_max_queries", "c")])
def test_what_the_page_names_is_there(name, folder):
    assert name in PAGE
    texts = [path.read_text() for path in (INTEGRATIONS / folder).rglob("*.*") if path.suffix in (".py", ".rb", ".php", ".pm", ".h")]
    assert any(name in text for text in texts)
