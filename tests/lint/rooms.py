"""The rooms of the house and what each may include besides itself: a row per room.

A room is the longest folder here that holds a file. A row names rooms, or single headers of them.
"""

# Two staircases: each room may use those before it.
AGENT = ["agent/base", "agent/sql", "agent/process", "agent/loading", "agent/recording", "agent/stack", "agent/unit",
         "agent/statement", "agent/group", "agent/evidence", "agent/probe", "agent"]
READER = ["exporter/base", "exporter/stream", "exporter/recording", "exporter/model", "exporter/symbols", "exporter/advice",
          "exporter/diff", "exporter/build"]
# What the agent shows to the collectors besides agent/base and the probe.
INTERFACE = ["agent/probe", "agent/sql/split.h", "agent/process/thread.h", "agent/loading/copies.h", "agent/loading/entries.h",
             "agent/loading/resolve.h", "agent/stack/walker.h", "agent/unit/descriptors.h", "agent/group/watch.h"]
# Rooms from which the agent's take what agent and viewer share.
STREAM_FROM = "agent/process"


def rows():
    may_use = {}
    for i, name in enumerate(AGENT):
        shared = ["exporter/stream"] if i >= AGENT.index(STREAM_FROM) else []
        may_use[name] = AGENT[:i] + shared
    for i, name in enumerate(READER):
        may_use[name] = ["agent/base"] + READER[:i]
    may_use["collectors/libc"] = ["agent/base", *INTERFACE]
    may_use["collectors/sqlite3"] = may_use["collectors/libpq"] = ["agent/base", *INTERFACE]
    may_use["collectors/languages"] = ["agent/base", "exporter/stream/python_lines.h", *INTERFACE]
    # The table of clients and languages.
    may_use["collectors"] = ["agent/base", "agent/loading/loader.h", "collectors/sqlite3", "collectors/libpq", "collectors/languages", *INTERFACE]
    may_use["exporter/formats"] = ["agent/base", "exporter/base", "exporter/model", "exporter/diff", "exporter/stream"]
    may_use["viewer"] = ["agent/base", "exporter/formats", *READER]
    may_use["samples"] = []
    return may_use


MAY_USE = rows()
# Tests and benchmarks look into everything.
FREE = ("tests/", "bench/")

# Arrows that still point up the stairs, each to be turned around; the list only gets shorter.
OPEN = {
    "exporter/advice/advise.h: exporter/advice may not use exporter/build",
    "exporter/advice/rewrite/parts: a circle of files: exporter/advice/rewrite/parts exporter/advice/rewrite/rewrite",
    "exporter/diff/diff: a circle of files: exporter/diff/diff exporter/diff/diff_data",
    "exporter/formats/text/parts: a circle of files: exporter/formats/text/parts exporter/formats/text/report",
    "exporter/recording/load_record: a circle of files: exporter/recording/load_record exporter/recording/recording",
    "exporter/symbols/dwarf_index: a circle of files: exporter/symbols/dwarf_index exporter/symbols/symbols",
    "samples/c/common/ids: a circle of files: samples/c/common/ids samples/c/common/sample",
    "viewer/doctor/elf: a circle of files: viewer/doctor/elf viewer/doctor/elf_file",
}
