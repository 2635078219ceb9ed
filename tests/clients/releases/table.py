#!/usr/bin/python3
"""`make clients-releases`: a loop of 1,000 and its twins through clients of other releases of Debian; writes a section of docs/clients.md.

Ends with 1 when a count is not exact, a loop is not proven or not placed, a twin not silent, or a program's output another one than without
the agent. Words select clients by the beginning of their name; then nothing is written."""
import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tests")]

import postgresql  # noqa: E402 (the path comes first)
from clients import page  # noqa: E402
from clients.releases.releases import CLIENTS, PACKAGES, Releases, marked  # noqa: E402
from clients.todays import executions_of, fill_postgresql, fill_sqlite, loops_of  # noqa: E402
from conftest import find_build  # noqa: E402

ROWS = 1000
HEAD = f"""## Clients of other releases

What `make clients-releases` measured: a loop over {ROWS:,} parents and its twins with what {" and ".join(PACKAGES)} of Debian have, and with a CPython that no
release has. *Own count* is what SQLite's trace, the library's events or the program told, *seen* what nplus1 counted; a client of PostgreSQL is compared with the
server's pg_stat_statements as well. What a program prints is the same with and without the agent.

"""
COLUMNS = ("client", "version", "release", "own count", "seen", "verdict", "place", "twins", "advice")


def place_of(client, finding):
    place = finding["loop"] or finding["location"]
    line = (Path(place["file"] or "").name, place["line"]) == (client.program.name, marked(client))
    return "the line" if line else f"wrong: {place['file']}:{place['line']}"


def measure(clients, client, database, server, scratch):
    build, told, seen, silent, good, finding = clients.build, 0, 0, [], True, None
    variables = {**server.variables, "PGDATABASE": database} if client.postgresql else {}
    words = [*client.words] if client.postgresql else [database, *client.words]
    gave, place = None, "none"
    for function in ("to_one", *client.twins):
        recording = scratch / "recording.pb"
        recording.unlink(missing_ok=True)
        command = [*client.command, client.program, function, *words]
        alone = clients.run(client, command, scratch, **variables)
        server.forget_calls()
        run = clients.run(client, command, scratch, **variables, LD_PRELOAD=str(build.agent.absolute()), NPLUS1_OUTPUT=str(recording))
        if (run.returncode, run.stdout, run.stderr) != (0, alone.stdout, alone.stderr):
            return False, (client.name, "", client.release, "", "", f"wrong: {run.stderr.decode()[-500:]}", "", "", "")
        given, report = json.loads(run.stdout), build.report(recording)
        good = good and executions_of(report) == given["told"]
        if client.postgresql:
            good = good and postgresql.executions_by_statement(report) == postgresql.calls_by_statement(build, server.calls(database))
        loops = loops_of(report)
        if function == "to_one":
            told, seen, gave, good = given["told"], executions_of(report), given["gave"], good and len(loops) == 1
            finding = (loops or [None])[0]
            place = place_of(client, finding) if finding else place
            continue
        good = good and given["gave"] == gave and not loops
        silent.append(f"{function.removeprefix('to_one_')} {'found' if loops else 'silent'}")
    verdict = f"{finding['kind']}, {finding['confidence']}" if finding else "none"
    advice = finding["advice"]["text"] if finding else ""
    good = good and told == ROWS + 1 and verdict == "n_plus_one, proven" and not place.startswith("wrong") and client.advice in advice
    return good, (client.name, clients.version(client, scratch), client.release or "-", f"{told:,}", f"{seen:,}", verdict, place,
                  ", ".join(silent), advice)


def main(names):
    clients, rows, bad = Releases(find_build()), [], 0
    clients.prepare()
    with tempfile.TemporaryDirectory(prefix="nplus1-clients-") as name, \
            postgresql.running_server(*postgresql.SETTINGS, "listen_addresses=127.0.0.1", f"port={postgresql.free_port()}") as server:
        scratch = Path(name)
        shops = {False: fill_sqlite(scratch / "shop.db", ROWS), True: fill_postgresql(server, ROWS)}
        for client in [client for client in CLIENTS if not names or client.name.startswith(names)]:
            if why := clients.missing(client):
                print("none   ", client.name, why, sep="  ", flush=True)
                continue
            good, row = measure(clients, client, shops[client.postgresql], server, scratch)
            bad += not good
            rows.append(row)
            print("ok    " if good else "WRONG ", *row, sep="  ", flush=True)
    written = "" if bad or names else f"; written to {page.write(HEAD + page.table(COLUMNS, rows))}"
    print(f"{len(rows) - bad} clients as they should be, {bad} not{written}")
    return 1 if bad else 0


sys.exit(main(tuple(sys.argv[1:])))
