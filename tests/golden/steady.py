"""A recording whose times do not depend on the machine: what differs from run to run is overwritten in place.

Clocks tick nanoseconds from 0, an execution takes 1,000 of them and a row 100 more, and groups run for the first time in their
order. Numbers of 8 bytes stand at fixed places (exporter/stream/nplus1.proto), so that nothing else of the file moves.
"""
import struct

EXECUTION, ROW, STEP = 1_000, 100, 1_000_000  # nanoseconds
# Fields of Record.
HEADER, STATUS, MODULE, COUNTERS, EDGE_COUNTERS, FINDING, EXIT, FACTS, OPEN_TRANSACTION = 1, 2, 3, 9, 11, 12, 13, 16, 19
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
END = 1_000 * STEP


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data, at, end):
    """(number, value, place) of each field of a message; of BYTES the value is where they end."""
    while at < end:
        key, at = varint(data, at)
        kind, place = key & 7, at
        if kind == VARINT:
            value, at = varint(data, at)
        elif kind == FIXED64:
            value, at = struct.unpack_from("<Q", data, at)[0], at + 8
        elif kind == BYTES:
            length, place = varint(data, at)
            value = at = place + length
        elif kind == FIXED32:
            value, at = None, at + 4
        else:
            raise ValueError(f"wire type {kind} at {place}")
        yield key >> 3, value, place


def records(data):
    at = 0
    while at < len(data):
        length, at = varint(data, at)
        yield from ((number, place, value) for number, value, place in fields(data, at, at + length) if number != 15)
        at += length


def steady(data):
    """The bytes of the recording, overwritten."""
    data = bytearray(data)

    def put(places, number, value):
        if number in places:
            struct.pack_into("<Q", data, places[number], value)

    for record, start, end in list(records(data)):
        message = list(fields(data, start, end))
        values = {number: value for number, value, place in message}
        places = {number: place for number, value, place in message}
        if record == HEADER:
            put(places, 12, 0)  # started_unix_ns
            clock = {number: place for number, value, place in fields(data, places[13], values[13])}
            for number, value in {1: 0, 2: 0, 3: 1_000_000_000}.items():
                put(clock, number, value)
        elif record == STATUS:
            put(places, 1, END)
            put(places, 2, END)
        elif record == MODULE:
            for number in (4, 5, 6):  # where it was loaded
                put(places, number, 0)
        elif record == COUNTERS:
            put(places, 3, EXECUTION * values[1] + ROW * values[2])
            put(places, 13, STEP * values[16])
        elif record == EDGE_COUNTERS:
            put(places, 3, values[1])  # different values are estimated, with a salt
        elif record == FINDING:
            put(places, 5, END)
        elif record == EXIT:
            for number in (1, 2, 3):
                put(places, number, END)
        elif record == FACTS:
            if values[12]:
                put(places, 12, STEP)
                put(places, 13, 10 * EXECUTION)
            if values[22]:
                put(places, 22, EXECUTION)
        elif record == OPEN_TRANSACTION:
            put(places, 1, STEP if values[1] else 0)
            put(places, 2, 10 * EXECUTION)
    return bytes(data)
