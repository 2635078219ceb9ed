"""Dependencies run one way only: who may include whom, decided from the #include "..." lines."""
import os
import re

import tree

# What a folder may include besides itself. The longest folder that holds a file is the one that counts.
MAY_USE = {
    "agent/base": [],
    "exporter/stream": ["agent/base"],
    "agent": ["agent/base", "exporter/stream"],
    "collectors": ["agent/base"],
    "exporter/model": ["exporter/stream", "agent/base"],
    "exporter/formats": ["exporter/model", "agent/base"],
    "viewer": ["exporter/model", "exporter/formats", "exporter/stream", "agent/base"],
    "samples": [],
}
# Tests and benchmarks look into everything.
FREE = ("tests", "bench")
# What the agent shows to the collectors.
PROBE_INTERFACE = {"agent/lifecycle.h", "agent/probe.h", "agent/provider.h", "agent/resolve.h", "agent/value.h", "agent/waits.h",
                   "agent/walker.h", "agent/watch.h"}
# Where an include is looked for after the folder of the file that has it.
ROOTS = ["", "agent", "exporter", "exporter/stream", "exporter/model", "exporter/formats", "collectors", "viewer",
         "samples/c/common"]

INCLUDE = re.compile(r'\s*#\s*include\s*"([^"]+)"')


def room(path):
    fitting = [name for name in MAY_USE if path.startswith(name + "/")]
    return max(fitting, key=len) if fitting else None


def resolve(root, name, included):
    for base in [os.path.dirname(name), *ROOTS]:
        path = os.path.normpath(os.path.join(base, included))
        if (root / path).is_file():
            return path
    if included.endswith(".pb-c.h"):
        return "exporter/stream/" + os.path.basename(included)
    return None


def fault_of(name, target, tables):
    here, there = room(name), room(target)
    if there is None:
        return f"{target} belongs to no folder that others may use"
    if here == there:
        return None
    if here == "collectors" and target in PROBE_INTERFACE:
        return None
    if here == "agent" and there == "collectors":
        tables.add(name)
        return None if len(tables) == 1 else f"a second file that reaches the collectors, after {min(tables - {name})}"
    return None if there in MAY_USE[here] else f"{here} may not use {there}"


def check(root):
    tables = set()
    for name in map(str, tree.files(root, ".c", ".h")):
        if name.startswith(tuple(folder + "/" for folder in FREE)):
            continue
        if room(name) is None:
            yield f"{name}: stands in no folder of the project"
            continue
        for number, line in enumerate(tree.lines(root / name), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            target = resolve(root, name, match[1])
            fault = fault_of(name, target, tables) if target else f'"{match[1]}" is not found'
            if fault:
                yield f"{name}:{number}: {fault}"


tree.main(check)
