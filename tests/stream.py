"""Findings as the agent wrote them into a recording, against those of the report."""
from collections import Counter, defaultdict

from golden.steady import fields, varint

STATEMENT, GROUP, FINDING = 6, 8, 12  # fields of Record
KINDS = ("unknown", "n_plus_one", "duplicate_query", "write_loop", "join_fanout", "unused_rows", "large_in_list", "reprepare",
         "long_transaction", "chatty_fetch", "batched_n_plus_one")
SCHEMAS = ("from pg_", "from information_schema.", "from sqlite_")  # as exporter/stream/verdict.c has them
CONFIDENCES = ("none", "possible", "likely", "proven")


def records(data):
    """(number, fields of the message by number) of each record that matters here."""
    at = 0
    while at < len(data):
        length, at = varint(data, at)
        for number, end, place in fields(data, at, at + length):
            if number in (STATEMENT, GROUP, FINDING):
                yield number, {field: value for field, value, _ in fields(data, place, end)}
        at += length


class Stream:
    """The last finding of each group, by the fingerprint of its statement."""

    def __init__(self, data):
        statements, groups, last = {}, {}, {}
        for number, message in records(data):
            if number == STATEMENT:
                statements[message[1]] = f"{message[2]:016x}"
            elif number == GROUP:
                groups[message[1]] = statements[message[2]]
            elif number == FINDING:
                last[message[3]] = KINDS[message.get(1, 0)], CONFIDENCES[message.get(2, 0)]
        self.groups = Counter(groups.values())
        self.findings = defaultdict(Counter)
        for group, finding in last.items():
            if finding[0] != "unknown":  # taken back
                self.findings[groups[group]][finding] += 1


def is_more(finding, text):
    """What only a reader can know: that places which ask alike repeat each other, each of them having repeated too little itself; that a
    transaction was still open when the process ended; that the program asks for the schema itself and no mapper, whose frames a reader
    recognises. (Recordings of several processes have one report: what is handed out to forked ones, no process knows.)"""
    if finding["kind"] == "n_plus_one":
        return any(schema in text for schema in SCHEMAS)
    return finding["kind"] == "long_transaction" or (finding["kind"] == "duplicate_query" and "repeated_elsewhere" in finding["evidence"])


def differences(path, report):
    """A line for each statement of which the report of a recording says something else than the recording itself."""
    stream = Stream(path.read_bytes())
    fingerprints = {group["id"]: group["statement"]["fingerprint"] for group in report["groups"]}
    texts = {group["statement"]["fingerprint"]: group["statement"]["text"] for group in report["groups"]}
    groups, findings = Counter(fingerprints.values()), defaultdict(Counter)
    more = defaultdict(Counter)
    for finding in report["findings"]:
        fingerprint = fingerprints[finding["group"]]
        (more if is_more(finding, texts[fingerprint]) else findings)[fingerprint][finding["kind"], finding["confidence"]] += 1
    for fingerprint in sorted({*stream.findings, *findings}):
        # Stacks that differ in addresses alone are one to a reader, who knows their lines: what each of them did adds up.
        if stream.groups[fingerprint] != groups[fingerprint]:
            continue
        said = stream.findings[fingerprint] - more[fingerprint]
        if said != findings[fingerprint]:
            yield f"{texts[fingerprint]}: {dict(said)} in the stream, {dict(findings[fingerprint])} in the report"
