"""Programs that do with libpq what no sample does: every count is known."""
from collections import Counter

import pytest
from postgresql import calls_by_statement, executions_by_statement, running_server


class Watched:
    def __init__(self, build, server, name, folder):
        self.database = server.new_database()
        server.forget_calls()
        command = [build.program("postgresql", name)]
        variables = dict(server.variables, PGDATABASE=self.database)
        self.run = build.run_watched(command, folder / "%p.pb", **variables)
        self.calls = calls_by_statement(build, server.calls(self.database))
        self.alone = build.run(command, **variables)
        self.report = build.report(*sorted(folder.glob("*.pb"))) if any(folder.glob("*.pb")) else None

    def table(self):
        """(function, text) -> executions, rows, errors; stacks that differ in the line only are summed."""
        table = {}
        for group in self.report["groups"]:
            numbers = Counter(executions=group["executions"], rows=group["rows"], errors=group["errors"])
            key = (group["location"]["function"], group["statement"]["text"])
            table.setdefault(key, Counter()).update(numbers)
        return {key: (sums["executions"], sums["rows"], sums["errors"]) for key, sums in table.items()}


@pytest.fixture(scope="module")
def watch(build, server, tmp_path_factory):
    def run(name):
        return Watched(build, server, name, tmp_path_factory.mktemp(name))
    return run


@pytest.mark.parametrize("name", ["connections", "lost", "pipeline", "statements", "values"])
def test_the_program_behaves_as_without_the_agent(watch, name):
    watched = watch(name)
    assert (watched.run.returncode, watched.run.stdout, watched.run.stderr) == (0, watched.alone.stdout, watched.alone.stderr)
    assert watched.alone.returncode == 0
    assert [process["left_out"] for process in watched.report["processes"]] in ([0], [0, 0])


def test_pipelines_count_each_command_with_its_own_result(watch):
    watched = watch("pipeline")
    assert watched.table() == {
        ("many", "select ?::int as many"): (1000, 1000, 0),
        ("failing", "select ? / (? - ?::int) as failing"): (5, 2, 3),  # one fails, two are aborted behind it
        ("prepared", "select ?::int as first_text"): (1, 1, 0),
        ("prepared", "select ?::int as unnamed"): (1, 1, 0),
        ("prepared", "select ?::int as unnamed_again"): (1, 1, 0),
        ("refused", "select ?::int as second_text"): (2, 1, 1),
        ("after_refusal", "select ?::int as first_text"): (1, 1, 0),
        ("syncs", "select ? as syncs"): (1, 1, 0),
        ("row_by_row", "select generate_series(?, ?) as row_by_row"): (2, 10, 0),
        ("afterwards", "select ? as afterwards"): (1, 1, 0),
        ("abandoned", "select ?::int as abandoned"): (7, 2, 0),
    }
    # The server executes what nobody waits for, too.
    assert sum(watched.calls.values()) == sum(executions_by_statement(watched.report).values())


def test_commands_in_flight_beyond_the_memory_limit_are_counted_and_their_rows_left_out(build, server, tmp_path):
    command = [build.program("postgresql", "pipeline"), "flood"]
    run = build.run_watched(command, tmp_path / "recording.pb", NPLUS1_MAX_MEMORY="1M", **server.variables)
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")
    report = build.report(tmp_path / "recording.pb")
    groups = {group["location"]["function"]: group for group in report["groups"]}
    assert groups["flood"]["executions"] == 20000
    assert 0 < groups["flood"]["rows"] < 20000
    assert (report["totals"]["executions"], report["totals"]["rows"]) == (20001, 20001)  # those left out are in the sums
    assert (groups["syncs"]["executions"], groups["syncs"]["rows"]) == (1, 1)  # results find their commands again


def test_texts_of_several_statements_and_names_count_statement_by_statement(watch):
    watched = watch("statements")
    assert watched.table() == {
        ("three_in_one", "create temp table three(id int)"): (1, 0, 0),
        ("three_in_one", "insert into three values (?)"): (1, 0, 0),
        ("three_in_one", "select id as three from three"): (1, 2, 0),
        ("failing", "select ? as before_failing"): (1, 1, 0),
        ("failing", "select ? / ? as failing"): (1, 0, 1),
        ("not_separated", "create temp table log(what text)"): (1, 0, 0),
        ("not_separated", "create temp table target(id int)"): (1, 0, 0),
        ("not_separated", "create rule log_it as on insert to target do also(insert into log values (?);"
                          " insert into log values (?))"): (1, 0, 0),
        ("not_separated", "create function pg_temp.twice(x int) returns int begin atomic select case when x > ? then ? end;"
                          " select ? * x; end"): (1, 0, 0),
        ("not_separated", 'select ? as "g;h"'): (1, 1, 0),
        ("asynchronous", "begin"): (1, 0, 0),
        ("asynchronous", "select generate_series(?, ?) as asynchronous"): (1, 3, 0),
        ("asynchronous", "commit"): (1, 0, 0),
        ("by_sql", "prepare ? as select ? as by_sql"): (1, 0, 0),
        ("by_sql", "select ? as by_sql"): (2, 2, 0),
        ("by_sql", "deallocate ?"): (1, 0, 0),
        ("name_each_time", "select ?::int as name_each_time"): (5, 5, 0),
        ("name_each_time", "deallocate ?"): (5, 0, 0),
        ("name_again", "prepare ? as select ? as again_first"): (1, 0, 0),
        ("name_again", "prepare ? as select ? as again_refused"): (1, 0, 1),
        ("name_again", "prepare ? as select ? as again_second"): (1, 0, 0),
        ("name_again", "select ? as again_first"): (1, 1, 0),
        ("name_again", "select ? as again_second"): (3, 3, 0),
        ("name_again", "deallocate ?"): (2, 0, 1),
        ("name_again", "begin"): (1, 0, 0),
        ("name_again", "select ? / ? as aborts"): (1, 0, 1),
        ("name_again", "rollback"): (1, 0, 0),
        ("discarded", "discard all"): (1, 0, 0),
        ("discarded", "execute ?"): (1, 0, 1),  # it knows no name any more, and neither does the server
        ("both_ways", "select ?::int as both_ways"): (10, 10, 0),
        ("copies", "create temp table copied(id int)"): (1, 0, 0),
        ("copies", "copy copied from stdin"): (3, 4, 1),
        ("copies", "select ? as behind_copy"): (1, 1, 0),
        ("copies", "copy copied to stdout"): (1, 3, 0),
        ("calls", "pqfn ?"): (1, 0, 0),
        ("messages", "set client_encoding to ?"): (1, 0, 0),
        ("refused", "select ? as sent"): (1, 1, 0),
        ("refused", "select ? as drains"): (1, 1, 0),
        ("drained_name", "select ? as drained_name"): (1, 1, 0),
        ("drained_name", "deallocate ?"): (1, 0, 0),
        ("drained_name", "execute ?"): (1, 0, 1),
        ("jumped_out", "set client_min_messages to ?"): (1, 0, 0),
        ("jumped_out", "do ?"): (2, 0, 0),
        ("jumped_out", "select ?::int as jumped_out"): (2, 2, 0),
    }
    # pg_stat_statements leaves out what makes and drops names, and sees no SQL in a function call.
    own = executions_by_statement(watched.report)
    untold = sum(count for text, count in own.items() if text.startswith(("prepare ", "deallocate ", "pqfn ")))
    # Right after the jump out of PQexec, what the library sends by itself is taken for a part of that.
    assert sum(watched.calls.values()) == sum(own.values()) - untold + 1


def error_classes(report):
    classes = Counter()
    for group in report["groups"]:
        assert sum(entry["executions"] for entry in group["error_classes"]) == group["errors"]
        for entry in group["error_classes"]:
            classes[group["location"]["function"], entry["class"]] += entry["executions"]
    return classes


def test_errors_count_by_the_class_of_their_sqlstate(build, watch):
    watched = watch("statements")
    assert error_classes(watched.report) == {
        ("failing", "22"): 1,  # division by zero
        ("name_again", "42"): 1, ("name_again", "22"): 1, ("name_again", "25"): 1,  # in a failed transaction
        ("discarded", "26"): 1, ("drained_name", "26"): 1,
        ("copies", "57"): 1,  # the program cancelled it
    }
    assert error_classes(watch("pipeline").report) == {("failing", "22"): 1, ("failing", None): 2, ("refused", None): 1}  # aborted
    assert error_classes(watch("lost").report) == {
        ("in_a_command", "57"): 1, ("after_reset", "26"): 1, ("while_idle", "57"): 1, ("in_a_text", "57"): 1,
        ("in_a_pipeline", "57"): 1, ("in_a_pipeline", "08"): 4, ("cancelled", "57"): 1,
    }


def test_copy_counts_its_bytes(watch):
    groups = [group for group in watch("statements").report["groups"] if group["statement"]["text"].startswith("copy ")]
    assert [(group["copied_bytes"]["in"], group["copied_bytes"]["out"]) for group in sorted(groups, key=lambda g: g["id"])] == [
        (6, 0), (0, 6), (0, 0), (5, 0)]  # the last by the old functions: "4\n" and the mark of the end


def test_parameters_and_a_prepared_statement_are_one_group(watch):
    watched = watch("statements")
    lines = {group["location"]["line"] for group in watched.report["groups"]
             if group["location"]["function"] == "both_ways"}
    assert len(lines) <= 2  # two calls may be two places, never two statements
    assert len({group["statement"]["fingerprint"] for group in watched.report["groups"]
                if group["location"]["function"] == "both_ways"}) == 1


def test_a_lost_connection_is_an_error_of_what_was_in_flight(watch):
    table = watch("lost").table()
    helpers = {key: numbers for key, numbers in table.items() if key[0] in ("terminate", "wait_until_asleep")}
    assert all(numbers[2] == 0 for numbers in helpers.values())
    assert {key: numbers for key, numbers in table.items() if key not in helpers} == {
        ("in_a_command", "select pg_sleep(?) as in_a_command"): (1, 0, 1),
        ("after_reset", "execute ?"): (1, 0, 1),
        ("after_reset", "select ? as after_reset"): (1, 1, 0),
        ("while_idle", "select ? as while_idle"): (1, 0, 1),
        ("in_a_text", "select ? as in_a_text"): (1, 1, 0),
        ("in_a_text", "select pg_sleep(?)"): (1, 0, 1),
        ("in_a_pipeline", "select pg_sleep(?) as in_a_pipeline"): (1, 0, 1),
        ("in_a_pipeline", "select ? as in_a_pipeline"): (4, 0, 4),
        ("cancelled", "select pg_sleep(?) as cancelled"): (1, 0, 1),
        ("finished", "select ? as finished"): (1, 1, 0),
        ("finished", "select pg_sleep(?) as not_waited_for"): (1, 0, 0),
    }


def test_values_of_all_kinds_and_sizes(watch):
    watched = watch("values")
    assert watched.table() == {
        ("main", "create temp table one(id bigint)"): (1, 0, 0),
        ("main", "insert into one values (?)"): (1, 0, 0),
        ("one_value", "select id from one where id::text = ?::text"): (7, 7, 0),
        ("one_value", "select id from one where id = ?"): (6, 6, 0),
        ("one_value", "select id from one where id::text = ?"): (1, 1, 0),
        ("null_and_empty", "select ?::text as null_and_empty"): (10, 10, 0),
        ("invalid_utf8", "select ?::text as invalid_utf8"): (1, 0, 1),
        ("invalid_utf8", "select ? as invalid_utf8"): (1, 0, 1),
        ("long_text", "select length(?) as long_text"): (1, 1, 0),
        ("many_rows", "select generate_series(?, ?) as many_rows"): (1, 1000000, 0),
        ("row_by_row", "select generate_series(?, ?) as row_by_row"): (1, 1000000, 0),
        ("arrays", "select id from one where id = any(?::int[])"): (10, 0, 0),
    }
    distinct = {(group["location"]["function"], group["statement"]["text"]): group["distinct_values"]
                for group in watched.report["groups"]}
    assert distinct["one_value", "select id from one where id = ?"] == 1  # in five types, in text and binary
    assert distinct["null_and_empty", "select ?::text as null_and_empty"] == 2
    lists = {group["id"] for group in watched.report["groups"] if group["location"]["function"] == "arrays"}
    assert not [finding for finding in watched.report["findings"] if finding["group"] in lists]


def test_threads_in_turn_forks_and_addresses_used_again(watch):
    watched = watch("connections")
    assert watched.table() == {
        ("in_turn", "select ? as in_turn"): (1, 1, 0),
        ("in_thread", "select ? as in_thread"): (4, 4, 0),
        ("inherited", "select ? as inherited"): (5, 5, 0),
        ("inherited", "select ? as childs_own"): (1, 1, 0),
        ("one_after_the_other", "select ? as even"): (10, 10, 0),
        ("one_after_the_other", "select ? as odd"): (10, 10, 0),
        ("polled", "select ? as polled"): (1, 1, 0),
        ("polled", "select ? as polled_again"): (1, 1, 0),
    }
    names = {group["statement"]["text"]: group["database"]["name"] for group in watched.report["groups"]}
    assert (names["select ? as even"], names["select ? as odd"]) == ("template1", watched.database)
    assert len(watched.report["processes"]) == 2


@pytest.mark.parametrize("name", ["pipeline", "statements", "lost"])
def test_valgrind_finds_no_fault_of_the_agent(build, server, tmp_path, name):
    log = tmp_path / "valgrind.log"
    result = build.run_watched(["valgrind", "--leak-check=full", "--show-leak-kinds=definite", "--num-callers=40", f"--log-file={log}",
                                build.program("postgresql", name)], tmp_path / "recording.pb", **server.variables)
    assert result.returncode == 0, result.stderr
    blocks = [block for block in log.read_text().split("== \n") if "libnplus1.so" in block or "/collectors/" in block]
    faults = [block for block in blocks if "definitely lost" in block or "Invalid" in block or "uninitialised" in block]
    assert not faults, faults[0]


def test_a_server_that_is_gone_in_the_middle_of_a_query(build, tmp_path):
    """The whole server stops: psql fails as it fails without the agent, and what was in flight is an error."""
    results = []
    for watched in (False, True):
        with running_server("shared_preload_libraries=pg_stat_statements") as own:
            stop = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = pg_backend_pid()"
            command = [own.bin / "psql", "-Xq", "-c", "SELECT 1", "-c", stop, "-c", "SELECT 2"]
            run = build.run_watched(command, tmp_path / "recording.pb", **own.variables) if watched else build.run(
                command, **own.variables)
            results.append((run.returncode, run.stdout, run.stderr))
    assert results[0] == results[1]
    report = build.report(tmp_path / "recording.pb")
    assert report["totals"]["errors"] == 1
