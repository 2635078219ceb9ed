"""Clients that other releases of Debian have, and what is run with each: a loop, and its twins, which do what the advice says."""
import shutil
from dataclasses import dataclass
from pathlib import Path

import releases

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PROGRAMS = HERE / "programs"
TODAYS = HERE.parent / "programs"
MARK = "N+1 here"
PYTHON_312 = Path("~/.pyenv/versions/3.12.1/bin/python3").expanduser()  # no release has it
PACKAGES = {
    "trixie": ["python3", "python3-psycopg", "python3-asyncpg", "ruby", "ruby-activerecord", "ruby-sqlite3", "ruby-pg", "ruby-sequel"],
    "forky": ["python3", "python3-psycopg", "python3-asyncpg", "python3-sqlalchemy"],
}
PYTHON, RUBY = ["/usr/bin/python3", "-B"], ["/usr/bin/ruby"]


@dataclass
class Client:
    """`version` is a command that prints it; `words` follow the function; a client of PostgreSQL is named by libpq's variables."""
    name: str
    release: str  # empty: this machine
    command: list
    program: Path
    twins: tuple
    version: list
    words: tuple = ()
    postgresql: bool = False
    advice: str = ""


def python(name, release, program, *twins, module=None, **more):
    version = [*PYTHON, "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3], end='')"
               + (f"; import {module}; print(',', {module}.__version__)" if module else "")]
    return Client(name, release, PYTHON, program, twins or ("to_one_joined",), version, **more)


def ruby(name, program, module, library, *twins, **more):
    version = [*RUBY, "-e", f"require '{library}'; puts RUBY_VERSION + ', ' + {module}.to_s"]
    return Client(name, "trixie", RUBY, PROGRAMS / program, twins, version, **more)


def psycopg(name, release):
    return python(name, release, TODAYS / "psycopg_shop.py", module="psycopg", words=("psycopg",), postgresql=True)


CLIENTS = [
    Client("CPython, sqlite3", "", [PYTHON_312, "-B"], PROGRAMS / "sqlite3_shop.py", ("to_one_joined",),
           [PYTHON_312, "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"]),
    python("CPython, sqlite3", "trixie", PROGRAMS / "sqlite3_shop.py"),
    psycopg("CPython, psycopg", "trixie"),
    python("CPython, asyncpg", "trixie", PROGRAMS / "asyncpg_shop.py", module="asyncpg", postgresql=True),
    python("CPython, sqlite3", "forky", PROGRAMS / "sqlite3_shop.py"),
    psycopg("CPython, psycopg", "forky"),
    python("CPython, asyncpg", "forky", PROGRAMS / "asyncpg_shop.py", module="asyncpg", postgresql=True),
    python("CPython, SQLAlchemy", "forky", TODAYS / "sqlalchemy_2.py", "to_one_joined", "to_one_selectin", module="sqlalchemy",
           advice="joinedload("),
    ruby("ActiveRecord, sqlite3", "activerecord_shop.rb", "ActiveRecord.version", "active_record", "to_one_includes", "to_one_eager",
         advice="includes("),
    ruby("ActiveRecord, pg", "activerecord_shop.rb", "ActiveRecord.version", "active_record", "to_one_includes", "to_one_eager",
         words=("postgresql",), postgresql=True, advice="includes("),
    ruby("Sequel, sqlite3", "sequel_shop.rb", "Sequel.version", "sequel", "to_one_eager", advice="eager("),
    ruby("Sequel, pg", "sequel_shop.rb", "Sequel.version", "sequel", "to_one_eager", words=("postgresql",), postgresql=True,
         advice="eager("),
]


def marked(client):
    return next(number for number, line in enumerate(client.program.read_text().splitlines(), 1) if MARK in line)


class Releases:
    def __init__(self, build):
        self.build = build
        self.folder = build.folder.absolute() / "clients"

    def release(self, name):
        return releases.Release(name, self.folder / name, self.folder / f"{name}.log")

    def prepare(self):
        """Minutes at the first time."""
        releases.require()
        for name, packages in PACKAGES.items():
            self.release(name).bootstrap(packages)

    def missing(self, client):
        """Why a client cannot be had here; None: it can."""
        if not client.release and not shutil.which(client.command[0]):
            return f"there is no {client.command[0]}"
        return None

    def run(self, client, command, scratch, **variables):
        """Runs a command with what the client's release has; it sees the tree and the folder `scratch`."""
        if not client.release:
            return self.build.run(command, **variables)
        seen = [ROOT, self.build.folder.absolute(), scratch]
        seen += [variables["PGHOST"]] if "PGHOST" in variables and variables["PGHOST"].startswith("/") else []
        return self.build.run(self.release(client.release).command(command, {"LC_ALL": "C.UTF-8", **variables}, seen))

    def version(self, client, scratch):
        result = self.run(client, client.version, scratch)
        assert result.returncode == 0, result.stderr.decode()
        return result.stdout.decode().strip()
