"""What tests/lint/words.txt lists stands nowhere in the project."""
import re
from pathlib import Path

import tree

WORDS = Path(__file__).with_name("words.txt")


def patterns():
    for line in tree.lines(WORDS):
        if line and not line.startswith("#"):
            pattern, _, why = line.partition("\t")
            yield re.compile(pattern), why.strip()


def check(root):
    words = list(patterns())
    for name in tree.files(root):
        if name.name == WORDS.name or "corpus" in name.parts:  # what is fed to fuzzers is kept byte for byte
            continue
        for number, line in enumerate(tree.lines(root / name), 1):
            for pattern, why in words:
                match = pattern.search(line)
                if match:
                    yield f"{name}:{number}: {match[0].strip()!r}: {why}"


tree.main(check)
