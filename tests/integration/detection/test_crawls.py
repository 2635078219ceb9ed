"""Crawls of a thousand pages, round after round, of an application in Django and of one in Rails: the last round proves what the
first one does, and what is clean stays so; in every run and with two workers the findings have the same names."""
import re
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import gunicorn_server
import pytest
from conftest import ROOT, TIMEOUT

PROGRAMS = ROOT / "tests/programs/crawls"
VISITORS = 50
PAGES = 1000
SOURCES = 64  # groups whose rows a thread keeps (agent/source/source.h)
LOOKUPS = 2  # statements of each page before its own code runs: who asks
MARK = re.compile(r"N\+1: (.*?)\s*(?:-->|#}|$)")


class Library:
    """Django behind gunicorn."""
    folder, source = PROGRAMS / "library", "pages.py"
    rounds, detail = 24, "book"
    fill = ["/usr/bin/python3", "-m", "library.application"]

    def __init__(self, database):
        self.variables = {"DATABASE": str(database)}
        text = (self.folder / self.source).read_text()
        self.functions = re.findall(r"^def (\w+)\(request", text, re.MULTILINE)
        tables = {"list": ("Publisher", "Genre", "Branch", "Author", "Reader"),
                  "one": ("Publisher", "Genre", "Author", "Reader", "Review", "Book")}
        self.pages = [*self.functions, "sessions"] + [f"{kind}_{name}" for kind, names in tables.items() for name in names]

    def serve(self, folder, workers, **variables):
        return gunicorn_server.running_application(folder, "library.application", workers, "--pythonpath", str(PROGRAMS),
                                                   **self.variables, **variables)


class Shop:
    """Rails behind puma."""
    folder, source = PROGRAMS / "shop", "shop.rb"
    rounds, detail = 28, "product"
    fill = ["/usr/bin/ruby", "shop/shop.rb"]

    def __init__(self, database):
        self.variables = {"DATABASE_URL": f"sqlite3:{database}", "RAILS_ENV": "production"}
        text = (self.folder / self.source).read_text()
        self.functions = re.findall(r"^  def (\w+)", text.partition("class PagesController")[2].partition("  private\n")[0], re.MULTILINE)
        self.pages = self.functions + [f"{kind}_{table}" for kind in ("list", "one")
                                       for table in ("suppliers", "categories", "customers", "products", "orders")]

    def serve(self, folder, workers, **variables):
        path = folder / "server.sock"
        command = ["/usr/bin/puma", "--bind", f"unix://{path}", "--threads", "1:1", "--workers", str(workers if workers > 1 else 0),
                   self.folder / "config.ru"]
        return gunicorn_server.serving(
            command, folder, path, lambda log: log.count(b" booted") >= workers if workers > 1 else b"Use Ctrl-C" in log,
            **self.variables, **variables)


@pytest.fixture(scope="module", params=(Library, Shop), ids=("django", "rails"))
def application(request, tmp_path_factory):
    made = request.param(tmp_path_factory.mktemp("database") / "crawled.db")
    made.recordings = {}
    made.make_folder = lambda: tmp_path_factory.mktemp("crawl")
    filled = subprocess.run(made.fill, cwd=PROGRAMS, env={**made.variables, "PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True,
                            timeout=TIMEOUT)
    assert filled.returncode == 0, filled.stderr.decode()
    return made


def all_pages(application, rounds):
    """Each page once in each round; at last the rows of a list one by one, in its order, as who follows its links asks for them."""
    asked = [(page, turn) for turn in range(1, rounds + 1) for page in application.pages]
    if rounds == application.rounds:
        asked += [(application.detail, row) for row in range(1, PAGES - len(asked) + 1)]
        assert len(asked) == PAGES
    return asked


class Crawl:
    def __init__(self, build, application, rounds, workers):
        folder = application.make_folder()
        recordings = folder / "recordings"
        recordings.mkdir()
        self.requests, self.executions = Counter(), Counter()
        with application.serve(folder, workers, LD_PRELOAD=str(build.agent), NPLUS1_OUTPUT=f"{recordings}/") as path, \
                ThreadPoolExecutor(workers) as clients:
            def ask(number, asked):
                page, turn = asked
                status, headers, _ = gunicorn_server.ask(path, f"/{page}/{turn}", Session=f"visitor-{number % VISITORS}")
                assert status == 200, (asked, (folder / "server.log").read_text()[-4000:])
                return page, int(headers["Executions"])

            for page, executions in clients.map(ask, *zip(*enumerate(all_pages(application, rounds)))):
                self.requests[page] += 1
                self.executions[page] += executions
        self.report = build.report(recordings)
        self.groups = {group["id"]: group for group in self.report["groups"]}
        self.by_signature = {finding["signature"]: finding for finding in self.report["findings"]}
        assert len(self.by_signature) == len(self.report["findings"])
        assert [process["left_out"] for process in self.report["processes"]] == [0] * workers

    def text(self, group):
        return self.groups[group]["statement"]["text"]


@pytest.fixture
def crawl(build, application):
    """The crawl of so many rounds, None: all, by so many workers; another one of the same kind when its run is another."""
    def once(rounds=None, workers=1, run=1):
        key = rounds, workers, run
        if key not in application.recordings:
            application.recordings[key] = Crawl(build, application, rounds or application.rounds, workers)
        return application.recordings[key]
    return once


def place(found):
    return (found["file"], found["line"]) if found else ("no place", 0)


def table(text):
    return re.search(r'from "(?:library_)?(\w+)"', text)[1]


def marks(application):
    """Where loops stand: file and line, the table that is asked for each row, the parent's table and column."""
    for path in application.folder.rglob("*"):
        for number, line in enumerate(path.read_text().splitlines(), 1) if path.suffix in (".py", ".rb", ".erb", ".html") else ():
            if marked := MARK.search(line):
                for loop in marked[1].split(", "):
                    yield ((str(path), number), *re.fullmatch(r"(\w+) from (\w+)\.(\w+)", loop).groups())


def loops(crawl):
    return sorted((place(finding["loop"]), table(crawl.text(finding["group"])),
                   *((table(crawl.text(finding["parent"])), finding["parent_column"]) if finding["parent"] is not None else ())) for finding in crawl.report["findings"] if finding["kind"] == "n_plus_one")


def proofs(crawl):
    return sorted((place(finding["location"]), place(finding["loop"]), crawl.text(finding["group"]), crawl.text(finding["parent"]),
                   finding["parent_column"], finding["parameter"]) for finding in crawl.report["findings"])


def test_the_first_round_proves_each_loop_at_its_line(application, crawl):
    first = crawl(rounds=1)
    assert {(finding["kind"], finding["confidence"]) for finding in first.report["findings"]} == {("n_plus_one", "proven")}
    assert loops(first) == sorted(marks(application))


def test_the_last_round_proves_what_the_first_one_does_and_nothing_else(crawl):
    whole = crawl()
    assert sum(whole.requests.values()) == PAGES and sum(group["rows"] > 0 for group in whole.report["groups"]) > SOURCES
    assert {(finding["kind"], finding["confidence"]) for finding in whole.report["findings"]} == {("n_plus_one", "proven")}
    assert proofs(whole) == proofs(crawl(rounds=1))


def test_executions_are_those_that_the_pages_counted(application, crawl):
    whole = crawl()
    own = [group for group in whole.report["groups"] if not re.match("pragma|.* sqlite_", group["statement"]["text"])]
    assert sum(group["executions"] for group in own) == sum(whole.executions.values())
    counted = Counter()
    for group in own:
        source = str(application.folder / application.source)
        functions = {frame["function"] for frame in group["stack"] if frame["file"] == source}
        for page in functions & set(application.functions):
            counted[page] += group["executions"]
    assert counted == {page: whole.executions[page] - LOOKUPS * whole.requests[page] for page in application.functions}


def test_another_run_has_the_same_signatures(crawl):
    assert set(crawl(run=2).by_signature) == set(crawl().by_signature) == set(crawl(rounds=1).by_signature)


def test_two_workers_are_one_finding_each(application, crawl):
    both = crawl(workers=2)
    assert loops(both) == sorted(marks(application))
    assert set(both.by_signature) == set(crawl().by_signature)
    for signature, finding in both.by_signature.items():
        one = crawl().by_signature[signature]
        assert (finding["kind"], finding["confidence"], finding["executions"]) == (one["kind"], "proven", one["executions"])
