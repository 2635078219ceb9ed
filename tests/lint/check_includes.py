"""Dependencies run one way only: who may include whom, decided from the #include "..." lines; no circles; and what the collectors
see of the agent, through includes of includes too, is what rooms.WALL lists."""
import os
import re

import rooms
import tree

# Where an include is looked for after the folder of the file that has it.
ROOTS = ["", "samples/c/common"]
INCLUDE = re.compile(r'\s*#\s*include\s*"([^"]+)"')


def room(path):
    fitting = [name for name in rooms.MAY_USE if path.startswith(name + "/")]
    return max(fitting, key=len) if fitting else None


def resolve(root, name, included):
    for base in [os.path.dirname(name), *ROOTS]:
        path = os.path.normpath(os.path.join(base, included))
        if (root / path).is_file():
            return path
    if included.endswith(".gperf.h"):  # made of the words beside it
        return included if (root / included.removesuffix(".h")).is_file() else None
    if included.endswith(".pb-c.h") and (root / included.replace(".pb-c.h", ".proto")).is_file():  # made of the schema beside it
        return included
    return "exporter/stream/" + os.path.basename(included) if included.endswith(".pb-c.h") else None


def fault_of(name, target):
    here, there = room(name), room(target)
    if there is None:
        return f"{target} belongs to no room that others may use"
    if here == there or there in rooms.MAY_USE[here] or target in rooms.MAY_USE[here]:
        return None
    return f"{here} may not use {there}"


def module(path):
    """A .c file and its header are one."""
    return re.sub(r"\.[ch]$", "", path)


def circles(arrows):
    """The sets of nodes that reach each other (Tarjan), from a dict of sets."""
    order, low, path, found = {}, {}, [], []

    def visit(node):
        order[node] = low[node] = len(order)
        path.append(node)
        for other in sorted(arrows.get(node, ())):
            if other not in order:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in path:
                low[node] = min(low[node], order[other])
        if low[node] == order[node]:
            cut = path.index(node)
            if len(path) - cut > 1:
                found.append(sorted(path[cut:]))
            del path[cut:]

    for node in sorted(arrows):
        if node not in order:
            visit(node)
    return found


def seen(includes, start):
    """What a file sees: a dict from each file that it includes, directly or not, to the includes that lead there."""
    found, waiting = {start: [start]}, [start]
    while waiting:
        name = waiting.pop(0)
        for other in sorted(includes.get(name, ())):
            if other not in found:
                found[other] = [*found[name], other]
                waiting.append(other)
    return found


def faults_of_the_wall(includes):
    """One for each header behind the wall, with the shortest way that leads there."""
    through = {}
    for name in sorted(includes):
        if name.startswith("collectors/"):
            for header, way in seen(includes, name).items():
                behind = header.startswith("agent/") and not header.startswith(("agent/base/", "agent/value/")) and header not in rooms.WALL
                if behind and (header not in through or len(way) < len(through[header])):
                    through[header] = way
    for header, way in sorted(through.items()):
        yield f"{way[0]}: sees {header} through the wall: {' > '.join(way[1:])}"


def check(root):
    modules, between_rooms, includes = {}, {}, {}
    for name in map(str, tree.files(root, ".c", ".h")):
        if name.startswith(rooms.FREE):
            continue
        if room(name) is None:
            yield f"{name}: stands in no room of the project"
            continue
        for number, line in enumerate(tree.lines(root / name), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            target = resolve(root, name, match[1])
            fault = fault_of(name, target) if target else f'"{match[1]}" is not found'
            if fault:
                yield f"{name}:{number}: {fault}"
            elif target:
                includes.setdefault(name, set()).add(target)
                modules.setdefault(module(name), set()).add(module(target))
                between_rooms.setdefault(room(name), set()).add(room(target))
    for what, arrows in (("files", modules), ("rooms", between_rooms)):
        for circle in circles({node: others - {node} for node, others in arrows.items()}):
            yield f"{circle[0]}: a circle of {what}: {' '.join(circle)}"
    yield from faults_of_the_wall(includes)


def check_new(root):
    return (fault for fault in check(root) if re.sub(r":\d+:", ":", fault) not in rooms.OPEN)


tree.main(check_new)
