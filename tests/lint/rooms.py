"""The rooms of the house and what each may include besides itself: a row per room.

A room is the longest folder here that holds a file. A row names rooms, or single headers of them.
"""
from pathlib import Path

# Two staircases: each room may use those before it.
AGENT = ["agent/base", "agent/value", "agent/sql", "agent/process", "agent/loading", "agent/patching", "agent/recording", "agent/stack", "agent/unit",
         "agent/statement", "agent/group", "agent/source", "agent/evidence", "agent/stay", "agent/probe", "agent/api", "agent"]
READER = ["exporter/base", "exporter/stream", "exporter/recording", "exporter/model", "exporter/ownership", "exporter/symbols", "exporter/advice",
          "exporter/diff", "exporter/build"]
# What the agent shows to the collectors besides agent/base, agent/value and the probe.
INTERFACE = ["agent/probe", "agent/sql/split.h", "agent/process/thread.h", "agent/recording/bus.h", "agent/loading/copies.h", "agent/loading/copies_kind.h", "agent/loading/entries.inc",
             "agent/loading/exports.h", "agent/loading/real.h", "agent/loading/resolve.h", "agent/stack/walker.h", "agent/unit/called.h", "agent/unit/descriptors.h",
             "agent/group/watch.h"]
# A folder for each client library.
CLIENTS = [f"collectors/{path.name}" for path in (Path(__file__).resolve().parents[2] / "collectors").iterdir()
           if path.is_dir() and path.name not in ("libc", "languages")]
# Rooms from which the agent's take what agent and viewer share.
STREAM_FROM = "agent/process"


def rows():
    may_use = {}
    for i, name in enumerate(AGENT):
        shared = ["exporter/stream"] if i >= AGENT.index(STREAM_FROM) else []
        may_use[name] = AGENT[:i] + shared
    may_use["agent/api"] += ["exporter/base/path.h", "exporter/ownership"]
    for i, name in enumerate(READER):
        may_use[name] = ["agent/base"] + READER[:i]
    may_use["collectors/libc"] = ["agent/base", "agent/value", *INTERFACE]
    for client in CLIENTS:
        may_use[client] = ["agent/base", "agent/value", *INTERFACE]
    # What libpq and those who speak its protocol themselves have in common.
    shared = ["collectors/postgresql/state", "collectors/postgresql/statement"]
    for i, room in enumerate(shared):
        may_use[room] = ["agent/base", "agent/value", *INTERFACE, *shared[:i]]
    may_use["collectors/libpq"] += [*shared, "collectors/postgresql/protocol/sockets.h", "collectors/postgresql/protocol/inside.h"]
    may_use["collectors/postgresql"] += [*shared, "collectors/libc/streams.h", "collectors/openssl/tls.h"]
    may_use["collectors/languages"] = ["agent/base", "agent/value", "exporter/stream/python_lines.h", "exporter/ownership", *INTERFACE]
    # The table of clients and languages.
    may_use["collectors"] = ["agent/base", "agent/loading/loader.h", *CLIENTS, *shared, "collectors/libc/streams.h", "collectors/languages", *INTERFACE]
    may_use["exporter/formats"] = ["agent/base", "exporter/base", "exporter/model", "exporter/diff"]
    # doctor looks for hidden copies as the agent does.
    may_use["viewer"] = ["agent/base", "agent/patching/find.h", "agent/patching/late/way.h", "collectors/sqlite3/table.h", "collectors/openssl/table.h", "exporter/formats", *READER]
    may_use["samples"] = []
    may_use["integrations/c"] = []
    may_use["docs/guides/c"] = []
    return may_use


MAY_USE = rows()
# Tests and benchmarks look into everything.
FREE = ("tests/", "bench/")

# Arrows that still point up the stairs, each to be turned around; the list only gets shorter.
OPEN = set()

# What the collectors see of the agent besides agent/base and agent/value, through includes of includes too; the list only gets shorter.
WALL = {
    "agent/evidence/judge.h", "agent/evidence/open_transaction.h", "agent/evidence/provenance.h", "agent/group/distinct.h",
    "agent/group/group.h", "agent/group/shard.h", "agent/group/tally.h", "agent/group/watch.h", "agent/loading/copies.h",
    "agent/loading/copies_kind.h", "agent/loading/exports.h", "agent/loading/loader.h", "agent/loading/real.h",
    "agent/loading/resolve.h", "agent/probe/collectors.h", "agent/probe/front.h",
    "agent/probe/prepared.h", "agent/probe/probe.h", "agent/process/thread.h", "agent/recording/database.h",
    "agent/recording/bus.h", "agent/recording/recording.h", "agent/source/fanout.h", "agent/source/row_log.h", "agent/source/source.h",
    "agent/sql/facts/facts.h", "agent/sql/split.h", "agent/sql/types.h", "agent/stack/stack.h", "agent/stack/walker.h",
    "agent/statement/statement.h", "agent/statement/values.h", "agent/unit/called.h", "agent/unit/descriptors.h", "agent/unit/transaction.h",
    "agent/unit/unit.h",
}

# The header that programs include: its guard is no path of ours.
INSTALLED = "agent/api/nplus1.h"
# Rooms whose guards are still named after folders that were; to be emptied.
OLD_GUARDS = ()
# Folders of more files than check_folders.py allows, to be emptied.
CROWDED = set()
