"""A header's guard is its path: NPLUS1_AGENT_GROUP_GROUP_H for agent/group/group.h."""
import re

import rooms
import tree

GUARD = re.compile(r"^#ifndef (\w+)\n#define (\w+)$", re.MULTILINE)


def guard_of(name):
    return "NPLUS1_" + re.sub(r"\W", "_", name).upper()


def check(root):
    for name in map(str, tree.files(root, ".h")):
        if name == rooms.INSTALLED or name.startswith(rooms.OLD_GUARDS):
            continue
        found, guard = GUARD.search((root / name).read_text()), guard_of(name)
        if not found or found.groups() != (guard, guard):
            yield f"{name}: its guard is {found[1] if found else 'missing'}, not {guard}"


tree.main(check)
