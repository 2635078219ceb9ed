"""A PostgreSQL server for the tests: one cluster per run, on a unix socket, stopped by its own process id."""
import contextlib
import os
import re
import shutil
import socket
import socketserver
import ssl
import subprocess
import tempfile
import threading
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = ["shared_preload_libraries=pg_stat_statements", "pg_stat_statements.track=top", "pg_stat_statements.track_utility=on",
            "autovacuum=off", "jit=off"]


class Server:
    def __init__(self, variables):
        self.variables = variables
        self.bin = Path(subprocess.run(["pg_config", "--bindir"], check=True, capture_output=True, text=True).stdout.strip())
        self.databases = 0

    def sql(self, text, database="postgres"):
        """The rows, as lists of their fields."""
        result = subprocess.run([self.bin / "psql", "-XAtqF", "\x1f", "-v", "ON_ERROR_STOP=1", "-R", "\x1e", "-d", database, "-c", text],
                                env=dict(os.environ, **self.variables), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                timeout=60, check=True)
        return [row.split("\x1f") for row in result.stdout.rstrip("\n").split("\x1e") if row]

    def new_databases(self, count):
        names = [f"test_{self.databases + 1 + i}" for i in range(count)]
        self.databases += count
        # Each by itself: none can be made within a transaction, which the text of one -c is.
        subprocess.run([self.bin / "psql", "-Xqd", "postgres", "-v", "ON_ERROR_STOP=1", *(f"-cCREATE DATABASE {name}" for name in names)],
                       env=dict(os.environ, **self.variables), stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True)
        return names

    def new_database(self):
        return self.new_databases(1)[0]

    def forget_calls(self):
        self.sql("SELECT pg_stat_statements_reset()")

    def calls(self, database):
        """What the server counted in a database: (text, calls) of each of its statements."""
        rows = self.sql("SELECT s.query, s.calls FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid"
                        f" WHERE d.datname = '{database}'")
        return [(text, int(calls)) for text, calls in rows]


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@contextlib.contextmanager
def running_server(*settings, parent="/tmp"):
    folder = Path(tempfile.mkdtemp(prefix="nplus1-pg-", dir=parent))  # short: a socket's path has 107 bytes
    folder.chmod(0o755)  # the server's user must come through
    cluster = folder / "cluster"
    script = ROOT / "scripts/pg-server"
    try:
        started = subprocess.run([script, "start", cluster, *settings], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                 timeout=60)
        assert started.returncode == 0, started.stderr
        server = Server(dict(line.split("=", 1) for line in started.stdout.splitlines()))
        server.sql("CREATE EXTENSION pg_stat_statements")
        yield server
    finally:
        subprocess.run([script, "stop", cluster], stdin=subprocess.DEVNULL, timeout=240, check=True)
        shutil.rmtree(folder, ignore_errors=True)


def new_certificate(folder):
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", key, "-out",
                    certificate], check=True, capture_output=True)
    return key, certificate


@contextlib.contextmanager
def running_tls_server(*settings):
    """On the loopback, too; whose key is its own."""
    folder = Path(tempfile.mkdtemp(prefix="nplus1-tls-"))
    try:
        folder.chmod(0o755)
        key, certificate = new_certificate(folder)
        if os.geteuid() == 0:
            shutil.chown(key, "postgres")  # whom pg-server lets the server run as
        with running_server(*settings, "listen_addresses=127.0.0.1", f"port={free_port()}", "ssl=on", f"ssl_key_file={key}",
                            f"ssl_cert_file={certificate}") as running:
            yield running
    finally:
        shutil.rmtree(folder)


class Proxy(socketserver.BaseRequestHandler):
    """Takes what is encrypted from the first byte on, and hands it on in the clear."""

    def handle(self):
        try:
            client = self.server.context.wrap_socket(self.request, server_side=True)
        except OSError:
            return
        with client, socket.create_connection(self.server.behind) as server:
            threading.Thread(target=self.copy, args=(server, client), daemon=True).start()
            self.copy(client, server)

    @staticmethod
    def copy(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def running_tls_proxy(server):
    """Where a client finds it: encryption without asking for it first, as servers from 17 on have it (sslnegotiation=direct)."""
    folder = Path(tempfile.mkdtemp(prefix="nplus1-tls-"))
    try:
        key, certificate = new_certificate(folder)
        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Proxy) as proxy:
            proxy.daemon_threads = True
            proxy.behind = ("127.0.0.1", int(server.variables["PGPORT"]))
            proxy.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            proxy.context.load_cert_chain(certificate, key)
            proxy.context.set_alpn_protocols(["postgresql"])
            threading.Thread(target=proxy.serve_forever, daemon=True).start()
            yield {"PGHOST": "127.0.0.1", "PGPORT": str(proxy.server_address[1])}
            proxy.shutdown()
    finally:
        shutil.rmtree(folder)


def normalised(build, texts):
    """The texts as nplus1 normalises them."""
    result = subprocess.run([build.program("tools", "normalise")], input="".join(text + "\0" for text in texts).encode(),
                            capture_output=True, timeout=60, check=True)
    return result.stdout.decode().splitlines()


def calls_by_statement(build, calls):
    counts = Counter()
    for text, (_, count) in zip(normalised(build, [text for text, _ in calls]), calls):
        counts[text] += count
    return counts


def alike(counts):
    """The server shows NULL as a parameter, too."""
    found = Counter()
    for text, count in counts.items():
        found[re.sub(r"\bnull\b", "?", text)] += count
    return found


def executions_by_statement(report):
    """Those that succeeded: the server does not count a statement that fails."""
    counts = Counter()
    for group in report["groups"]:
        counts[group["statement"]["text"]] += group["executions"] - group["errors"]
    return +counts
