"""PostgreSQL's own clients under the agent: they behave as without it, and each of their statements is counted."""
import re
from collections import Counter

import psql_script
import pytest
from postgresql import calls_by_statement, executions_by_statement

CLIENTS, TRANSACTIONS = 4, 500  # of each client


NULL = re.compile(r"(?<!\bis )(?<!\bnot )\bnull\b")
PREPARE = re.compile(r"^prepare \w+\(int\) as ")


def added_up(counts):
    sums = Counter()
    for text, count in counts:
        sums[text] += count
    return sums


def run_psql(build, server, script, recording=None):
    # The same name for both runs: it stands in what psql prints.
    server.sql("DROP DATABASE IF EXISTS psql_script")
    server.sql("CREATE DATABASE psql_script")
    command = [server.bin / "psql", "-X", "-a", "-f", script, "psql_script"]
    if recording:
        return build.run_watched(command, recording, **server.variables)
    return build.run(command, **server.variables)


@pytest.fixture(scope="module")
def psql(build, server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("psql")
    script = folder / "script.sql"
    script.write_text(psql_script.script())
    alone = run_psql(build, server, script)
    server.forget_calls()
    watched = run_psql(build, server, script, folder / "recording.pb")
    return alone, watched, build.report(folder / "recording.pb"), calls_by_statement(build, server.calls("psql_script"))


def test_psql_prints_byte_for_byte_what_it_prints_without_the_agent(psql):
    alone, watched, *_ = psql
    assert psql_script.statements(psql_script.script()) >= 500
    assert len(alone.stdout) > 1_000_000 and alone.stderr.count(b"ERROR") > 100
    # Addresses of source lines in verbose messages are the server's; everything else is psql's.
    assert (watched.returncode, watched.stdout, watched.stderr) == (alone.returncode, alone.stdout, alone.stderr)


def test_each_statement_of_psql_is_counted_as_the_server_counts_it(psql):
    *_, report, calls = psql
    own = executions_by_statement(report)
    # pg_stat_statements has no PREPARE and DEALLOCATE, and shows what was prepared with the text that prepared it.
    own = {text: count for text, count in own.items() if not text.startswith(("prepare ", "deallocate "))}
    # It takes a NULL for a constant like others, except where it is a word of IS NULL.
    own = added_up((NULL.sub("?", text), count) for text, count in own.items())
    server = added_up((NULL.sub("?", PREPARE.sub("", text)), count) for text, count in calls.items())
    differing = {text: (own.get(text, 0), server.get(text, 0)) for text in own.keys() | server.keys()
                 if own.get(text, 0) != server.get(text, 0)}
    assert not differing, "".join(f"\n{text}: {counts}" for text, counts in sorted(differing.items()))


@pytest.mark.parametrize("mode", ["simple", "extended", "prepared"])
def test_pgbench_executes_what_it_reports(build, server, tmp_path, mode):
    database = server.new_database()
    pgbench = [server.bin / "pgbench", database]
    assert build.run([*pgbench, "-i", "-q"], **server.variables).returncode == 0
    run = build.run_watched([*pgbench, "-n", "-M", mode, "-c", CLIENTS, "-j", 2, "-t", TRANSACTIONS], tmp_path / "recording.pb",
                            **server.variables)
    processed = f"number of transactions actually processed: {CLIENTS * TRANSACTIONS}/{CLIENTS * TRANSACTIONS}"
    assert run.returncode == 0 and processed in run.stdout.decode()
    report = build.report(tmp_path / "recording.pb")
    own = executions_by_statement(report)
    assert sorted(own.values()) == [1, 1] + 7 * [CLIENTS * TRANSACTIONS]  # two that look at its tables come first
    assert report["totals"]["errors"] == 0 and report["processes"][0]["left_out"] == 0
    assert {group["distinct_values"] for group in report["groups"] if group["statement"]["text"] in ("begin", "end")} == {1}
