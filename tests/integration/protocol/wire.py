#!/usr/bin/python3
"""Speaks PostgreSQL's protocol over a socket: wire.py SCENE DATABASE [--pieces BYTES] [--calls send|sendmsg|write|writev] [--tls].

With --pieces every call that sends or receives has at most so many bytes. Each scene ends with the connection."""
import argparse
import os
import socket
import ssl
import struct
import sys


class Wire:
    def __init__(self, pieces, calls, tls):
        self.pieces, self.calls, self.tls, self.rest, self.state = pieces, calls, tls, b"", "I"

    def connect(self, negotiate=b"", version=3 << 16, options=()):
        host, port = os.environ["PGHOST"], os.environ["PGPORT"]
        if self.tls:  # which the server has on TCP only
            self.socket = socket.create_connection(("127.0.0.1", int(port)))
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(f"{host}/.s.PGSQL.{port}")
        for code in () if self.tls else negotiate:
            self.send(struct.pack("!ii", 8, 1234 << 16 | code))
            assert self.receive(1) == b"N"
        if self.tls:
            self.send(struct.pack("!ii", 8, 1234 << 16 | 5679))
            assert self.receive(1) == b"S"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)
        words = ["user", os.environ["PGUSER"], "database", self.database, *options]
        body = struct.pack("!i", version) + b"".join(word.encode() + b"\0" for word in words) + b"\0"
        self.send(struct.pack("!i", len(body) + 4) + body)
        return self.ready()

    def send(self, data):
        step = self.pieces or len(data)
        for start in range(0, len(data), step):
            self.call(data[start:start + step])

    def call(self, part):
        half = len(part) // 2
        if self.calls == "send":
            self.socket.sendall(part)
        elif self.calls == "sendmsg":
            assert self.socket.sendmsg([part[:half], part[half:]]) == len(part)
        elif self.calls == "write":
            assert os.write(self.socket.fileno(), part) == len(part)
        else:
            assert os.writev(self.socket.fileno(), [part[:half], b"", part[half:]]) == len(part)

    def receive(self, most):
        most = min(most, self.pieces or most)
        if self.calls == "send":
            data = self.socket.recv(most)
        elif self.calls == "sendmsg":
            data = self.socket.recvmsg(most)[0]
        elif self.calls == "write":
            data = os.read(self.socket.fileno(), most)
        else:
            room = bytearray(most)
            data = bytes(room[:os.readv(self.socket.fileno(), [memoryview(room)[:most // 2], memoryview(room)[most // 2:]])])
        assert data, "the server hung up"
        return data

    def message(self):
        while len(self.rest) < 5 or len(self.rest) < 1 + struct.unpack("!i", self.rest[1:5])[0]:
            self.rest += self.receive(65536)
        size = 1 + struct.unpack("!i", self.rest[1:5])[0]
        letter, body, self.rest = chr(self.rest[0]), self.rest[5:size], self.rest[size:]
        return letter, body

    def until(self, *letters):
        """The letters of the messages until one of these; rows are kept."""
        seen, self.rows = "", []
        while not seen or seen[-1] not in letters:
            letter, body = self.message()
            seen += letter
            if letter == "D":
                self.rows.append(fields(body))
            elif letter == "Z":
                self.state = body.decode()
        return seen

    def ready(self):
        return self.until("Z")

    def query(self, sql):
        self.send(query(sql))
        return self.ready()

    def say(self, *messages, ready=1):
        self.send(b"".join(messages))
        return "".join(self.ready() for _ in range(ready))


def fields(body):
    count, at, found = struct.unpack("!h", body[:2])[0], 2, []
    for _ in range(count):
        size = struct.unpack("!i", body[at:at + 4])[0]
        found.append(None if size < 0 else body[at + 4:at + 4 + size])
        at += 4 + max(size, 0)
    return found


def message(letter, *parts):
    body = b"".join(part.encode() + b"\0" if isinstance(part, str) else part for part in parts)
    return letter.encode() + struct.pack("!i", len(body) + 4) + body


def shorts(*numbers):
    return struct.pack(f"!{len(numbers)}h", *numbers)


def query(sql):
    return message("Q", sql)


def parse(sql, name="", types=()):
    return message("P", name, sql, shorts(len(types)), struct.pack(f"!{len(types)}i", *types))


def bind(*values, name="", portal="", formats=(), results=()):
    sized = b"".join(struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value for value in values)
    return message("B", portal, name, shorts(len(formats), *formats), shorts(len(values)), sized, shorts(len(results), *results))


def describe(kind, name=""):
    return message("D", kind.encode(), name)


def close(kind, name=""):
    return message("C", kind.encode(), name)


def execute(portal="", rows=0):
    return message("E", portal, struct.pack("!i", rows))


SYNC, FLUSH, END = message("S"), message("H"), message("X")


def simple(wire):
    wire.query("select 1")
    wire.query("select 1; select 2, 3; ; select 'x;y', 4")
    wire.query("")
    wire.query(" ; -- nothing\n")
    assert wire.query("select 1, 2, 3, 4, 5; select 1/(4 - 4); select 5, 6, 7, 8, 9, 0").count("C") == 1
    wire.query("begin; create table t(a int); insert into t values (1), (2); select a from t where a = 1; commit")
    wire.query("update t set a = a + 1")
    wire.query("do $$ begin raise notice 'a notice; and more'; end $$")
    wire.query("listen there; notify there, 'x'")
    wire.query("select a from t where a = 2 /* ; */")


def extended(wire):
    wire.query("create table t(a int, b text)")
    for number in b"1", b"2", b"3":
        wire.say(parse("insert into t values ($1, $2)"), bind(number, b"x" + number), execute(), SYNC)
    wire.say(parse("select b from t where a = $1", "by_a", [23]), describe("S", "by_a"), SYNC)
    for number in range(1, 4):
        wire.say(bind(struct.pack("!i", number), name="by_a", formats=[1], results=[1]), execute(), SYNC)
        assert wire.rows == [[b"x%d" % number]]
    # The unnamed statement stays; portals of several names at once.
    wire.say(parse("select a from t where b = $1"), bind(b"x1"), bind(b"x2", portal="second"), describe("P", "second"),
             execute("second"), execute(), bind(None), execute(), SYNC)
    wire.say(bind(b"x3"), execute(), SYNC)
    # A name is closed, and means something else; closing what is not there is no error.
    wire.say(close("S", "by_a"), close("P", "nobody"), parse("select count(*) from t where a > $1", "by_a"), SYNC)
    wire.say(bind(b"1", name="by_a"), describe("P"), execute(), close("P"), SYNC)
    assert wire.rows == [[b"2"]]
    wire.say(SYNC, SYNC, ready=2)
    wire.say(parse(""), bind(), execute(), SYNC)
    wire.query("select 7")
    assert "E" in wire.say(bind(b"1"), execute(), SYNC)  # the simple query has dropped the unnamed statement


def flushed(wire):
    """As asyncpg and others go: one message at a time, without a Sync in between."""
    wire.query("create table t(a int)")
    wire.send(parse("insert into t values ($1)", "s") + describe("S", "s") + FLUSH)
    wire.until("n", "T")
    for number in range(5):
        wire.send(bind(b"%d" % number, name="s") + FLUSH)
        wire.until("2")
        wire.send(execute() + FLUSH)
        wire.until("C")
    wire.say(SYNC)
    assert wire.query("select count(*) from t").count("D") == 1


def pipelined(wire):
    wire.query("create table t(a int primary key)")
    batch = [parse("insert into t values ($1)", "ins")]
    for number in range(20):
        batch += [bind(b"%d" % number, name="ins"), execute(), SYNC]
    wire.say(*batch, ready=20)
    # The second fails; what follows is left out until Sync, and the next part runs.
    wire.say(bind(b"100", name="ins"), execute(), bind(b"1", name="ins"), execute(), bind(b"101", name="ins"), execute(), SYNC,
             parse("select a from t where a = $1"), bind(b"3"), execute(), SYNC, ready=2)
    assert wire.rows == [[b"3"]]
    # A statement that cannot be parsed leaves out its Bind and Execute; its name means what it did.
    wire.say(parse("select a from t where a > $1", "s"), SYNC)
    wire.say(parse("selec a", "other"), bind(name="other"), execute(), SYNC)
    wire.say(close("S", "s"), parse("selec b", "s"), SYNC, bind(b"3", name="s"), execute(), SYNC, ready=2)
    wire.say(parse("select a + 1 from t where a = $1", "s"), bind(b"4", name="s"), execute(), SYNC)
    assert wire.rows == [[b"5"]]


def suspended(wire):
    wire.query("create table t as select generate_series(1, 10) a")
    wire.query("begin")
    wire.say(parse("select a from t where a > $1 order by a"), bind(b"1", portal="rows", results=[1]), describe("P", "rows"),
             execute("rows", 3), SYNC)
    while len(wire.rows) == 3:
        wire.say(execute("rows", 3), SYNC)
    wire.say(bind(b"8", portal="again"), execute("again", 1), execute("again", 1), execute("again", 1), SYNC)
    wire.query("declare c cursor for select a from t")
    wire.query("fetch 2 from c; fetch 3 from c")
    wire.query("commit")
    # Without a transaction the portal ends with its Sync.
    wire.say(bind(b"5", portal="gone"), execute("gone", 1), SYNC)
    assert "E" in wire.say(execute("gone", 1), SYNC)


def copied(wire):
    wire.query("create table t(a int, b text)")
    wire.send(query("copy t from stdin"))
    wire.until("G")
    for number in range(100):
        wire.send(message("d", b"%d\tQ%d\n" % (number, number)))
    wire.send(message("c"))
    wire.ready()
    wire.send(query("copy t from stdin"))
    wire.until("G")
    wire.send(message("d", b"1\tx\n") + message("f", "no more"))
    assert "E" in wire.ready()
    assert wire.query("copy t to stdout; select count(*) from t").count("d") == 100
    wire.say(parse("copy t to stdout"), bind(), execute(), SYNC)
    wire.query("select 1, 'after'")


def copied_extended(wire):
    """The Syncs that come while rows are awaited are ignored by the server."""
    wire.query("create table t(a int)")
    wire.send(parse("copy t from stdin") + bind() + execute() + SYNC)
    wire.until("G")
    wire.send(message("d", b"1\n2\n") + message("c") + SYNC)
    wire.ready()
    wire.say(parse("select a from t where a = $1"), bind(b"1"), execute(), SYNC)
    assert wire.rows == [[b"1"]]
    wire.query("select 2, 'after'")


def named_by_sql(wire):
    wire.query("create table t(a int)")
    wire.query("prepare s(int) as select a from t where a = $1")
    wire.query("execute s(1); execute s(2)")
    wire.say(bind(b"3", name="s"), execute(), SYNC)
    wire.query("deallocate s")
    wire.say(parse("insert into t values ($1)", "s"), SYNC)
    wire.query("execute s(5)")
    wire.query("deallocate all")
    assert "E" in wire.say(bind(b"3", name="s"), execute(), SYNC)


def called(wire):
    """The function call message: no statement to the server, which does not count it."""
    wire.query("select 'before'")
    wire.send(message("F", struct.pack("!i", 177), shorts(1, 1), shorts(2), struct.pack("!iiii", 4, 1, 4, 2), shorts(1)))
    assert "V" in wire.ready()
    wire.query("select 1, 'after'")


def wide(wire):
    """More parameters, columns and bytes than are looked at."""
    numbers = range(100)
    wire.say(parse("select " + ", ".join(f"${number + 1}::int as c{number}" for number in numbers)), describe("S"),
             bind(*[b"%d" % number for number in numbers]), describe("P"), execute(), SYNC)
    wire.query("select '" + "x" * 300000 + "' as long")
    wire.say(parse("select length($1::text) as l"), bind(b"y" * 2000000), execute(), SYNC)
    assert wire.rows == [[b"2000000"]]
    wire.say(parse("select repeat('z', 3000000) as r"), bind(), describe("P"), execute(), SYNC)
    wire.query("select 1, 'after'")


def looped(wire):
    wire.query("create table parent(id int, child int); create table child(id int primary key, name text)")
    wire.query("insert into parent select i, i * 7 from generate_series(1, 200) i")
    wire.query("insert into child select i * 7, 'n' || i from generate_series(1, 200) i")
    wire.query("select id, child from parent order by id")
    for _, child in wire.rows:
        wire.say(parse("select name from child where id = $1"), bind(child), describe("P"), execute(), SYNC)


def transactions(wire):
    wire.query("create table t(a int primary key deferrable initially deferred)")
    for how in "commit", "rollback":
        wire.query("begin")
        wire.say(parse("insert into t values ($1)"), bind(b"1"), execute(), SYNC)
        assert wire.state == "T"
        wire.query(how)
    wire.query("begin; insert into t values (1)")
    assert "E" in wire.query("commit")
    assert wire.state == "I"
    assert "E" in wire.say(parse("insert into t values ($1)"), bind(b"1"), execute(), SYNC)  # fails at the Sync
    wire.query("begin")
    wire.query("select 1/0")
    wire.query("select 1")
    wire.query("rollback")
    wire.query("select 1, 'after'")


def run(name, scene, wire):
    options = {"looped": {"negotiate": (5679, 5680)}, "simple": {"version": 3 << 16 | 2, "options": ["_pq_.unknown", "1"]}}
    wire.connect(**options.get(name, {}))
    scene(wire)
    wire.send(END)
    wire.socket.close()


SCENES = {scene.__name__: scene for scene in (simple, extended, flushed, pipelined, suspended, copied, copied_extended, named_by_sql,
                                              called, wide, looped, transactions)}


def main():
    options = argparse.ArgumentParser()
    options.add_argument("scene", choices=SCENES)
    options.add_argument("database")
    options.add_argument("--pieces", type=int)
    options.add_argument("--calls", choices=["send", "sendmsg", "write", "writev"], default="send")
    options.add_argument("--tls", action="store_true")
    given = options.parse_args()
    wire = Wire(given.pieces, given.calls, given.tls)
    wire.database = given.database
    run(given.scene, SCENES[given.scene], wire)


if __name__ == "__main__":
    sys.exit(main())
