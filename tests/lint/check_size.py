"""No source file is over 600 lines unless it says why at its top: `Long because: ...`."""
import re

import tree

LIMIT = 600
TOP = 15
REASON = re.compile(r"Long because: \S")


def check(root):
    for name in tree.files(root, ".c", ".h", ".py", ".rb", ".php", ".pl", ".sh", ".proto", "meson.build"):
        lines = tree.lines(root / name)
        if len(lines) > LIMIT and not any(REASON.search(line) for line in lines[:TOP]):
            yield f"{name}: {len(lines)} lines, more than {LIMIT}, and no reason in its first {TOP}"


tree.main(check)
