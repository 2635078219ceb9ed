"""Mappers and drivers of today, installed once for a build and a list of versions, and what nplus1 says of a loop of theirs and its twins."""
import fcntl
import json
import os
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from consumers.installed import Unavailable, run

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE / "programs"
PYTHON = "/usr/bin/python3"
MARK = "N+1 here"


@dataclass
class Case:
    """A loop of a program, what the advice says, and the functions that follow it, with what they execute for parents of one list."""
    client: str
    program: str
    loop: str
    twins: tuple
    words: str = ""
    more: tuple = ()
    postgresql: bool = False

    def __str__(self):
        return f"{self.client}-{self.loop}".replace(" ", "-")


CASES = [
    Case("SQLAlchemy", "sqlalchemy_2.py", "to_one", ("to_one_joined", "to_one_selectin", "to_one_subquery", "to_one_raise"), "joinedload("),
    Case("SQLAlchemy", "sqlalchemy_2.py", "to_many", ("to_many_selectin", "to_many_joined"), "selectinload("),
    Case("sqlmodel", "sqlmodel_shop.py", "to_one", ("to_one_joined",), "joinedload("),
    Case("sqlmodel", "sqlmodel_shop.py", "to_many", ("to_many_selectin",), "selectinload("),
    Case("Django", "django_shop.py", "to_one", ("to_one_joined",), "select_related("),
    Case("Django", "django_shop.py", "to_many", ("to_many_prefetched",), "prefetch_related("),
    Case("peewee", "peewee_shop.py", "to_one", ("to_one_joined",), "join("),
    Case("peewee", "peewee_shop.py", "to_many", ("to_many_prefetched",), "prefetch("),
    Case("pony", "pony_shop.py", "to_many", ("to_many_prefetched",), "prefetch("),
    Case("tortoise-orm", "tortoise_shop.py", "to_one", ("to_one_joined",), "select_related("),
    Case("tortoise-orm", "tortoise_shop.py", "to_many", ("to_many_prefetched",), "prefetch_related("),
    Case("psycopg2-binary", "psycopg_shop.py", "to_one", ("to_one_joined",), more=("psycopg2",), postgresql=True),
    Case("psycopg-binary", "psycopg_shop.py", "to_one", ("to_one_joined",), more=("psycopg",), postgresql=True),
]


class Clients:
    def __init__(self, build):
        self.build = build
        self.folder = build.folder.absolute() / "clients"
        self.site = self.folder / "site-packages"  # a package's path by its name

    def prepare(self):
        self.folder.mkdir(exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            wanted, mark = (HERE / "python.txt").read_text(), self.folder / "python.done"
            if mark.exists() and mark.read_text() == wanted:
                return
            shutil.rmtree(self.site, ignore_errors=True)
            result = run([PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--target",
                          self.site, "-r", HERE / "python.txt"], env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"})
            if result.returncode:
                raise Unavailable(f"pip install of tests/clients/python.txt failed: {result.stderr.strip()[-2000:]}")
            mark.write_text(wanted)

    def run(self, case, function, database, recording=None, **variables):
        """What the program printed; under the agent when a recording is named."""
        words = [*case.more] if case.postgresql else [database]
        command = [PYTHON, "-B", PROGRAMS / case.program, function, *words]
        variables = {"PYTHONPATH": str(self.site), **variables}
        result = self.build.run_watched(command, recording, **variables) if recording else self.build.run(command, **variables)
        assert (result.returncode, result.stderr) == (0, b""), result.stdout.decode() + result.stderr.decode()
        return json.loads(result.stdout)


def versions():
    """Of each package, its version."""
    lines = (line.split(" ")[0] for line in (HERE / "python.txt").read_text().splitlines() if not line.startswith("#"))
    return dict(line.split("==") for line in lines)


def marked(case):
    """The line of the loop of a case: the first with the mark behind the head of its function."""
    lines = (PROGRAMS / case.program).read_text().splitlines()
    head = next(number for number, line in enumerate(lines) if f"def {case.loop}(" in line)
    return next(number for number in range(head, len(lines)) if MARK in lines[number]) + 1


SCHEMA = ("create table customers(id {key} primary key, name text); create table orders(id {key} primary key, customer_id integer, "
          "amount integer); create index orders_customer on orders(customer_id);")


def fill_sqlite(path, rows):
    """Customers and orders, whose ids have nothing in common."""
    with sqlite3.connect(path) as database:
        database.executescript(SCHEMA.format(key="integer"))
        database.executemany("insert into customers values (?, ?)", [(7 * i, f"customer {i}") for i in range(1, rows + 1)])
        database.executemany("insert into orders values (?, ?, ?)", [(i, 7 * (rows + 1 - i), i) for i in range(1, rows + 1)])
    database.close()
    return path


def fill_postgresql(server, rows):
    database = server.new_database()
    server.sql(SCHEMA.format(key="int") + f"insert into customers select 7 * i, 'customer ' || i from generate_series(1, {rows}) i;"
               f"insert into orders select i, 7 * ({rows} + 1 - i), i from generate_series(1, {rows}) i", database)
    return database


def executions_of(report):
    """Those of the program's queries, without what a mapper asks of its database when it connects."""
    return sum(group["executions"] for group in report["groups"]
               if group["statement"]["text"].startswith("select") and any(table in group["statement"]["text"]
                                                                          for table in ("orders", "customers")))


def loops_of(report):
    return [finding for finding in report["findings"] if finding["kind"] != "info"]
