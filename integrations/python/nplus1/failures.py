"""From findings to a failure that stands at the line of the loop."""
import sys

CONFIDENCES = ["possible", "likely", "proven"]
KINDS = ["n_plus_one", "batched_n_plus_one", "duplicate_query", "write_loop", "join_fanout", "unused_rows", "large_in_list", "reprepare",
         "long_transaction", "chatty_fetch"]
FAIL_ON = "n_plus_one,batched_n_plus_one"  # unless somebody says otherwise
CONTEXT = 3  # lines of source before the one that fails
TITLES = {"n_plus_one": "N+1", "batched_n_plus_one": "a batch in a loop"}


class NPlusOne(AssertionError):
    """A test has a loop of statements that it should not have."""

    __module__ = "nplus1"


class Rules:
    """Kinds with the least confidence that fails, in the words of `nplus1 check --fail-on`: KIND, CONFIDENCE or KIND:CONFIDENCE."""

    def __init__(self, text=FAIL_ON):
        self.least = {}
        for item in filter(None, (word.strip() for word in text.split(","))):
            kind, _, confidence = item.partition(":")
            kinds, least = (KINDS, kind) if kind in CONFIDENCES and not confidence else ([kind], confidence or "likely")
            if kinds[0] not in KINDS or least not in CONFIDENCES:
                raise ValueError(f"nplus1: '{item}' is not a kind, a confidence or KIND:CONFIDENCE")
            for name in kinds:
                self.least[name] = min(self.least.get(name, len(CONFIDENCES)), CONFIDENCES.index(least))

    def fails(self, finding):
        return CONFIDENCES.index(finding.confidence) >= self.least.get(finding.kind, len(CONFIDENCES))


def describe(finding):
    """Lines of text: what, where from, what to do."""
    lines = [f"{TITLES.get(finding.kind, finding.kind.replace('_', ' '))}, {finding.confidence}: {finding.executions} executions of",
             f"    {finding.statement}"]
    if finding.parent:
        lines += [f"whose parameter {finding.parameter} is {finding.parent_column} of", f"    {finding.parent}"]
    if finding.loop and str(finding.loop) != str(finding.location):
        lines.append(f"executed at {finding.location}")
    return [*lines, finding.advice]


def message_of(found):
    lines = []
    for finding in found:
        lines += [f"{finding.place}: {describe(finding)[0]}", *describe(finding)[1:], ""]
    return "\n".join([*lines, "Mean it? with nplus1.allowed(\"why\"): ...   All of it: nplus1 report"])


def _lines_alone(units, lines):
    """A table of positions without columns, which would be those of our own text: entries of up to 8 code units that are `lines` below the
    first line (CPython's Objects/locations.md: code 13, a signed difference of less than 32)."""
    entries = [(min(8, units - at), 0 if at else lines << 1) for at in range(0, units, 8)]
    return b"".join(bytes([0x80 | 13 << 3 | length - 1, difference]) for length, difference in entries)


def error_at(place, message):
    """An exception whose traceback ends at the place: that is where the program is to be changed."""
    if not place.file or not place.line:
        return NPlusOne(message)
    context = min(place.line - 1, CONTEXT)
    code = compile("\n" * context + "raise error", place.file, "exec").replace(
        co_firstlineno=place.line - context, co_name=(place.function or "<module>").rpartition(".")[2])
    if sys.version_info >= (3, 11):
        code = code.replace(co_linetable=_lines_alone(len(code.co_code) // 2, context))
    try:
        exec(code, {"error": NPlusOne(message), "__name__": "nplus1"})
    except NPlusOne as error:
        return error.with_traceback(error.__traceback__.tb_next)


def failure_of(found, rules):
    """The exception for what fails by the rules; None: nothing does."""
    found = [finding for finding in found if rules.fails(finding)]
    return error_at(found[0].place, message_of(found)) if found else None
