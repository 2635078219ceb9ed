"""Speaks PostgreSQL's protocol by hand: raw.py CHUNK [SCENE ...]. Sends and reads at most CHUNK bytes at a time, and prints the types of the
messages that came."""
import os
import socket
import struct
import sys

CHUNK = int(sys.argv[1])


def message(kind, body=b""):
    return kind.encode() + struct.pack("!I", len(body) + 4) + body


def text(value):
    return value.encode() + b"\0"


def parse(name, sql, *types):
    return message("P", text(name) + text(sql) + struct.pack("!H", len(types)) + b"".join(struct.pack("!I", kind) for kind in types))


def bind(portal, name, *values, formats=(), results=()):
    body = text(portal) + text(name) + struct.pack("!H", len(formats)) + b"".join(struct.pack("!H", form) for form in formats)
    body += struct.pack("!H", len(values))
    for value in values:
        body += struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value
    return message("B", body + struct.pack("!H", len(results)) + b"".join(struct.pack("!H", form) for form in results))


def execute(portal="", rows=0):
    return message("E", text(portal) + struct.pack("!I", rows))


def describe(kind, name):
    return message("D", kind.encode() + text(name))


def close(kind, name):
    return message("C", kind.encode() + text(name))


def query(sql):
    return message("Q", text(sql))


SYNC, FLUSH = message("S"), message("H")


class Connection:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(f"{os.environ['PGHOST']}/.s.PGSQL.{os.environ['PGPORT']}")
        self.seen = []
        self.rest = b""
        body = struct.pack("!I", 3 << 16) + text("user") + text(os.environ["PGUSER"]) + text("database") + text(os.environ["PGDATABASE"]) + b"\0"
        self.ask(struct.pack("!I", len(body) + 4) + body)
        self.seen.clear()

    def send(self, data):
        for at in range(0, len(data), CHUNK):
            self.socket.sendall(data[at:at + CHUNK])

    def next(self):
        while len(self.rest) < 5 or len(self.rest) < 1 + struct.unpack("!I", self.rest[1:5])[0]:
            came = self.socket.recv(CHUNK)
            if not came:
                raise EOFError
            self.rest += came
        length = 1 + struct.unpack("!I", self.rest[1:5])[0]
        found, self.rest = self.rest[:length], self.rest[length:]
        self.seen.append(chr(found[0]))
        return chr(found[0]), found[5:]

    def until(self, kind):
        while True:
            found, body = self.next()
            if found == kind:
                return body

    def ask(self, *messages, syncs=1):
        self.send(b"".join(messages))
        for _ in range(syncs):
            self.until("Z")


def binary(number):
    return struct.pack("!i", number)


def simple(c):
    c.ask(query("select id from orders where id < 4; select 1 as one; "))
    c.ask(query(""))
    c.ask(query("begin"))
    c.ask(query("select id, customer_id from orders where id = 3"))
    c.ask(query("selec nothing"))
    c.ask(query("rollback"))
    c.ask(query("select 1/0; select 'never'"))


def unnamed(c):
    for number in (7, 14, 21):
        c.ask(parse("", "select name from customers where id = $1"), bind("", "", str(number).encode()), describe("P", ""), execute(), SYNC)


def named(c):
    c.ask(parse("s1", "select name from customers where id = $1", 23), describe("S", "s1"), SYNC)
    for number in (7, 14, 21, 28):
        c.ask(bind("", "s1", binary(number), formats=(1,), results=(1,)), execute(), SYNC)
    c.ask(close("S", "s1"), SYNC)
    c.ask(bind("", "s1", binary(7), formats=(1,)), execute(), SYNC)  # it is no more


def pipelined(c):
    rounds = [parse("", "select amount from orders where id = $1") + bind("", "", str(i).encode()) + execute() + SYNC for i in (1, 2, 3)]
    c.ask(*rounds, syncs=3)
    c.ask(parse("p", "select count(*) from orders where amount > $1", 23), *[bind("", "p", binary(i), formats=(1,)) + execute() for i in range(5)],
          SYNC)


def fails(c):
    c.ask(parse("", "select 1/$1::int"), bind("", "", b"0"), execute(), bind("", "", b"1"), execute(), SYNC)
    c.ask(parse("", "nonsense"), bind("", ""), execute(), SYNC)
    c.ask(query("select 'after'"))


def portals(c):
    c.ask(query("begin"))
    c.ask(parse("", "select id, amount from orders order by id"), bind("p", ""), execute("p", 2), SYNC)
    for _ in range(3):
        c.ask(execute("p", 2), SYNC)
    c.ask(close("P", "p"), SYNC)
    c.ask(query("commit"))


def copies(c):
    c.ask(query("create temp table c(i int)"))
    c.send(query("copy c from stdin"))
    c.until("G")
    c.ask(*[message("d", b"%d\n" % i) for i in range(10)], message("c"))
    c.ask(query("copy c to stdout"))
    c.send(query("copy c from stdin"))
    c.until("G")
    c.ask(message("f", text("given up")))
    c.ask(parse("", "copy c to stdout"), bind("", ""), execute(), SYNC)


def others(c):
    c.ask(message("F", struct.pack("!IHHHiIH", 1598, 0, 0, 0, 0, 0, 0)[:4] + struct.pack("!HHH", 0, 0, 0)))  # random()
    c.ask(query("listen here; notify here, 'secret'"))
    c.ask(query("set standard_conforming_strings = off"))
    c.ask(query("select 'a\\'b' as x, 1"))
    c.ask(query("set standard_conforming_strings = on"))
    c.ask(parse("n", "select $1::text, $2::int", 25, 23), bind("", "n", None, b"5"), describe("P", ""), execute(), SYNC)
    c.send(parse("f", "select id from orders where id = $1") + describe("S", "f") + FLUSH)
    c.until("T")
    c.ask(bind("", "f", b"1"), execute(), SYNC)
    c.ask(query("select '%s'" % ("x" * 200000)))


def main():
    connection = Connection()
    for name in sys.argv[2:] or ("simple", "unnamed", "named", "pipelined", "fails", "portals", "copies", "others"):
        globals()[name](connection)
        print(name, "".join(connection.seen))
        connection.seen.clear()
    connection.send(message("X"))
    connection.socket.close()


main()
