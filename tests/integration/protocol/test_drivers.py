"""Drivers that speak the protocol themselves: executions are those that the server counted, statement by statement; a loop is proven at
the program's own line, its eager twin is silent, and what the program prints is the same as without the agent."""
import os

import pytest
from drivers.drivers import LOOP, PROGRAMS, fill
from postgresql import alike, calls_by_statement, executions_by_statement

CASES = {
    "asyncpg": ("asyncpg_shop.py",),
    "asyncpg-pool": ("asyncpg_shop.py", "pool"),
    "asyncpg-each": ("asyncpg_shop.py", "each"),
    "asyncpg-uvloop": ("asyncpg_shop.py", "uvloop"),
    "asyncpg-uvloop-each": ("asyncpg_shop.py", "each", "uvloop"),
    "sqlalchemy": ("sqlalchemy_shop.py",),
    "pg8000": ("pg8000_shop.py",),
    "pg": ("pg_shop.js",),
    "pg-pool": ("pg_shop.js", "pool"),
    "postgres.js": ("postgres_shop.js",),
    "sequelize": ("sequelize_shop.js",),
    "jdbc": ("Shop.java", ""),
    "jdbc-unprepared": ("Shop.java", "&prepareThreshold=0"),
    "jdbc-binary": ("Shop.java", "&prepareThreshold=-1"),
    "jdbc-simple": ("Shop.java", "&preferQueryMode=simple"),
}
if os.environ.get("NPLUS1_TEST_CLIENTS"):  # of `make clients-protocol`
    CASES.update({"tokio-postgres": ("tokio_postgres_shop.rs",), "sqlx": ("sqlx_shop.rs",)})
# Where the caller is gone from the stack after an await, or another task sends, the statement is what is told.
WITHOUT_A_LINE = {"pg-pool", "postgres.js", "sequelize", "tokio-postgres"}


def marked(program, mark="N+1 here"):
    return next(number for number, line in enumerate((PROGRAMS / program).read_text().splitlines(), 1) if mark in line)


@pytest.fixture(scope="module")
def database(tcp_server):
    return fill(tcp_server)


@pytest.mark.parametrize("name", CASES)
def test_a_loop_and_its_twin(build, drivers, tcp_server, database, tmp_path, name):
    program, *words = CASES[name]
    if program.endswith(".rs"):
        drivers.prepare_rust()
    for way in ("lazy", "eager"):
        recording = tmp_path / f"{way}.pb"
        plain = drivers.run(program, way, *words, server=tcp_server, database=database)
        tcp_server.forget_calls()
        assert drivers.run(program, way, *words, server=tcp_server, database=database, recording=recording) == plain
        report = build.report(recording, cwd=PROGRAMS)
        calls = calls_by_statement(build, tcp_server.calls(database))
        assert alike(executions_by_statement(report)) == alike(calls)
        if way == "eager":
            assert report["findings"] == []
            continue
        [finding] = report["findings"]
        assert (finding["kind"], finding["confidence"]) == ("n_plus_one", "proven")
        groups = {group["id"]: group for group in report["groups"]}
        assert (groups[finding["group"]]["executions"], groups[finding["group"]]["rows"]) == (LOOP, LOOP)
        if name not in WITHOUT_A_LINE:
            place = finding["loop"] or finding["location"]
            assert (place["file"], place["line"]) == (str(PROGRAMS / program), marked(program))


@pytest.mark.parametrize("way, function, mark", [("lazy", "names.<locals>.<genexpr>", "N+1 here"), ("awaitable", "awaitable", "awaited here"),
                                                 ("execute", "execute", "executed here")])
def test_asynchronous_sqlalchemy_names_the_loop_of_a_greenlet_and_the_line_of_an_await(build, drivers, tcp_server, database, tmp_path, way,
                                                                                      function, mark):
    drivers.run("sqlalchemy_shop.py", way, server=tcp_server, database=database, recording=tmp_path / "r.pb")
    report = build.report(tmp_path / "r.pb", cwd=PROGRAMS)
    [finding] = report["findings"]
    assert (finding["kind"], finding["confidence"], finding["executions"]) == ("n_plus_one", "proven", LOOP)
    assert (finding["location"]["line"], finding["location"]["function"]) == (marked("sqlalchemy_shop.py", mark), function)
    # What waits stands outside of what it waits for, each once, and nothing else is in between.
    stack = [frame["function"] for group in report["groups"] if group["id"] == finding["group"] for frame in group["stack"] if frame["in_app"]]
    assert stack == {"lazy": [function, "names", "lazy", "main", "<module>"]}.get(way, [way, "main", "<module>"])


def test_java_names_the_line_of_the_query_too(build, drivers, tcp_server, database, tmp_path):
    drivers.run("Shop.java", "lazy", server=tcp_server, database=database, recording=tmp_path / "r.pb")
    [finding] = build.report(tmp_path / "r.pb", cwd=PROGRAMS)["findings"]
    assert (finding["location"]["line"], finding["location"]["function"]) == (marked("Shop.java", "// query"), "Shop.name")


def test_javascript_names_the_line_where_its_caller_is_on_the_stack(build, drivers, tcp_server, database, tmp_path):
    drivers.run("pg_shop.js", "lazy", server=tcp_server, database=database, recording=tmp_path / "r.pb")
    [finding] = build.report(tmp_path / "r.pb", cwd=PROGRAMS)["findings"]
    assert (finding["location"]["line"], finding["location"]["function"]) == (marked("pg_shop.js"), "lazy")


def test_threads_of_javascript_that_come_and_go_take_no_more_memory_each(build, drivers, tcp_server, database, tmp_path):
    """The state of each goes to the next; 200 of them had 5.6 MiB of their own."""
    drivers.run("pg_workers.js", "200", server=tcp_server, database=database, recording=tmp_path / "%p.pb", NPLUS1_MAX_MEMORY="4M")
    recording, = tmp_path.glob("*.pb")
    found = build.report(recording)["groups"]
    assert sum(group["executions"] for group in found if "customers" in group["statement"]["text"]) == 200 * 20
    assert "out of memory       0\n" in build.view("info", recording).stdout.decode()
