"""The rooms of the house and what each may include besides itself: a row per room.

A room is the longest folder here that holds a file. A row names rooms, or single headers of them.
"""

# Two staircases: each room may use those before it.
AGENT = ["agent/base", "agent/sql", "agent/process", "agent/loading", "agent/recording", "agent/stack", "agent/unit",
         "agent/statement", "agent/group", "agent/evidence", "agent/probe", "agent"]
READER = ["exporter/base", "exporter/stream", "exporter/recording", "exporter/model", "exporter/symbols", "exporter/advice",
          "exporter/diff", "exporter/build"]
# What the agent shows to the collectors besides agent/base and the probe.
INTERFACE = ["agent/probe", "agent/loading/provider.h", "agent/loading/resolve.h", "agent/stack/walker.h", "agent/unit/unit.h",
             "agent/unit/scope.h", "agent/group/watch.h"]
# Rooms from which the agent's take what agent and viewer share.
STREAM_FROM = "agent/recording"


def rows():
    may_use = {}
    for i, name in enumerate(AGENT):
        shared = ["exporter/stream"] if i >= AGENT.index(STREAM_FROM) else []
        may_use[name] = AGENT[:i] + shared
    for i, name in enumerate(READER):
        may_use[name] = ["agent/base"] + READER[:i]
    may_use["collectors/libc"] = ["agent/base", *INTERFACE]
    may_use["collectors/sqlite3"] = may_use["collectors/libpq"] = ["agent/base", "collectors/libc", *INTERFACE]
    may_use["collectors/languages"] = ["agent/base", "exporter/stream/python_lines.h", *INTERFACE]
    # The table of clients and languages.
    may_use["collectors"] = ["agent/base", "collectors/sqlite3", "collectors/libpq", "collectors/languages", *INTERFACE]
    may_use["exporter/formats"] = ["agent/base", "exporter/base", "exporter/model", "exporter/diff"]
    may_use["viewer"] = ["agent/base", "exporter/formats", *READER]
    may_use["samples"] = []
    return may_use


MAY_USE = rows()
# Tests and benchmarks look into everything.
FREE = ("tests/", "bench/")

# Arrows that still point up the stairs, each to be turned around; the list only gets shorter.
OPEN = {
    "agent/evidence/fanout: a circle of files: agent/evidence/fanout agent/evidence/source",
    "agent/evidence/provenance.c: agent/evidence may not use agent/probe",
    "agent/group/group.c: agent/group may not use agent/evidence",
    "agent/group/group: a circle of files: agent/group/group agent/group/repeats",
    "agent/loading/loader.c: agent/loading may not use agent/stack",
    "agent/loading/loader: a circle of files: agent/loading/loader agent/loading/provider agent/loading/resolve",
    "agent/loading/provider.h: agent/loading may not use agent",
    "agent/loading/resolve.c: agent/loading may not use agent",
    "agent/probe/probe: a circle of files: agent/probe/probe agent/probe/text_cache",
    "agent/process/settings.c: agent/process may not use exporter/stream",
    "agent/process/thread.c: agent/process may not use agent/evidence",
    "agent/process/thread.c: agent/process may not use agent/group",
    "agent/process/thread.c: agent/process may not use agent/recording",
    "agent/process/thread.c: agent/process may not use agent/stack",
    "agent/process/thread.c: agent/process may not use agent/statement",
    "agent/process/thread.c: agent/process may not use agent/unit",
    "agent/recording/recording.c: agent/recording may not use agent/stack",
    "agent/sql/fingerprint: a circle of files: agent/sql/fingerprint agent/sql/names agent/sql/state agent/sql/tags agent/sql/tokens agent/sql/words",
    "agent/stack/frame.c: agent/stack may not use agent",
    "agent/unit/scope.c: agent/unit may not use agent/group",
    "agent/unit/transaction.c: agent/unit may not use agent/evidence",
    "agent/unit/transaction.c: agent/unit may not use agent/group",
    "agent/unit/unit.h: agent/unit may not use agent/group",
    "collectors/libpq/command: a circle of files: collectors/libpq/command collectors/libpq/connection collectors/libpq/prepared",
    "collectors/libpq/library: a circle of files: collectors/libpq/library collectors/libpq/read",
    "collectors/sqlite3/handle: a circle of files: collectors/sqlite3/handle collectors/sqlite3/library collectors/sqlite3/read",
}
