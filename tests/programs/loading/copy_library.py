"""Copies a shared library under another name and SONAME of the same length: copy_library.py OLD_SONAME NEW_SONAME FROM TO"""
import sys
from pathlib import Path

old, new, source, target = sys.argv[1:]
assert len(old) == len(new)
data = Path(source).resolve().read_bytes()
assert data.count(old.encode() + b"\0") == 1, f"{source} has its name not once"
Path(target).write_bytes(data.replace(old.encode() + b"\0", new.encode() + b"\0"))
