"""The agent's functions, by ctypes, as agent/api/nplus1.h declares them; all of them are harmless without the agent."""
import contextlib
import ctypes
import functools
import os
import sys


class _Place(ctypes.Structure):
    _fields_ = [("file", ctypes.c_char_p), ("line", ctypes.c_uint), ("function", ctypes.c_char_p), ("module", ctypes.c_char_p),
                ("offset", ctypes.c_ulonglong)]


class _Finding(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("kind", ctypes.c_char_p), ("confidence", ctypes.c_char_p), ("statement", ctypes.c_char_p),
                ("database", ctypes.c_char_p), ("place", _Place), ("loop", _Place), ("parent", ctypes.c_char_p),
                ("parent_column", ctypes.c_char_p), ("parameter", ctypes.c_uint), ("executions", ctypes.c_ulonglong),
                ("distinct_values", ctypes.c_ulonglong), ("rows", ctypes.c_ulonglong), ("time_ns", ctypes.c_ulonglong),
                ("advice", ctypes.c_char_p)]


_Each = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Finding), ctypes.c_void_p)


def _text(value):
    return value.decode("utf-8", "replace") if value is not None else None


class Place:
    """file and function may be None."""

    def __init__(self, place):
        self.file, self.line, self.function, self.module = _text(place.file), place.line, _text(place.function), _text(place.module)

    @classmethod
    def of(cls, file, line, function):
        place = cls.__new__(cls)
        place.file, place.line, place.function, place.module = file, line, function, None
        return place

    def __str__(self):
        if self.file:
            inside = os.path.relpath(self.file) if self.file.startswith(os.getcwd() + os.sep) else self.file
            return f"{inside}:{self.line}"
        return self.module or "unknown place"


class Finding:
    """One thing that is wrong in a scope; names as in the JSON of `nplus1 report`."""

    def __init__(self, finding):
        for name in ("kind", "confidence", "statement", "database", "parent", "parent_column", "advice"):
            setattr(self, name, _text(getattr(finding, name)))
        for name in ("executions", "distinct_values", "rows", "time_ns", "parameter"):
            setattr(self, name, getattr(finding, name))
        self.location = Place(finding.place)
        self.loop = Place(finding.loop) if finding.loop.file or finding.loop.module else None

    @property
    def place(self):
        """The line to look at: the loop's where it is known."""
        return self.loop or self.location


@functools.lru_cache(maxsize=None)
def _agent():
    """The library; None without the agent."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    try:
        library.nplus1_scope_findings.argtypes = [_Each, ctypes.c_void_p]
        library.nplus1_scope_begin.argtypes = library.nplus1_allow_begin.argtypes = [ctypes.c_char_p]
        library.nplus1_scope_executions.restype = ctypes.c_ulonglong
    except AttributeError:
        return None
    return library


def is_watched():
    """Whether the agent is there and records. Asked before the first test, it makes threads count for the test that waits for them."""
    agent = _agent()
    return bool(agent and agent.nplus1_present())


def findings():
    """What was found in the innermost scope so far, the surest first."""
    found = []

    @_Each
    def each(finding, data):
        found.append(Finding(finding.contents))
        return 0

    agent = _agent()
    if agent:
        agent.nplus1_scope_findings(each, None)
    return found


def executions():
    """Statements in the innermost scope so far, but for those that control transactions."""
    agent = _agent()
    return agent.nplus1_scope_executions() if agent else 0


@contextlib.contextmanager
def scope(name):
    """A unit of work: reports say how much of each finding was in it."""
    agent = _agent()
    if not agent:
        yield
        return
    agent.nplus1_scope_begin(name.encode())
    try:
        yield
    finally:
        agent.nplus1_scope_end()


class Allowances:
    """Where `allowed` was used in this process, and whether anything needed it."""

    def __init__(self):
        self.needed = {}

    def note(self, key, needed):
        self.needed[key] = self.needed.get(key, False) or needed

    def stale(self):
        return sorted(f"{file}:{line}: {reason}" if line else f"{file}: {reason}"
                      for (file, line, reason), needed in self.needed.items() if not needed)


allowances = Allowances()


@contextlib.contextmanager
def allowance(reason, file, line):
    """allowed() for who knows where it is written."""
    agent = _agent()
    if not agent:
        yield
        return
    agent.nplus1_allow_begin(reason.encode())
    try:
        yield
    finally:
        allowances.note((file, line, reason), bool(findings()))
        agent.nplus1_allow_end()


def allowed(reason):
    """With `with`: what runs in it is meant. No test fails for it, and reports say why."""
    caller = sys._getframe(1)
    return allowance(reason, caller.f_code.co_filename, caller.f_lineno)
