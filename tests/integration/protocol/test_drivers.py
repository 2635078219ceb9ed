"""Drivers that speak PostgreSQL's protocol themselves: each statement has the executions that the server counted, the loop is proven,
its eager twin is silent."""
import pytest
from consumers.installed import Unavailable, need
from packages import DRIVERS, Drivers
from postgresql import calls_by_statement, executions_by_statement

PYTHON = "/usr/bin/python3"
LOOP = [("n_plus_one", "proven")]
LOOKUP = "select name from customers where id = "


@pytest.fixture(scope="module")
def drivers(build):
    return Drivers(build.folder)


def have(install):
    try:
        return install()
    except Unavailable as why:
        pytest.fail(str(why))


def as_the_server_shows(text):
    return text.replace(" null ", " ? ")  # a constant, to the server


def watch(build, server, folder, command, database, uncounted=(), **variables):
    """The report of a run; what it counts is what the server counts, but for texts that the server does not count right."""
    server.forget_calls()
    run = build.run_watched(command, folder / "recording.pb", **server.variables, **variables)
    assert (run.returncode, run.stderr) == (0, b""), run.stderr.decode()
    calls = calls_by_statement(build, server.calls(database))
    report = build.report(folder / "recording.pb")
    counted = {as_the_server_shows(text): count for text, count in executions_by_statement(report).items() if text not in uncounted}
    assert counted == {as_the_server_shows(text): count for text, count in calls.items() if text not in uncounted}
    assert {group["database"]["name"] for group in report["groups"]} == {database}
    return report


def kinds(report):
    return [(finding["kind"], finding["confidence"]) for finding in report["findings"] if finding["kind"] == "n_plus_one"]


def lookups(report):
    return sum(group["executions"] for group in report["groups"] if group["statement"]["text"].startswith(LOOKUP))


def loop_line(source):
    """Lines of the program that are marked."""
    return {number for number, line in enumerate(source.read_text().splitlines(), 1) if "N+1 here" in line}


@pytest.mark.parametrize("program, scene, loop, words", [
    ("asyncpg_shop", "lazy", 1000, ()), ("asyncpg_shop", "pooled", 1000, ()), ("asyncpg_shop", "pooled", 1000, ("uvloop",)),
    ("asyncpg_shop", "eager", 0, ("uvloop",)), ("asyncpg_shop", "everything", 0, ()), ("sqlalchemy_shop", "lazy", 300, ()),
    ("sqlalchemy_shop", "selectin", 0, ()), ("sqlalchemy_shop", "joined", 0, ())])
def test_python(build, server, tmp_path, drivers, program, scene, loop, words):
    have(drivers.with_python)
    source, database = DRIVERS / f"{program}.py", server.new_database()
    report = watch(build, server, tmp_path, [PYTHON, "-B", source, scene, database, *words], database, PYTHONPATH=str(drivers.python))
    assert kinds(report) == LOOP * (loop > 0)
    if loop:
        finding = next(finding for finding in report["findings"] if finding["kind"] == "n_plus_one")
        assert (finding["executions"], finding["location"]["file"]) == (loop, str(source))
        assert finding["location"]["line"] in loop_line(source)


def test_python_over_tls(build, tls_server, tmp_path, drivers):
    """The event loop encrypts in memory: no descriptor is known to the library."""
    have(drivers.with_python)
    database = tls_server.new_database()
    report = watch(build, tls_server, tmp_path, [PYTHON, "-B", DRIVERS / "asyncpg_shop.py", "pooled", database], database,
                   PYTHONPATH=str(drivers.python), PGSSL="require")
    assert kinds(report) == LOOP


# One loop can be several groups here: the engine's machine code for a function changes while it runs.
@pytest.mark.parametrize("scene, loop", [("lazy", 1000), ("named", 1000), ("pooled", 1000), ("eager", 0), ("postgres", 1000),
                                         ("sequelize", 300), ("sequelize-eager", 0)])
def test_node(build, server, tmp_path, drivers, scene, loop):
    have(drivers.with_npm)
    database = server.new_database()
    report = watch(build, server, tmp_path, [need("node"), DRIVERS / "shop.js", scene, database], database, DRIVERS=str(drivers.folder))
    assert set(kinds(report)) == set(LOOP * (loop > 0))
    assert scene.startswith("sequelize") or lookups(report) == loop


# A server before 17 counts what it prepared of BEGIN and COMMIT once, however often it runs (pgss_ProcessUtility).
@pytest.mark.parametrize("scene, loop, options", [("lazy", 1000, ""), ("lazy", 1000, "?prepareThreshold=0"),
                                                  ("lazy", 1000, "?preferQueryMode=simple"), ("eager", 0, ""), ("everything", None, ""),
                                                  ("everything", None, "?prepareThreshold=1&binaryTransfer=true")])
def test_java(build, tls_server, tmp_path, drivers, scene, loop, options):
    have(drivers.with_java)
    database, place = tls_server.new_database(), tls_server.variables
    url = f"jdbc:postgresql://127.0.0.1:{place['PGPORT']}/{database}{options or '?'}&sslmode=disable&user={place['PGUSER']}"
    report = watch(build, tls_server, tmp_path, [need("java"), "-XX:TieredStopAtLevel=1", "-cp", drivers.class_path(), "Shop", scene, url],
                   database, uncounted=("begin", "commit"))
    if loop is not None:
        assert kinds(report) == LOOP * (loop > 0)
        assert lookups(report) == loop
    if loop:
        finding = next(finding for finding in report["findings"] if finding["kind"] == "n_plus_one")
        assert finding["location"]["function"] in ("Shop.name", "Shop.lazy")
