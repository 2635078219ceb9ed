"""Each Python client of the databases: loops are counted exactly, proven, and told at their file and line; what is loaded at once is no finding.

A script is made from one text for all of them, with what the client calls its connection, its parents, their children and the join.
What it sent is counted by the client's own hook, where it has one, and on PostgreSQL by the server.
"""
import re
import sqlite3
import textwrap
from collections import Counter
from dataclasses import dataclass

import pytest
from postgresql import calls_by_statement, executions_by_statement
from python_samples import needs_psycopg

PYTHON = "/usr/bin/python3"
BOOKS = 3  # of each author

SCRIPT = """\
import sys
URL = sys.argv[1]
sent = [0]
def count(*_):
    sent[0] += 1
    return True
{head}

def one_loop():
    total = 0
    for author in {parents}:
        total += {children}  # one_loop
    return total

def two_loops():
    total = 0
    for author in {parents}:
        total += {children}  # two_loops, first
    {forget}
    for author in {parents}:
        total += {children}  # two_loops, second
    return total

def pages_of(author):
    return {children}  # pages_of

def orders():
    total = 0
    for author in {parents}:
        total += pages_of(author)  # orders
    return total

def invoices():
    total = 0
    for author in {parents}:
        total += pages_of(author)  # invoices
    return total

def eager():
    return {eager}

sums = []
before = sent[0]
for name in sys.argv[2:]:
    sums.append(globals()[name]())
    {forget}
print(sent[0] - before, *sums)
"""

SQLITE_MODULE = """
import sqlite3
db = sqlite3.connect(URL)
db.set_trace_callback(count)
"""
APSW = """
import apsw
db = apsw.Connection(URL)
db.setexectrace(count)
"""
PSYCOPG2 = """
import psycopg2.extras
class Counted(psycopg2.extras.LoggingConnection):
    def filter(self, *_):
        count()
db = psycopg2.connect(URL, connection_factory=Counted)
db.initialize(sys.stderr)
db.autocommit = True
"""
WAIT = """
import select
def wait(connection):
    while True:
        state = connection.poll()
        if state == psycopg2.extensions.POLL_OK:
            return
        fds = [connection.fileno()]
        select.select(*((fds, [], []) if state == psycopg2.extensions.POLL_READ else ([], fds, [])))
"""
PSYCOPG2_CALLBACK = "import psycopg2.extensions" + WAIT + "psycopg2.extensions.set_wait_callback(wait)" + PSYCOPG2
PSYCOPG2_ASYNC = "import psycopg2.extensions" + WAIT + """
db = psycopg2.connect(URL, async_=True)
wait(db)
"""
PSYCOPG = """
import psycopg
assert psycopg.pq.__impl__ == "python"
db = psycopg.connect(URL, autocommit=True)
"""
SQLALCHEMY = """
from sqlalchemy import Column, ForeignKey, Integer, create_engine, event
from sqlalchemy.orm import Session, relationship, selectinload
try:
    from sqlalchemy.orm import declarative_base
except ImportError:  # before 1.4
    from sqlalchemy.ext.declarative import declarative_base
Base = declarative_base()
class Author(Base):
    __tablename__ = "authors"
    id = Column(Integer, primary_key=True)
    books = relationship("Book")
class Book(Base):
    __tablename__ = "books"
    id = Column(Integer, primary_key=True)
    author_id = Column(ForeignKey("authors.id"))
    pages = Column(Integer)
engine = create_engine(URL)
event.listen(engine, "before_cursor_execute", count)
session = Session(engine)
"""
# On SQLite, what writes the log asks the database to quote the values of each statement.
DJANGO_QUOTES = 'connection.ops.last_executed_query = lambda *_: ""'
DJANGO = """
import django
from django.conf import settings
engine, _, name = URL.partition(":")
settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends." + engine, "NAME": name}},
                   DEFAULT_AUTO_FIELD="django.db.models.AutoField")
django.setup()
from django.db import connection, models
class Author(models.Model):
    class Meta:
        app_label = "shop"
        db_table = "authors"
class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    pages = models.IntegerField()
    class Meta:
        app_label = "shop"
        db_table = "books"
connection.force_debug_cursor = True
connection.ops.last_executed_query = lambda *_: ""
class Log(type(connection.queries_log)):
    def append(self, query):
        count()
connection.queries_log = Log()
"""
PEEWEE = """
import logging
import peewee
from playhouse.db_url import connect
database = connect(URL)
class Author(peewee.Model):
    class Meta:
        database = database
        table_name = "authors"
class Book(peewee.Model):
    author = peewee.ForeignKeyField(Author, backref="books")
    pages = peewee.IntegerField()
    class Meta:
        database = database
        table_name = "books"
peewee.logger.setLevel(logging.DEBUG)
peewee.logger.addFilter(count)
peewee.logger.addHandler(logging.NullHandler())
"""


@dataclass
class Client:
    system: str
    head: str
    parents: str
    children: str
    eager: str
    eager_executions: int = 1
    forget: str = "pass"
    url: str = "{}"
    has_hook: bool = True
    column: str = "id"


CURSOR = dict(parents='db.cursor().execute("SELECT id FROM authors")',
              children='len(db.cursor().execute("SELECT pages FROM books WHERE author_id = {}", author).fetchall())',
              eager='len(db.cursor().execute("SELECT pages FROM authors JOIN books ON author_id = authors.id").fetchall())')
ALCHEMY = dict(head=SQLALCHEMY, parents="session.query(Author)", children="len(author.books)", forget="session.expunge_all()", column="authors_id",
               eager="sum(len(author.books) for author in session.query(Author).options(selectinload(Author.books)))", eager_executions=2)
DJANGO_CALLS = dict(head=DJANGO, parents="Author.objects.all()", children="len(author.books.all())", eager_executions=2,
                    eager='sum(len(author.books.all()) for author in Author.objects.prefetch_related("books"))')
PSYCOPG2_CALLS = dict(parents='(cursor := db.cursor()).execute("SELECT id FROM authors") or {}cursor.fetchall()',
                      children='(cursor := db.cursor()).execute("SELECT pages FROM books WHERE author_id = %s", author) or {}cursor.rowcount',
                      eager='(cursor := db.cursor()).execute("SELECT pages FROM authors JOIN books ON author_id = authors.id")'
                            ' or {}cursor.rowcount')
PSYCOPG_CALLS = {name: text.format("%s") for name, text in CURSOR.items()}
PEEWEE_CALLS = dict(head=PEEWEE, parents="Author.select()", children="len(author.books)", eager_executions=2,
                    eager="sum(len(author.books) for author in peewee.prefetch(Author.select(), Book.select()))")
CLIENTS = {
    "sqlite3": Client("sqlite", SQLITE_MODULE, **{name: text.format("?") for name, text in CURSOR.items()}),
    "apsw": Client("sqlite", APSW, **{name: text.format("?") for name, text in CURSOR.items()}),
    **{name: Client("postgresql", head, **{call: text.format(wait) for call, text in PSYCOPG2_CALLS.items()}, url="dbname={}",
                    has_hook=not wait)
       for name, head, wait in (("psycopg2", PSYCOPG2, ""), ("psycopg2-callback", PSYCOPG2_CALLBACK, ""),
                                ("psycopg2-async", PSYCOPG2_ASYNC, "wait(db) or "))},
    **{name: Client("postgresql", PSYCOPG + more, **PSYCOPG_CALLS, url="dbname={}", has_hook=False)
       for name, more in (("psycopg", ""), ("psycopg-prepared", "db.prepare_threshold = 0"),
                          ("psycopg-client", "db.cursor_factory = psycopg.ClientCursor"))},
    "sqlalchemy-sqlite": Client("sqlite", **ALCHEMY, url="sqlite:///{}"),
    "sqlalchemy-psycopg2": Client("postgresql", **ALCHEMY, url="postgresql+psycopg2:///{}"),
    "django-sqlite": Client("sqlite", **DJANGO_CALLS, url="sqlite3:{}"),
    "django-sqlite-log": Client("sqlite", **{**DJANGO_CALLS, "head": DJANGO.replace(DJANGO_QUOTES, "")}, url="sqlite3:{}"),
    "django-postgresql": Client("postgresql", **DJANGO_CALLS, url="postgresql:{}"),
    "peewee-sqlite": Client("sqlite", **PEEWEE_CALLS, url="sqlite:///{}"),
    "peewee-postgresql": Client("postgresql", **PEEWEE_CALLS, url="postgresql:///{}"),
}
TABLES = ("CREATE TABLE authors(id integer PRIMARY KEY);"
          "CREATE TABLE books(id integer PRIMARY KEY, author_id integer NOT NULL REFERENCES authors, pages integer NOT NULL);")
LOOPS = ("one_loop", "two_loops", "orders", "invoices")


def fill(authors):
    """Text that both databases understand. No key of one table is one of the other."""
    parents = ", ".join(f"({1000 + i})" for i in range(authors))
    children = ", ".join(f"({5000 + i}, {1000 + i % authors}, {100 + i})" for i in range(authors * BOOKS))
    return f"{TABLES} INSERT INTO authors VALUES {parents}; INSERT INTO books VALUES {children};"


class Watched:
    def __init__(self, build, request, folder, name, authors, functions):
        self.client = client = CLIENTS[name]
        self.path = folder / "script.py"
        self.path.write_text(SCRIPT.format(head=textwrap.dedent(client.head), **{
            name: getattr(client, name) for name in ("parents", "children", "eager", "forget")}))
        variables = {}
        if client.system == "postgresql":
            server = request.getfixturevalue("server")
            database, variables = server.new_database(), server.variables
            server.sql(fill(authors), database)
            server.forget_calls()
        else:
            database = folder / "shop.db"
            with sqlite3.connect(database) as db:
                db.executescript(fill(authors))
        self.run = build.run_watched([PYTHON, "-B", self.path, client.url.format(database), *functions], folder / "recording.pb", **variables)
        assert (self.run.returncode, self.run.stderr) == (0, b""), self.run.stderr.decode()
        self.sent, *self.sums = map(int, self.run.stdout.split())
        self.report = build.report(folder / "recording.pb")
        # What begins, and asks for versions, is the client's own doing.
        self.loads = [group for group in self.report["groups"] if re.search("from .?(authors|books)", group["statement"]["text"])]
        self.by_server = calls_by_statement(build, server.calls(database)) if client.system == "postgresql" else None

    def line(self, marker):
        line, = [number for number, text in enumerate(self.path.read_text().splitlines(), 1) if text.endswith(f"# {marker}")]
        return line

    def callers(self, finding):
        """The script's own frames: (function, line), the innermost first, but the module's."""
        group, = [group for group in self.report["groups"] if group["id"] == finding["group"]]
        return [(frame["function"], frame["line"]) for frame in group["stack"]
                if frame["in_app"] and frame["function"] in (*LOOPS, "pages_of")]

    def check_counts(self, expected):
        """Three counts: what the loops need, what client and server say, what the report says."""
        assert sum(group["executions"] for group in self.loads) == expected
        if self.client.has_hook:
            assert self.sent == expected
        if self.by_server is not None:
            assert executions_by_statement(self.report) == self.by_server
        assert self.report["totals"]["errors"] == self.report["processes"][0]["left_out"] == 0


def marks_of(name):
    return [needs_psycopg] if PSYCOPG in CLIENTS[name].head else []


@pytest.fixture(scope="module", params=[pytest.param((name, authors), id=f"{name}-{authors}", marks=marks_of(name))
                                        for name in CLIENTS for authors in (2, 12)])
def loops(request, build, tmp_path_factory):
    name, authors = request.param
    watched = Watched(build, request, tmp_path_factory.mktemp("client"), name, authors, LOOPS)
    watched.authors = authors
    return watched


def test_every_execution_is_counted(loops):
    assert loops.sums == [loops.authors * BOOKS * times for times in (1, 2, 1, 1)]
    loops.check_counts(expected=5 * (1 + loops.authors))


def of_loops(report):
    return [finding for finding in report["findings"] if finding["kind"] == "n_plus_one"]


def test_five_times_the_same_list_is_said_once(loops):
    others = [(finding["kind"], finding["evidence"]["repeated_elsewhere"])
              for finding in loops.report["findings"] if finding["kind"] != "n_plus_one"]
    # peewee 3.14 has a transaction for each of them on PostgreSQL, 3.17 has none: what is asked again may have changed.
    begun = sum(group["executions"] for group in loops.report["groups"] if group["statement"]["text"] == "begin")
    own = loops.client is CLIENTS["peewee-postgresql"] and begun > loops.authors
    assert others == ([] if own else [("duplicate_query", 4)])


def test_each_loop_is_a_finding_of_its_own_at_its_file_and_line(loops):
    findings = of_loops(loops.report)
    assert Counter(tuple(loops.callers(finding)) for finding in findings) == Counter([
        (("one_loop", loops.line("one_loop")),),
        (("two_loops", loops.line("two_loops, first")),),
        (("two_loops", loops.line("two_loops, second")),),
        (("pages_of", loops.line("pages_of")), ("orders", loops.line("orders"))),
        (("pages_of", loops.line("pages_of")), ("invoices", loops.line("invoices"))),
    ])
    assert len({finding["signature"] for finding in findings}) == len(findings)


def test_each_finding_is_proven_and_knows_its_parent(loops):
    parents = {group["id"]: group for group in loops.loads if group["executions"] == 1}
    for finding in of_loops(loops.report):
        function, line = loops.callers(finding)[0]
        assert finding["location"] == {"file": str(loops.path), "line": line, "function": function}
        assert (finding["kind"], finding["confidence"], finding["parent_column"]) == ("n_plus_one", "proven", loops.client.column)
        assert (finding["executions"], finding["distinct_values"]) == (loops.authors, loops.authors)
        caller, _ = loops.callers(finding)[-1]
        assert any(frame["function"] == caller for frame in parents[finding["parent"]]["stack"])


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks_of(name)) for name in CLIENTS])
def test_the_eager_twin_has_no_finding(build, request, tmp_path, name):
    watched = Watched(build, request, tmp_path, name, 12, ["eager"])
    assert watched.sums == [12 * BOOKS]
    watched.check_counts(expected=CLIENTS[name].eager_executions)
    assert watched.report["findings"] == []
