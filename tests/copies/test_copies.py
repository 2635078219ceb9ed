"""However SQLite was compiled into a program, its loop is counted and proven and its eager twin is silent, or nothing at all is
seen of it and doctor says why; and the program prints the same.

What was executed the program says itself: it has SQLite's trace count."""
import json
import os

import pytest
from builds import VERSIONS, Copies, Unavailable, Way

# In `make test`; they are compiled within seconds, without optimisation.
FEW = [
    Way("gcc -O0", flags=("-O0",)),
    Way("gcc -O0, a module", flags=("-O0",), module=True, link=("-s", "-Wl,-z,nodelete")),
]
GC = ("-s", "-Wl,--gc-sections")
MANY = [
    Way("gcc -O1", flags=("-O1",)),
    Way("gcc -O2", flags=("-O2",)),
    Way("gcc -O3", flags=("-O3",)),
    Way("gcc -Os", flags=("-Os",)),
    Way("clang -O0", "clang", ("-O0",)),
    Way("clang -O1", "clang", ("-O1",)),
    Way("clang -O2", "clang", ("-O2",)),
    Way("clang -O3", "clang", ("-O3",)),
    Way("clang -Os", "clang", ("-Os",)),
]
