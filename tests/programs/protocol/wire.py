"""PostgreSQL's protocol over a socket: a connection, and the messages that a client sends."""
import ctypes
import os
import socket
import ssl
import struct


libc = ctypes.CDLL(None, use_errno=True)


class Piece(ctypes.Structure):  # struct iovec
    _fields_ = [("data", ctypes.c_char_p), ("size", ctypes.c_size_t)]


class Message(ctypes.Structure):  # struct mmsghdr
    _fields_ = [("name", ctypes.c_void_p), ("name_size", ctypes.c_uint), ("pieces", ctypes.POINTER(Piece)), ("count", ctypes.c_size_t),
                ("control", ctypes.c_void_p), ("control_size", ctypes.c_size_t), ("flags", ctypes.c_int), ("unused", ctypes.c_int), ("moved", ctypes.c_uint)]


def messages_of(*parts):
    """Several, of one piece each."""
    made = (Message * len(parts))()
    for message, part in zip(made, parts):
        message.pieces, message.count = ctypes.pointer(Piece(ctypes.cast(part, ctypes.c_char_p), len(part))), 1
    return made


class Wire:
    def __init__(self, pieces, calls, tls, database):
        self.pieces, self.calls, self.tls, self.database, self.rest, self.state, self.seen = pieces, calls, tls, database, b"", "I", []

    def open(self):
        host, port = os.environ["PGHOST"], os.environ["PGPORT"]
        if self.tls:  # which the server has on TCP only
            return socket.create_connection(("127.0.0.1", int(port)))
        opened = socket.socket(socket.AF_UNIX)
        opened.connect(f"{host}/.s.PGSQL.{port}")
        return opened

    def another(self):
        other = Wire(None, "send", False, self.database)
        other.connect()
        return other

    def leave(self):
        if self.rest is not None:
            self.send(END)
        self.socket.close()

    def ended(self):
        """Takes what comes until the server hangs up."""
        try:
            while True:
                self.message()
        except (EOFError, ConnectionResetError):
            self.rest = None

    def connect(self, negotiate=b"", version=3 << 16, options=()):
        self.socket = self.open()
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
        elif self.calls == "mmsg":
            made = messages_of(*(ctypes.create_string_buffer(data, len(data)) for data in (part[:half], part[half:]) if data))
            assert libc.sendmmsg(self.socket.fileno(), made, len(made), 0) == len(made)
            assert sum(message.moved for message in made) == len(part)
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
        elif self.calls == "mmsg":
            room = ctypes.create_string_buffer(most)
            made = messages_of(room)
            assert libc.recvmmsg(self.socket.fileno(), made, 1, 0x10000, None) == 1  # MSG_WAITFORONE
            data = room.raw[:made[0].moved]
        else:
            room = bytearray(most)
            data = bytes(room[:os.readv(self.socket.fileno(), [memoryview(room)[:most // 2], memoryview(room)[most // 2:]])])
        if not data:
            raise EOFError
        return data

    def message(self):
        while len(self.rest) < 5 or len(self.rest) < 1 + struct.unpack("!i", self.rest[1:5])[0]:
            self.rest += self.receive(65536)
        size = 1 + struct.unpack("!i", self.rest[1:5])[0]
        letter, body, self.rest = chr(self.rest[0]), self.rest[5:size], self.rest[size:]
        self.seen.append(letter)
        return letter, body

    def until(self, *letters):
        """The letters of the messages until one of these; rows are kept."""
        seen, self.rows = "", []
        while not seen or seen[-1] not in letters:
            letter, body = self.message()
            seen += letter
            if letter == "D":
                self.rows.append(fields(body))
            elif letter == "K":
                self.key = body
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
