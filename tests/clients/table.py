#!/usr/bin/python3
"""The long form of test_todays_clients.py, for `make clients`: loops of 1,000; prints a table and writes it to docs/clients.md.

Ends with 1 when a count is not exact, a loop is not proven or a twin not silent.
"""
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests")]

import postgresql  # noqa: E402 (the paths come first)
from clients.todays import CASES, Clients, executions_of, fill_postgresql, fill_sqlite, loops_of, marked, versions  # noqa: E402
from clients import page  # noqa: E402
from conftest import find_build  # noqa: E402

ROWS = 1000
HEAD = f"""# Clients of today

What `make clients` measured: a loop over {ROWS:,} parents with each mapper and driver, in the version that is pinned in tests/clients, and its twins, which do
what the advice says. *Own count* is what the library's events, SQLite's trace or the program told, *seen* what nplus1 counted. A client of PostgreSQL is
compared with the server's pg_stat_statements as well.

"""
COLUMNS = ("client", "version", "loop", "own count", "seen", "verdict", "place", "twins", "advice")


def place_of(case, finding):
    location = finding["location"]
    return "the line" if (Path(location["file"]).name, location["line"]) == (case.program, marked(case)) else "wrong"


def measure(build, clients, case, database, server, folder):
    variables = {**server.variables, "PGDATABASE": database} if case.postgresql else {}
    told, seen, silent, good, finding = 0, 0, [], True, None
    gave = None
    for function in (case.loop, *case.twins):
        recording = folder / f"{case.client}.{function}.pb"
        plain = clients.run(case, function, database, **variables)
        server.forget_calls()
        given = clients.run(case, function, database, recording, **variables)
        report = build.report(recording)
        good = good and plain == given and executions_of(report) == given["told"]
        if case.postgresql:
            good = good and postgresql.executions_by_statement(report) == postgresql.calls_by_statement(build, server.calls(database))
        if function == case.loop:
            told, seen, gave = given["told"], executions_of(report), given["gave"]
            finding = (loops_of(report) or [None])[0]
            good = good and len(loops_of(report)) == 1
            continue
        good = good and (function.endswith("_raise") or given["gave"] == gave) and not loops_of(report)
        silent.append(f"{function.removeprefix(case.loop + '_')} {'found' if loops_of(report) else 'silent'}")
    verdict = f"{finding['kind']}, {finding['confidence']}" if finding else "none"
    place = place_of(case, finding) if finding else "none"
    good = good and verdict == "n_plus_one, proven" and place != "wrong" and case.words in finding["advice"]["text"]
    advice = finding["advice"]["text"] if finding else ""
    return good, (case.client, versions()[case.client], case.loop, f"{told:,}", f"{seen:,}", verdict, place, ", ".join(silent), advice)


def main():
    build = find_build()
    clients = Clients(build)
    clients.prepare()
    rows, bad = [], 0
    with tempfile.TemporaryDirectory() as name, postgresql.running_server(*postgresql.SETTINGS) as server:
        folder = Path(name)
        shops = {False: fill_sqlite(folder / "shop.db", ROWS), True: fill_postgresql(server, ROWS)}
        for case in CASES:
            good, row = measure(build, clients, case, shops[case.postgresql], server, folder)
            bad += not good
            rows.append(row)
            print("ok    " if good else "WRONG ", *row[:-1], sep="  ", flush=True)
    print(f"{len(CASES) - bad} clients as they should be, {bad} not"
          + ("" if bad else f"; written to {page.write(HEAD + page.table(COLUMNS, rows))}"))
    return 1 if bad else 0


sys.exit(main())
