#!/usr/bin/python3
"""Speaks PostgreSQL's protocol: scenes.py [--pieces BYTES] [--calls send|sendmsg|write|writev|mmsg] [--tls] SCENE=DATABASE ...

With --pieces every call that sends or receives has at most so many bytes. Each scene has a connection of its own, leaves no table
behind, and the types of the messages that came are printed."""
import argparse
import fcntl
import os
import select
import socket
import struct
import sys

from wire import FLUSH, SYNC, Wire, bind, close, describe, execute, libc, message, parse, query, shorts


def simple(wire):
    wire.query("select 1")
    wire.query("select 1; select 2, 3; ; select 'x;y', 4")
    wire.query("")
    wire.query(" ; -- nothing\n")
    assert wire.query("select 1, 2, 3, 4, 5; select 1/(4 - 4); select 5, 6, 7, 8, 9, 0").count("C") == 1
    wire.query("begin; create temp table t(a int); insert into t values (1), (2); select a from t where a = 1; commit")
    wire.query("update t set a = a + 1")
    wire.query("do $$ begin raise notice 'a notice; and more'; end $$")
    wire.query("listen there; notify there, 'x'")
    wire.query("select a from t where a = 2 /* ; */")


def extended(wire):
    wire.query("create temp table t(a int, b text)")
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
    wire.query("create temp table t(a int)")
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
    wire.query("create temp table t(a int primary key)")
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
    wire.query("create temp table t as select generate_series(1, 10) a")
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
    wire.query("create temp table t(a int, b text)")
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
    wire.query("create temp table t(a int)")
    wire.send(parse("copy t from stdin") + bind() + execute() + SYNC)
    wire.until("G")
    wire.send(message("d", b"1\n2\n") + message("c") + SYNC)
    wire.ready()
    wire.say(parse("select a from t where a = $1"), bind(b"1"), execute(), SYNC)
    assert wire.rows == [[b"1"]]
    wire.query("select 2, 'after'")


def named_by_sql(wire):
    wire.query("create temp table t(a int)")
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
    wire.query("create temp table parent(id int, child int); create temp table child(id int primary key, name text)")
    wire.query("insert into parent select i, i * 7 from generate_series(1, 200) i")
    wire.query("insert into child select i * 7, 'n' || i from generate_series(1, 200) i")
    wire.query("select id, child from parent order by id")
    for _, child in wire.rows:
        wire.say(parse("select name from child where id = $1"), bind(child), describe("P"), execute(), SYNC)


def looped_in_between(wire):
    """Rows come a few at a time, as JDBC's setFetchSize has it, with a statement for each before the next ones are asked for."""
    wire.query("create temp table parent as select i as id, 1 + i * 5 % 12 as child from generate_series(1, 24) i")
    wire.query("create temp table child as select i as id, 'n' || i as name from generate_series(1, 12) i")
    wire.query("begin")
    wire.say(parse("select id, child from parent order by id", "parents"), bind(name="parents", portal="rows"), describe("P", "rows"),
             execute("rows", 3), SYNC)
    while wire.rows:
        for _, child in list(wire.rows):
            wire.say(parse("select name from child where id = $1"), bind(child), describe("P"), execute(), SYNC)
        wire.say(execute("rows", 3), SYNC)
    wire.query("commit")


def watched_by_a_copy(wire):
    """Waits on an epoll instance by one number, and has registered its connection by another, as tokio does."""
    wire.query("create temp table parent as select i as id, 1 + i * 5 % 12 as child from generate_series(1, 24) i")
    wire.query("create temp table child as select i as id, 'n' || i as name from generate_series(1, 12) i")
    with select.epoll() as watcher, select.epoll.fromfd(fcntl.fcntl(watcher.fileno(), fcntl.F_DUPFD_CLOEXEC, 3)) as copy:
        copy.register(wire.socket.fileno(), select.EPOLLIN)
        wire.query("select id, child from parent order by id")
        for _, child in list(wire.rows):
            watcher.poll(0.001)
            wire.say(parse("select name from child where id = $1"), bind(child), describe("P"), execute(), SYNC)


def formatted(wire):
    """Values as texts, in binary, and some in each: by no format, by one for all, by one for each."""
    for name, formats, results in (("no", [], []), ("text", [0], [0]), ("binary", [1], [1]), ("inner", [0, 1], [0, 1, 0]), ("outer", [1, 0], [1, 0, 1])):
        wire.query(f"create temp table {name}_parent as select i as id, i * 7919 as child, 'w' || i as word from generate_series(1, 40) i")
        wire.query(f"create temp table {name}_child as select i * 7919 as id, 'n' || i as name from generate_series(1, 40) i")
        wire.say(parse(f"select id, child, word from {name}_parent order by id", name), describe("S", name), SYNC)
        wire.say(bind(name=name, results=results), execute(), SYNC)
        for _, child, _ in wire.rows:
            number = struct.unpack("!i", child)[0] if name in ("binary", "inner") else int(child)
            key = struct.pack("!i", number) if name in ("binary", "inner") else b"%d" % number
            where, values = ("name <> $1 and id = $2", (b"n0", key)) if len(formats) > 1 else ("id = $1 and name <> $2", (key, b"n0"))
            wire.say(parse(f"select name from {name}_child where {where}"), bind(*values, formats=formats, results=results[:1]), execute(), SYNC)
            assert len(wire.rows) == 1


def transactions(wire):
    wire.query("create temp table t(a int primary key deferrable initially deferred)")
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


def unnamed(wire):
    wire.query("create temp table t as select 7 * i as a, 'n' || i as b from generate_series(1, 30) i")
    for number in 7, 14, 21:
        wire.say(parse("select b from t where a = $1"), bind(b"%d" % number), describe("P"), execute(), SYNC)
    # Several values of one statement before one Sync.
    wire.say(parse("select count(*) from t where a > $1", "s", [23]),
             *[bind(struct.pack("!i", number), name="s", formats=[1]) + execute() for number in range(5)], SYNC)


def parsed_again(wire):
    """The same text with other types, after other texts, and beside another connection's."""
    wire.query("create temp table t as select i as a, 'n' || i as b from generate_series(1, 10) i")
    other = wire.another()
    for _ in range(3):
        for column, types, formats, value in (("b", [], [], b"1"), ("b", [], [], b"1"), ("b", [23], [1], struct.pack("!i", 1)),
                                              ("b", [], [], b"2"), ("a", [], [], b"2")):
            wire.say(parse(f"select {column} from t where a = $1", types=types), describe("S"), bind(value, formats=formats), execute(), SYNC)
            wire.say(bind(value, formats=formats), describe("P"), execute(), SYNC)
            other.say(parse("select $1::text as other"), bind(b"x"), execute(), SYNC)
    other.leave()


def repeated(wire):
    """One batch over and over, whose answer is another one now and then, or does not come in time."""
    wire.query("create temp table t as select i as a, 'n' || i as b from generate_series(1, 400) i")
    wire.query("create function pg_temp.told(int) returns int language plpgsql as "
               "$$ begin if $1 % 53 = 3 then raise notice 'here'; end if; return 1 / ($1 % 41 - 9); end $$")

    def text(number):
        return (parse("select * from t where a = $1 and pg_temp.told($1) < 9"), bind(None if number % 41 == 6 else b"%d" % number),
                describe("P"), execute(), SYNC)

    def named(number):
        return bind(struct.pack("!i", number), name="s", formats=[1], results=[1]), execute(rows=1), SYNC  # suspended each time

    wire.say(parse("select b from t where a = $1 and pg_temp.told($1) < 9", "s", [23]), describe("S", "s"), SYNC)
    for batch in text, named:
        for number in range(1, 300):
            wire.say(*batch(number))
            if number % 29 == 8:
                wire.say(*batch(number), *batch(number + 1), ready=2)
            elif number % 31 == 9:
                wire.send(b"".join(batch(number)))
                wire.send(b"".join(batch(number + 1)) + query("select 1"))
                assert wire.ready() + wire.ready() + wire.ready()
            elif number in (101, 221, 250):
                wire.query("begin")
            elif number in (111, 231):  # the portal is there still, and has no more rows
                assert wire.say(execute(), SYNC).endswith("CZ")
            elif number in (121, 241, 258):
                wire.query("rollback" if wire.state == "E" else "commit")
            elif number == 150:
                wire.query("alter table t add c int" if batch == text else "alter table t drop c")
            elif number == 160:
                wire.say(close("S", "s"), parse("select a, b from t where a = $1", "s", [23]), SYNC)
            elif number % 70 == 50:
                wire.say(*batch(number)[:-1], *batch(number))  # one Sync for two
    other = wire.another()
    for number in range(1, 60):
        other.say(parse("select $1::int as lost"), bind(b"%d" % (7919 * number)), execute(), SYNC)
    other.send(b"".join((parse("select $1::int as lost"), bind(b"7"), execute(), SYNC)))
    select.select([other.socket], [], [], 30)
    other.socket.close()


def turns(wire):
    """Several prepared statements in turns, more than are remembered, of which one gets another text and one goes."""
    wire.query("create temp table t as select i as a, 'n' || i as b from generate_series(1, 400) i")
    texts = {f"s{i}": f"select b, {', '.join('1' * (i + 1))} from t where a = $1" for i in range(6)}
    for name, text in texts.items():
        wire.say(parse(text, name, [23]), describe("S", name), SYNC)
    for names in ("s0", "s1"), ("s0", "s1", "s2", "s3"), tuple(texts):
        for number in range(1, 240):
            value = struct.pack("!i", number) if number % 37 else None
            wire.say(bind(value, name=names[number % len(names)], formats=[1], results=[1]), execute(), SYNC)
            assert wire.rows == ([[b"n%d" % number, *[struct.pack("!i", 1)] * (number % len(names) + 1)]] if value else [])
            if number % 5 == 2:  # and the unnamed one among them
                wire.say(parse("select a from t where b = $1"), bind(b"n%d" % number), describe("P"), execute(), SYNC)
                assert wire.rows == [[b"%d" % number]]
            if number == 120:  # the same name means something else from now on, of the same shape
                wire.say(close("S", "s1"), parse(texts["s1"] + " and b is not null", "s1", [23]), SYNC)
    wire.query("deallocate s0")
    for number in range(1, 40):
        wire.say(bind(struct.pack("!i", number), name="s1", formats=[1], results=[1]), execute(), SYNC)
        if number % 10 == 3:
            assert "E" in wire.say(bind(struct.pack("!i", number), name="s0", formats=[1], results=[1]), execute(), SYNC)


def outlived(wire):
    """Portals whose unnamed statement is another one, or none, when they are executed."""
    wire.query("create temp table t as select i as a, 'n' || i as b from generate_series(1, 10) i")
    wire.query("begin")
    for _ in range(3):
        wire.say(parse("select a from t where a = $1"), bind(b"1", portal="a"), parse("select b from t where a = $1"), bind(b"2", portal="b"),
                 parse("select a, b from t where a = $1"), execute("a"), describe("P", "b"), execute("b"), bind(b"3"), execute(),
                 close("P", "a"), close("P", "b"), SYNC)
        assert wire.rows == [[b"1"], [b"n2"], [b"3", b"n3"]]
        wire.say(parse("select a from t where b = $1"), bind(b"n4", portal="c"), parse("select 1 where $1 = 'n4'"), bind(b"n4"), SYNC)
        wire.say(parse("select 2 where $1 = 'n5'"), execute(), close("S"), execute("c"), SYNC)
        assert wire.rows == [[b"1"], [b"4"]]
        wire.say(close("P", "c"), parse("select b from t where b = $1"), bind(b"n6", portal="d"), SYNC)
        wire.query("select 3")
        wire.say(execute("d", 1), execute("d", 1), close("P", "d"), SYNC)
        assert wire.rows == [[b"n6"]]
    wire.query("commit")


def undescribed(wire):
    """The rows of a text that was sent behind one that is described, before its answer came."""
    wire.query("create temp table t as select 7919 * i as a, 'n' || i as b from generate_series(1, 40) i")
    wire.say(parse("select b from t order by a"), bind(results=[1]), describe("P"), execute(), parse("select a from t where a > $1 order by a"),
             bind(b"400000", results=[1]), execute(), SYNC)
    wire.say(bind(b"0", results=[1]), execute(), SYNC)
    for key, in wire.rows:
        wire.say(parse("select b from t where a = $1", "child"), bind(key, name="child", formats=[1]), execute(), close("S", "child"), SYNC)
        assert len(wire.rows) == 1


def forked(wire):
    """A child goes on with a text that its parent sent, and the parent with it afterwards."""
    def look():
        wire.say(parse("select $1::int as forked"), bind(b"1"), execute(), SYNC)
    look()
    look()
    child = os.fork()
    if child == 0:
        wire.query("select 2, 'by the child'")
        look()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    look()


def failing(wire):
    wire.query("begin")
    wire.query("select 1 as one; ")
    wire.query("selec nothing")
    wire.query("rollback")
    wire.query("select 1/0; select 'never'")
    wire.say(parse("select 1/$1::int"), bind(b"0"), execute(), bind(b"1"), execute(), SYNC)
    wire.say(parse("nonsense"), bind(), execute(), SYNC)
    wire.query("select 'after'")


def portals(wire):
    """Rows by the number, of a portal that is closed before its end."""
    wire.query("create temp table t as select i as a from generate_series(1, 30) i")
    wire.query("begin")
    wire.say(parse("select a from t order by a"), bind(portal="p"), execute("p", 2), SYNC)
    for _ in range(3):
        wire.say(execute("p", 2), SYNC)
    wire.say(close("P", "p"), SYNC)
    wire.query("commit")


def settings(wire):
    wire.query("set standard_conforming_strings = off")
    wire.query("select 'a\\'b' as x, 1")
    wire.query("set standard_conforming_strings = on")
    wire.query("select 'a\\' as x, 1")
    wire.say(parse("select $1::text, $2::int", "n", [25, 23]), bind(None, b"5", name="n"), describe("P"), execute(), SYNC)
    wire.say(parse("select $1::int", "f"), describe("S", "f"), SYNC)
    wire.say(bind(b"1", name="f"), execute(), SYNC)
    wire.send(message("F", struct.pack("!i", 1598), shorts(0), shorts(0), shorts(0)))  # random()
    wire.ready()


def duplicated(wire):
    """Every descriptor is the same stream, until the last one is closed."""
    wire.query("select 1 as copies")
    other = wire.another()
    for copy in (os.dup, libc.dup, lambda fd: os.dup2(fd, 300), lambda fd: libc.dup3(fd, 301, 0),
                 lambda fd: fcntl.fcntl(fd, fcntl.F_DUPFD, 310), lambda fd: os.dup2(fd, other.socket.fileno())):
        descriptor = copy(wire.socket.fileno())
        wire.query("select 2 as copies, 'by the first'")
        wire.socket.close()
        wire.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=descriptor)
        assert libc.dup2(-1, descriptor) == -1
        wire.query("select 3 as copies, 'by the copy'")
    other.socket.detach()


def partial(wire):
    """A socket that does not block takes a part of what it is given, or nothing."""
    data, parts = parse("select length($1::text) as l") + bind(b"y" * 3000000) + execute() + SYNC, 0
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    wire.socket.setblocking(False)
    while data:
        try:
            data, parts = data[wire.socket.send(data):], parts + 1
        except BlockingIOError:
            select.select([], [wire.socket], [])
    wire.socket.setblocking(True)
    assert parts > 1
    wire.ready()
    assert wire.rows == [[b"3000000"]]


def peeked(wire):
    """What is looked at comes again; whole messages by MSG_WAITALL."""
    wire.send(query("select 1, 'peeked'"))
    letter = ""
    while letter != "Z":
        head = wire.socket.recv(5, socket.MSG_PEEK | socket.MSG_WAITALL)
        assert wire.socket.recv(5, socket.MSG_WAITALL) == head
        letter, size = chr(head[0]), struct.unpack("!i", head[1:])[0] - 4
        assert not size or len(wire.socket.recv(size, socket.MSG_WAITALL)) == size
    wire.query("select 2, 'after'")


def shut(wire):
    """The client says that nothing more comes, and gets its answer all the same."""
    wire.send(query("select pg_sleep(0.01), 'shut'"))
    wire.socket.shutdown(socket.SHUT_WR)
    wire.ready()
    wire.ended()


def cancelled(wire):
    wire.send(query("select pg_sleep(60), 'cancelled'"))
    while not select.select([wire.socket], [], [], 0.05)[0]:
        with wire.open() as other:
            other.sendall(struct.pack("!ii", 16, 1234 << 16 | 5678) + wire.key)
            assert other.recv(1) == b""
    assert "E" in wire.ready()
    wire.query("select 1, 'after'")


def terminated(wire):
    """In the middle of an answer, with another command behind it: the server answers neither."""
    wire.send(query("select generate_series(1, 1000000) as cut") + parse("select $1::int as behind") + bind(b"1") + execute() + SYNC)
    while wire.message()[0] != "D":
        pass
    other = wire.another()
    other.query(f"select pg_terminate_backend({struct.unpack('!ii', wire.key)[0]})")
    other.leave()
    wire.ended()


def handed_over(wire):
    """To a child and back, one after the other."""
    wire.say(parse("select $1::int as handed_over", "s"), bind(b"1", name="s"), execute(), SYNC)
    child = os.fork()
    if child == 0:
        for _ in range(3):
            wire.say(bind(b"2", name="s"), execute(), SYNC)
        wire.query("select 2, 'by the child'")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    wire.say(bind(b"3", name="s"), execute(), SYNC)
    wire.query("select 3, 'by the parent'")


def handed_on(wire):
    """A descriptor that comes through another socket is nobody's connection; the one that it was made of goes on."""
    wire.query("select 1, 'handed on'")
    ours, theirs = socket.socketpair()
    socket.send_fds(ours, [b"x"], [wire.socket.fileno()])
    _, (descriptor,), _, _ = socket.recv_fds(theirs, 1, 1)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=descriptor) as other:
        other.sendall(query("select 1, 'not', 'seen'"))
        while not other.recv(65536).endswith(b"I"):
            pass
    wire.query("select 2, 'handed on'")


def replicated(wire):
    """Both sides copy at once; no statement is sent."""
    wire.query("IDENTIFY_SYSTEM")
    wire.send(query(f"START_REPLICATION PHYSICAL {wire.rows[0][2].decode()}"))
    wire.until("W")
    wire.send(message("c"))
    wire.ready()


def nonsense(wire):
    """The program goes on; the server says what it thinks of it, and hangs up."""
    simple(wire)
    wire.socket.sendall(b"\x01\x00\x00\x00\x04")  # at once: it hangs up at the first byte
    wire.ended()


SCENES = {scene.__name__: scene for scene in (
    simple, extended, flushed, pipelined, suspended, copied, copied_extended, named_by_sql, called, wide, looped, looped_in_between, watched_by_a_copy, formatted, transactions, unnamed, parsed_again,
    repeated, turns, outlived, undescribed, forked, failing, portals, settings, duplicated, partial, peeked, shut, cancelled, terminated, handed_over, handed_on, replicated, nonsense)}
CONNECT = {"looped": {"negotiate": (5679, 5680)}, "simple": {"version": 3 << 16 | 2, "options": ["_pq_.unknown", "1"]},
           "replicated": {"options": ["replication", "true"]}}
LONG = ("wide",)  # texts that take minutes byte by byte
UNSTEADY = ("terminated", "cancelled")  # how much came before


def main():
    options = argparse.ArgumentParser()
    options.add_argument("scenes", nargs="+", metavar="SCENE=DATABASE")
    options.add_argument("--pieces", type=int)
    options.add_argument("--calls", choices=["send", "sendmsg", "write", "writev", "mmsg"], default="send")
    options.add_argument("--tls", action="store_true")
    given = options.parse_args()
    for scene in given.scenes:
        name, database = scene.split("=")
        pieces = max(given.pieces, 1009) if given.pieces and name in LONG else given.pieces
        wire = Wire(pieces, given.calls, given.tls, database)
        wire.connect(**CONNECT.get(name, {}))
        SCENES[name](wire)
        wire.leave()
        print(name, "" if name in UNSTEADY else "".join(wire.seen), flush=True)


if __name__ == "__main__":
    sys.exit(main())
