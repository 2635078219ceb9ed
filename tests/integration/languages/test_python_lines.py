"""The decoder of CPython's line tables says what CPython says, for every piece of code of the standard library's larger modules."""
import ctypes
import dis
import sys
import sysconfig
from pathlib import Path

import pytest

LIBRARY = Path(sysconfig.get_paths()["stdlib"])
MODULES = ["argparse", "ast", "dataclasses", "decimal", "difflib", "inspect", "pickle", "pydoc", "subprocess", "typing", "_pydecimal",
           "asyncio/base_events", "asyncio/sslproto", "email/message", "logging/__init__", "unittest/mock", "xml/dom/minidom"]


# What these versions say of their own code is what is compared with.
since_3_10 = pytest.mark.skipif(sys.version_info < (3, 10), reason="co_lines is of CPython 3.10")
since_3_11 = pytest.mark.skipif(sys.version_info < (3, 11), reason="co_positions is of CPython 3.11")


class Location(ctypes.Structure):
    _fields_ = [("line", ctypes.c_uint32), ("start", ctypes.c_uint32)]


@pytest.fixture(scope="module")
def find(build):
    library = ctypes.CDLL(str(build.program("tools", "libpython_lines.so")))
    library.python_lines_find.argtypes = [ctypes.c_uint, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint32, ctypes.c_uint32,
                                          ctypes.POINTER(Location)]
    library.python_lines_find.restype = ctypes.c_bool

    def find(minor, table, first_line, position):
        location = Location()
        found = library.python_lines_find(minor, table, len(table), first_line, position, ctypes.byref(location))
        return location if found else None
    return find


def all_code():
    def inside(code):
        yield code
        for constant in code.co_consts:
            if hasattr(constant, "co_code"):
                yield from inside(constant)

    for module in MODULES:
        source = (LIBRARY / f"{module}.py").read_bytes()
        yield from inside(compile(source, module, "exec"))


@pytest.fixture(scope="module")
def codes():
    found = list(all_code())
    assert len(found) > 2000
    return found


def test_this_interpreters_own_tables(find, codes):
    for code in codes:
        if sys.version_info < (3, 10):
            for start, line in dis.findlinestarts(code):
                assert find(sys.version_info.minor, code.co_lnotab, code.co_firstlineno, start).line == line, (code, start)
            continue
        for start, end, line in code.co_lines():
            for position in {start, end - 2}:
                location = find(sys.version_info.minor, code.co_linetable, code.co_firstlineno, position)
                assert location is not None and location.line == (line or 0), (code, position)
                assert location.start <= position


@since_3_11
def test_a_place_begins_where_its_line_and_columns_do(find, codes):
    for code in codes[:300]:
        positions = list(code.co_positions())
        start = 0
        for unit, place in enumerate(positions):
            if unit and place != positions[unit - 1]:
                start = unit
            if place[0] is not None:
                assert find(sys.version_info.minor, code.co_linetable, code.co_firstlineno, 2 * unit).start == 2 * start


@since_3_10
def test_the_same_lines_as_an_lnotab(find, codes):
    for code in codes:
        table = code.co_lnotab
        for start, end, line in code.co_lines():
            if line:
                assert find(9, table, code.co_firstlineno, start).line == line, (code, start)


def as_3_10(code):
    """PEP 626: pairs of a length and a step; what does not fit is split; -128 for no line."""
    table, last = bytearray(), code.co_firstlineno
    for start, end, line in code.co_lines():
        length, step = end - start, 0 if line is None else line - last
        while step > 127 or step < -127:
            part = max(-127, min(127, step))
            table += bytes([0, part & 255])
            step -= part
        while length > 254:
            table += bytes([254, 128 if line is None else step & 255])
            length, step = length - 254, 0
        table += bytes([length, 128 if line is None else step & 255])
        last = last if line is None else line
    return bytes(table)


@since_3_10
def test_the_same_lines_as_3_10_writes_them(find, codes):
    for code in codes:
        table = as_3_10(code)
        for start, end, line in code.co_lines():
            for position in {start, end - 2}:
                assert find(10, table, code.co_firstlineno, position).line == (line or 0), (code, position)
