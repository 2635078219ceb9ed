#!/usr/bin/python3
"""Writes a C file with the contents of text files as terminated arrays: embed.py OUTPUT PREFIX FILE..."""
import re
import sys
from pathlib import Path

output, prefix, *files = sys.argv[1:]
with open(output, "w") as out:
    for path in map(Path, files):
        name = prefix + re.sub(r"\W", "_", path.name)
        values = [str(byte) for byte in path.read_bytes()] + ["0"]
        lines = [",".join(values[i:i + 40]) for i in range(0, len(values), 40)]
        out.write(f"extern const char {name}[];\nconst char {name}[] = {{\n" + ",\n".join(lines) + "};\n")
