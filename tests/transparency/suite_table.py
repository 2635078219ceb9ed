"""The suites: a row each."""
import json
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import compiled
import results
from postgresql import free_port
from sources import Debian, File, Git, Installed, PyPI

HERE = Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"
WORKERS = os.environ.get("TRANSPARENCY_WORKERS", "2")


@dataclass
class Suite:
    name: str
    title: str
    source: object
    command: object  # of a Run: the words of the command
    read: object  # of results.py: what the file Run.output holds
    least: int  # tests; fewer are a fault of how the suite was run
    server: bool = False
    databases: tuple = ()  # made beforehand
    variables: object = field(default=lambda run: {})
    prepare: object = lambda tree: None  # of the source's folder, before it is copied for a run
    unprivileged: bool = False  # it starts servers of its own, which root may not


@dataclass
class Run:
    work: Path  # a fresh copy of the source, the current directory
    output: Path
    server: dict  # PGHOST and so on


def unittests(python, *names):
    return lambda run: [python, "-B", HERE / "unittest_results.py", *names]


def unittest_variables(run):
    return {"TRANSPARENCY_RESULTS": str(run.output)}


def cpython(version):
    python = Path(f"~/.pyenv/versions/{version}").expanduser()
    minor = int(version.split(".")[1])
    lib = python / f"lib/python3.{minor}"
    folder, package = (lib / "sqlite3/test", "sqlite3.test") if minor < 11 else (lib / "test/test_sqlite3", "test.test_sqlite3")
    names = [f"{package}.{path.stem}" for path in sorted(folder.glob("*.py")) if path.stem not in ("__init__", "__main__", "util")]
    return Suite(f"cpython-3.{minor}", "CPython's tests of sqlite3", Installed(folder, version), unittests(python / "bin/python3", *names),
                 results.json_lines, 220, variables=unittest_variables)


def debian_cpython(run):
    names = [f"test.test_sqlite3.{path.stem}" for path in sorted((run.work / "Lib/test/test_sqlite3").glob("test_*.py"))]
    return [PYTHON, "-B", HERE / "unittest_results.py", *names]


def perl(*more):
    return lambda run: [PYTHON, HERE / "tap.py", run.output, "perl", "-Ilib-of-tests", *more, "--",
                        *(str(path.relative_to(run.work)) for path in sorted(run.work.glob("t/*.t")))]


# Of SQLAlchemy's tests, those of its engine, of results and of the ways to load: most of the others compile SQL and execute nothing.
LOADING = ["test/engine", "test/sql/test_resultset.py", "test/sql/test_query.py", "test/sql/test_insert_exec.py",
           *(f"test/orm/test_{name}.py" for name in ("lazy_relations", "selectin_relations", "subquery_relations", "unitofwork"))]


# Left out is what its own tox.ini leaves out: tests of memory and of time, which take most of an hour and say something of a quiet machine.
def sqlalchemy(database, paths=("test/",)):
    return lambda run: [PYTHON, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", WORKERS, "--dburi", database(run), "--maxfail=100000",
                        "--nomemory", "--exclude-tag", "memory-intensive", "--exclude-tag", "timing-intensive",
                        "-o", "junit_family=xunit1", f"--junit-xml={run.output}", *paths]


DJANGO = ("aggregation aggregation_regress annotations backends basic bulk_create cache constraints custom_columns custom_lookups custom_managers"
          " custom_pk datatypes dates datetimes db_functions db_typecasts db_utils defer defer_regress delete delete_regress distinct_on_fields"
          " expressions expressions_case expressions_window field_defaults filtered_relation fixtures from_db_value generic_relations get_or_create"
          " indexes inspectdb introspection known_related_objects lookup m2m_regress many_to_many many_to_one migrations model_fields"
          " model_inheritance multiple_database nested_foreign_keys null_queries ordering prefetch_related queries queryset_pickle raw_query"
          " reverse_lookup schema select_for_update select_related servers sessions_tests transaction_hooks transactions update").split()


def django(run):
    return [PYTHON, "-B", "tests/runtests.py", "--settings=django_settings", "--parallel=1", *DJANGO]


def django_variables(run):
    return {**unittest_variables(run), "PYTHONPATH": f"{HERE}:{run.work}", "PYTHONHASHSEED": "0"}


def psycopg2_variables(run):
    return {**unittest_variables(run), "PSYCOPG2_TESTDB": "psycopg2_test", "PSYCOPG2_TESTDB_HOST": run.server["PGHOST"],
            "PSYCOPG2_TESTDB_USER": run.server["PGUSER"], "PSYCOPG2_TEST_FAST": "1"}


ASYNCPG = File("asyncpg", "0.32.0", "https://files.pythonhosted.org/packages/80/4e/59dc964f962f09e3ed472e5d2d3ba670a41a2be25080dc62ab3db507ff5e/"
               "asyncpg-0.32.0.tar.gz", "45e64e56714d888330b884aad1dfb363d0bf43fb343e3d1a8968525f3bade478", "tests", requirements="asyncpg.txt")
# Without those that read the sources, or start servers of their own.
ASYNCPG_TESTS = ("cache_invalidation cancellation codecs copy cursor exceptions execute introspection listeners logging pool prepare record timeout"
                 " transaction types utils").split()
APSW = File("apsw", "3.54.1.0", "https://files.pythonhosted.org/packages/84/75/be84a7237ea1af8374c67ff7468053bff538e1591526805c6574b2efef4d/"
            "apsw-3.54.1.0.tar.gz", "d9fd64ed76dc0f3d2265d4aeedb74d678c2ac7dffbd4e8ba05bf9a87aa7c34d3", "README.rst", requirements="apsw.txt")


PSYCOPG = Git("psycopg", "3.1.7", "https://github.com/psycopg/psycopg", "cefcafff6e29e534f7a6ce5ba9a7e97f1bd193c2", "tests", "pyproject.toml",
              requirements="psycopg.txt")


def psycopg(run):
    """Without those of another system, of types, and of what takes its time on purpose."""
    return [PYTHON, "-B", "-m", "pytest", "-q", "--test-dsn", f"host={run.server['PGHOST']} user={run.server['PGUSER']} dbname=psycopg_test",
            "-m", "not slow and not timing and not flakey", "-o", "junit_family=xunit1", f"--junit-xml={run.output}", "--ignore=tests/crdb",
            "--ignore=tests/test_typing.py", "--ignore=tests/test_dns_srv.py", "tests"]


DBD_PG = Git("DBD-Pg", "3.16.0", "https://github.com/bucardo/dbdpg", "5d4690704d30f8b33eb51148e56dc72a4811aff0", "t")


def dbd_pg_variables(run):
    return {"DBI_DSN": f"dbi:Pg:dbname=postgres;host={run.server['PGHOST']}", "DBI_USER": run.server["PGUSER"]}


RUBY_PG = Git("ruby-pg", "1.4.5", "https://github.com/ged/ruby-pg", "5855e7c199cdb0bee764f2f75e304eb2daa3aca7", "spec")


def ruby_pg(run):
    return ["rspec", "--no-color", "--seed", "1", "-f", "json", "-o", run.output, "spec"]


def ruby_pg_variables(run):
    """It makes a server of its own in its folder, whose socket there is."""
    return {"RUBY_PG_TEST_DIR": str(run.work), "PGPORT": str(free_port()), "HOME": str(run.work),
            "PATH": f"{compiled.run('pg_config', '--bindir').strip()}:{os.environ['PATH']}"}


RUBY_SQLITE3 = Git("sqlite3-ruby", "1.4.2", "https://github.com/sparklemotion/sqlite3-ruby", "a1407544d9be7845408a908db272d8cfdcf8bcd4", "test")


def ruby_sqlite3(run):
    files = sorted(str(path.relative_to(run.work)) for path in run.work.glob("test/test_*.rb"))
    return ["sh", "-c", 'exec ruby -W0 -Itest -e \'files = ARGV.dup; ARGV.replace(%w[--verbose --seed 1]); files.each { |f| require "./" + f }\''
            ' -- "$@" >"$OUTPUT"', "sh", *files]


# SQLite's own tests for which its Tcl package is enough; of the language, of types, schemas, transactions and full text, those that do not take long.
SQLITE_TESTS = re.compile(
    r"(affinity|agg|analyze|attach|auth|backup|blob|cast|coalesce|collate|count|cse|date|delete|distinct|enc|eqp|expr|filter|fts3a|func|gencol|hook"
    r"|in\d|incrblob|index|insert|intpkey|join|json|laststmtchanges|like|limit|main|minmax|notnull|null|numcast|orderby|pragma|printf|quote|randexpr"
    r"|returning|rollback|rowid|rowvalue|savepoint|schema|select|strict|subquery|subselect|substr|subtype|table|tclsqlite|temp|trans|trigger[13-9]"
    r"|types|unique|update|view|where[\dA-F]|window[2-9A-C]|without)")


def sqlite_tests(run):
    names = [str(path.relative_to(run.work)) for path in sorted(run.work.glob("test/*.test"))
             if SQLITE_TESTS.match(path.name) and not re.search(r"malloc|fault|ioerr|fuzz|corrupt|crash|big|_err|stress|where9|temptable2|without_rowid[34]|select9|view3", path.name)]
    return [PYTHON, HERE / "tap.py", run.output, "tclsh8.6", HERE / "sqlite_tests.tcl", "--", *names]


def tdbc(system, commit):
    package = f"tdbc{system}"
    return Suite(f"tdbc-{system}", f"Tcl's tdbc::{system}", Git(package, "1.0.0", f"https://github.com/tcltk/{package}", commit, "tests"),
                 lambda run: ["sh", "-c", f'exec tclsh8.6 tests/{package}.test -verbose ps >"$OUTPUT"'], results.tcltest, 100, server=system == "postgres",
                 variables=lambda run: {"OUTPUT": str(run.output), "TDBCPOSTGRES_DB": "postgres", "TDBCPOSTGRES_HOST": run.server.get("PGHOST", ""),
                                        "TDBCPOSTGRES_USER": run.server.get("PGUSER", "")})


QT = Debian("qtbase-opensource-src", "5.15.8+dfsg", "tests/auto/sql")


def qt(run):
    names = sorted(path.name for path in run.work.glob("tst_*"))
    return [PYTHON, HERE / "tap.py", run.output, "sh", "-c", 'exec "./$0" -o -,tap', "--", *names]


def qt_variables(run):
    """QSQLITE is tested always, what this file names besides."""
    databases = run.work / "databases.json"
    entry = {"driver": "QPSQL", "name": "qt", "username": run.server.get("PGUSER"), "hostname": run.server.get("PGHOST"), "port": 5432}
    databases.write_text(json.dumps({"entries": [entry] if run.server else []}))
    return {"QT_TEST_DATABASES_FILE": str(databases), "QT_QPA_PLATFORM": "offscreen"}


def phpt(folder):
    return lambda run: ["/usr/bin/php", "run-tests.php", "-q", "-p", "/usr/bin/php", "-j" + WORKERS, "-W", run.output, "--no-color",
                        f"ext/{folder}/tests"]


def php_variables(run):
    host = run.server.get("PGHOST", "")
    return {"NO_INTERACTION": "1", "SKIP_ONLINE_TESTS": "1", "PDO_PGSQL_TEST_DSN": f"pgsql:host={host} dbname=postgres user=nplus1",
            "PGSQL_TEST_CONNSTR": f"host={host} dbname=postgres user=nplus1"}


def regress(run):
    return [PYTHON, HERE / "regress.py", run.output]


def active_record(*folders):
    """Cases of SQLite that need no gem but those of Debian's packages."""
    def command(run):
        files = sorted(str(path.relative_to(run.work / "activerecord")) for folder in folders
                       for path in (run.work / "activerecord/test/cases" / folder).rglob("*_test.rb")
                       if not re.search(r"/(adapters|tasks|encryption)/", str(path)))
        return ["sh", "-c", 'cd activerecord && exec ruby -W0 -Ilib:test -e \'ARGV.shift(0); ARGV.each { |f| begin; require "./" + f;'
                ' rescue LoadError => e; warn e.message; end }; ARGV.replace(%w[--verbose --seed 1])\' -- "$@" >"$OUTPUT"', "sh", *files]
    return command


def rails(name, title, least, *folders):
    return Suite(name, title, Debian("rails", "6.1.7.10", "activerecord", "activemodel", "activesupport", "tools"), active_record(*folders),
                 results.minitest, least, variables=lambda run: {"OUTPUT": str(run.output), "ARCONN": "sqlite3"})


SUITES = [
    *(cpython(version) for version in ("3.8.18", "3.9.18", "3.10.13", "3.11.7", "3.12.1", "3.13.0")),
    Suite("cpython-debian", "CPython's tests of sqlite3, Debian's Python", Debian("python3.11", "3.11.2", "Lib/test/test_sqlite3"), debian_cpython,
          results.json_lines, 430, variables=lambda run: {**unittest_variables(run), "TRANSPARENCY_TESTS": str(run.work / "Lib/test")}),
    Suite("dbd-sqlite", "DBD::SQLite", Debian("libdbd-sqlite3-perl", "1.72", "t", "lib"), perl("-It/lib"), results.tap, 3500),
    Suite("dbd-pg", "DBD::Pg", DBD_PG, perl(), results.tap, 1500, server=True, variables=dbd_pg_variables),
    Suite("psycopg", "psycopg 3", PSYCOPG, psycopg, results.junit, 3000, server=True, databases=("psycopg_test",),
          variables=lambda run: {"PYTHONPATH": f"{run.work / 'site-packages'}:{run.work}", "PYTHONHASHSEED": "0"}),
    Suite("psycopg2", "psycopg2", PyPI("psycopg2", "2.9.5"), unittests(PYTHON, "tests"), results.json_lines, 700, server=True,
          databases=("psycopg2_test",), variables=lambda run: {**psycopg2_variables(run), "PYTHONPATH": str(run.work)}),
    # A driver that speaks the protocol itself, and one with a SQLite of its own.
    Suite("asyncpg", "asyncpg", ASYNCPG, unittests(PYTHON, *(f"tests.test_{name}" for name in ASYNCPG_TESTS)), results.json_lines, 250, server=True,
          variables=lambda run: {**unittest_variables(run), "PYTHONPATH": f"{run.work / 'site-packages'}:{run.work}", "PGUSER": run.server["PGUSER"]}),
    Suite("apsw", "apsw, with its own SQLite", APSW, unittests(PYTHON, "apsw.tests.__main__"), results.json_lines, 80,
          variables=lambda run: {**unittest_variables(run), "PYTHONPATH": str(run.work / "site-packages"), "NPLUS1_HIDDEN": "1"}),
    Suite("sqlalchemy-sqlite", "SQLAlchemy on SQLite", PyPI("SQLAlchemy", "1.4.46"), sqlalchemy(lambda run: "sqlite://"), results.junit, 10000),
    Suite("sqlalchemy-postgresql", "SQLAlchemy on PostgreSQL", PyPI("SQLAlchemy", "1.4.46"),
          sqlalchemy(lambda run: f"postgresql+psycopg2://nplus1@/test?host={run.server['PGHOST']}"), results.junit, 8000, server=True,
          databases=("test",)),
    Suite("sqlalchemy-loading-sqlite", "SQLAlchemy's engine and loading on SQLite", PyPI("SQLAlchemy", "1.4.46"),
          sqlalchemy(lambda run: "sqlite://", LOADING), results.junit, 1000),
    Suite("sqlalchemy-loading-postgresql", "SQLAlchemy's engine and loading on PostgreSQL", PyPI("SQLAlchemy", "1.4.46"),
          sqlalchemy(lambda run: f"postgresql+psycopg2://nplus1@/test?host={run.server['PGHOST']}", LOADING), results.junit, 1000, server=True,
          databases=("test",)),
    Suite("django-sqlite", "Django on SQLite", Debian("python-django", "3.2.25", "tests", "django", "docs/conf.py"), django, results.json_lines, 3000,
          variables=django_variables),
    Suite("django-postgresql", "Django on PostgreSQL", Debian("python-django", "3.2.25", "tests", "django", "docs/conf.py"), django,
          results.json_lines, 3000, server=True, databases=("django_default", "django_other"), variables=django_variables),
    *(Suite(f"php-{name.replace('_', '-')}", f"PHP's phpt of {name}", Debian("php8.2", "8.2.32", "run-tests.php", f"ext/{name}", "ext/pdo"), phpt(name), results.phpt,
            least, server="pgsql" in name, variables=php_variables)
      for name, least in (("sqlite3", 60), ("pdo_sqlite", 30), ("pgsql", 60), ("pdo_pgsql", 50))),
    Suite("postgresql-regress", "PostgreSQL's regression through psql", Debian("postgresql-15", "15.18", "src/test/regress"), regress, results.outputs,
          200, server=True, databases=("regression",)),
    Suite("libpq-programs", "PostgreSQL's programs that test libpq", Debian("postgresql-15", "15.18", "src/interfaces/libpq",
          "src/test/modules/libpq_pipeline"), lambda run: [PYTHON, HERE / "libpq_programs.py", run.output], results.outputs, 60, server=True,
          prepare=compiled.libpq),
    Suite("sqlite-tests", "SQLite's tests through Tcl's sqlite3", Debian("sqlite3", "3.40.1", "test", "src/test_config.c"), sqlite_tests,
          results.sqlite_tests, 10000),
    tdbc("sqlite3", "caaa070424da2f323fd98bb4009c4457de9f03dd"),
    tdbc("postgres", "74d6eb17bd59584e7faa606fec03100ebfd01211"),
    Suite("qt-sqlite", "Qt's SQL tests on SQLite", QT, qt, results.tap, 340, variables=qt_variables, prepare=compiled.qt),
    # Its tests of queries give up at once: they make tables WITH OIDS, which PostgreSQL 12 took out.
    Suite("qt-postgresql", "Qt's SQL tests on PostgreSQL and SQLite", QT, qt, results.tap, 340, server=True, databases=("qt",),
          variables=qt_variables, prepare=compiled.qt),
    Suite("ruby-pg", "ruby-pg", RUBY_PG, ruby_pg, results.rspec, 600, variables=ruby_pg_variables, unprivileged=True),
    Suite("ruby-sqlite3", "ruby-sqlite3", RUBY_SQLITE3, ruby_sqlite3, results.minitest, 200, variables=lambda run: {"OUTPUT": str(run.output)}),
    rails("activerecord", "ActiveRecord on SQLite", 3000, "."),
    rails("activerecord-associations", "ActiveRecord's associations on SQLite", 1000, "associations"),
]


def find(name):
    for suite in SUITES:
        if suite.name == name:
            return suite
    sys.exit(f"transparency: there is no suite {name}; there are {', '.join(suite.name for suite in SUITES)}")
