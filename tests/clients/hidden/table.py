#!/usr/bin/python3
"""`make clients-hidden`: a loop of 1,000 and its eager twin through each client that brings SQLite along; writes a section of docs/clients.md.

Ends with 1 when a count is not exact, a loop is not proven or not placed, a twin not silent, or a program's output another one than without
the agent. Words select clients by the beginning of their name; the other rows stay."""
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tests")]

from clients import page  # noqa: E402 (the path comes first)
from clients.hidden.hidden import CLIENTS, install, marked  # noqa: E402
from conftest import find_build  # noqa: E402

HEAD = """## Clients that bring SQLite along

What `make clients-hidden` measured: a loop over 1,000 parents through each client with the copy of SQLite that it has inside, mostly without names, and its eager
twin. *Own count* is what SQLite's trace counted where the client hands it out, else the client's events or the program; *seen* what nplus1 counted, without the
statements that a driver adds by itself (`select last_insert_rowid()`). What a program prints is the same with and without the agent.

apsw is one translation unit with SQLite, so that opening, preparing, binding and closing go to inner functions: it is watched by its steps, and its values
are read from `sqlite3_expanded_sql`. Deno has no call frame information, and its linker has put SQLite's functions into 60 MiB of other code: they are
found by following the code from SQLite's table of functions. Its own statements, on the databases of its caches, are seen as well, and left out here.

"""
COLUMNS = ("client", "version", "own count", "seen", "verdict", "place", "twin")


def seen_of(client, report):
    return sum(group["executions"] for group in report["groups"] if not group["statement"]["text"].startswith(client.apart or "\0"))


def place_of(client, report, finding):
    file, line, function = (finding["location"][name] or "" for name in ("file", "line", "function"))
    if client.source:
        return "the line" if (Path(file).name, line) == (Path(client.source).name, marked(client)) else f"wrong: {file}:{line}"
    stack = next(group["stack"] for group in report["groups"] if group["id"] == finding["group"])
    place = f"{file} {function} {stack[0]['module']}"
    return f"{client.place}{client.why}" if client.place in place else f"wrong: {place}"


def measure(build, client, folder, scratch):
    told, seen, silent, verdict, place, good = {}, {}, "", "none", "none", True
    for how in ("lazy", "eager"):
        recording = scratch / f"{how}.pb"
        recording.unlink(missing_ok=True)
        words = [*client.command(folder), how]
        alone = build.run(words, cwd=scratch)
        run = build.run_watched(words, recording, cwd=scratch, NPLUS1_HIDDEN="1")
        good = good and (alone.returncode, run.returncode, run.stdout, run.stderr) == (0, 0, alone.stdout, alone.stderr)
        if not recording.exists():
            said = build.run_watched(words, recording, cwd=scratch, NPLUS1_HIDDEN="1", NPLUS1_LOG="info").stderr.decode()
            refused = re.search(r"hidden copy, version [^\n]*?: ([^:\n]*)", said)
            why = refused[1] if refused else run.stderr.decode()[-200:]
            return good and why == client.refused, (client.name, client.version, "not asked", "nothing", why, "-", "-")
        report = build.report(recording)
        told[how], seen[how] = int(re.search(rb"in (\d+) executions", alone.stdout)[1]), seen_of(client, report)
        good = good and told[how] == seen[how]
        found = [finding for finding in report["findings"] if finding["kind"] != "info"]
        if how == "eager":
            silent = ", ".join(finding["kind"] for finding in found) or "silent"
        elif found:
            verdict, place = f"{found[0]['kind']}, {found[0]['confidence']}", place_of(client, report, found[0])
            good = good and len(found) == 1 and found[0]["executions"] == 1000
    good = good and (verdict, silent) == ("n_plus_one, proven", "silent") and not place.startswith("wrong")
    return good, (client.name, client.version, *(" / ".join(f"{counts[how]:,}" for how in counts) for counts in (told, seen)), verdict, place, silent)


def main(names):
    build, bad, folders, rows = find_build(), 0, {}, page.rows_of(HEAD.partition("\n")[0])
    clients = [client for client in CLIENTS if not names or client.name.startswith(names)]
    with tempfile.TemporaryDirectory() as scratch:
        for client in clients:
            folders[client.kind] = folders.get(client.kind) or install(build, client.kind)
            good, row = measure(build, client, folders[client.kind], Path(scratch))
            bad += not good
            rows[row[:2]] = row
            print("ok    " if good else "WRONG ", *row, sep="  ", flush=True)
    rows = [rows[name, version] for name, version in ((client.name, client.version) for client in CLIENTS) if (name, version) in rows]
    written = "" if bad else f"; written to {page.write(HEAD + page.table(COLUMNS, rows))}"
    print(f"{len(clients) - bad} clients as they should be, {bad} not{written}")
    return 1 if bad else 0


sys.exit(main(tuple(sys.argv[1:])))
