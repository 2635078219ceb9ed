"""nplus1 export --follow, and sending once: with a collector that is down, then up, that refuses, and across restarts."""
import contextlib
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

pytestmark = pytest.mark.alone

WAIT = 60  # seconds at most for what must happen
QUIET = 2.5  # seconds in which nothing may happen: two looks


class Collector:
    """A server that keeps the bodies it gets. One that was stopped can be started again at the same port."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.bodies, self.headers, self.status, self.server = [], [], 200, None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if collector.status == 200:
                    collector.bodies.append(body)
                collector.headers.append((self.path, dict(self.headers)))
                self.send_response(collector.status)
                self.end_headers()

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


@pytest.fixture
def collector():
    made = Collector()
    yield made
    made.stop()


@pytest.fixture
def findings(consumers, tmp_path, collector):
    """Kind, executions and trace of each finding that the collector has."""
    def decode():
        path = tmp_path / "received.otlp"
        path.write_bytes(b"".join(collector.bodies))
        for resource in consumers.decode_otlp(path).get("resourceSpans", []):
            for span in resource["scopeSpans"][0]["spans"]:
                if not span.get("parentSpanId"):
                    values = {pair["key"]: next(iter(pair["value"].values())) for pair in span["attributes"]}
                    yield values["nplus1.signature"], int(values["nplus1.executions"]), span["traceId"]
    return lambda: list(decode())


@contextlib.contextmanager
def following(build, folder, *words, **variables):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "NPLUS1_"))}
    process = subprocess.Popen([build.viewer, "export", "--interval=1", "--follow", folder, *words], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**environment, **variables})
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def end(process, number=signal.SIGTERM):
    """Status and what it said."""
    process.send_signal(number)
    _, said = process.communicate(timeout=WAIT)
    return process.returncode, said.decode()


def wait_for(condition):
    limit = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < limit, "nothing came"
        time.sleep(0.05)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "recordings"
    path.mkdir()
    return path


def test_a_collector_gets_all_findings_at_once(build, made, collector, findings):
    collector.start()
    path = made("nested")
    result = build.view("export", "-f", "otlp", path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
                        OTEL_EXPORTER_OTLP_HEADERS="x-key=a%20b, x-other=1")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    assert [name for name, _, _ in findings()] == [finding["signature"] for finding in build.report(path)["findings"]]
    [(route, headers)] = collector.headers
    assert route == "/v1/traces" and headers["Content-Type"] == "application/x-protobuf"
    assert (headers["x-key"], headers["x-other"]) == ("a b", "1")


def test_a_file_has_what_a_collector_gets(build, made, exported, collector):
    collector.start()
    path = made("nested")
    assert build.view("export", "-f", "otlp", path, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=collector.url + "/own").returncode == 0
    assert collector.bodies == [exported("otlp", path).read_bytes()] and collector.headers[0][0] == "/own"


def test_libcurl_is_loaded_where_something_is_sent_only(build, made, collector, tmp_path):
    """It brings thirty libraries, and its absence keeps nobody from anything else."""
    needed = subprocess.run(["readelf", "-d", build.viewer], check=True, capture_output=True, text=True).stdout
    assert "libjansson" in needed and "curl" not in needed
    (tmp_path / "libraries").mkdir()
    (tmp_path / "libraries/libcurl.so.4").write_text("none")
    collector.start()
    path = made("nested")
    without = {"LD_LIBRARY_PATH": str(tmp_path / "libraries"), "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    result = build.view("export", "-f", "otlp", path, **without)
    assert (result.returncode, result.stdout) == (2, b"") and b"libcurl is not there" in result.stderr and not collector.bodies
    assert build.view("export", "-f", "otlp", "-o", tmp_path / "out", path, **without).returncode == 0


@pytest.mark.parametrize("status", [400, 503])
def test_a_collector_that_refuses_is_trouble(build, made, collector, status):
    collector.status = status
    collector.start()
    result = build.view("export", "-f", "otlp", made("nested"), OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    assert result.returncode == 2
    assert result.stderr.decode() == f"nplus1: {collector.url}/v1/traces: the collector answered with status {status}\n"


def test_a_collector_that_is_down_is_trouble(build, made, collector):
    result = build.view("export", "-f", "otlp", made("nested"), OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    assert result.returncode == 2 and len(result.stderr.splitlines()) == 1 and b"onnect" in result.stderr


@pytest.mark.parametrize("variables, said", [
    ({"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4317"}, "is no URL of http or https"),
    ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:1", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "only http/protobuf can be sent"),
    ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:1", "OTEL_EXPORTER_OTLP_HEADERS": "a=b%0d%0aInjected: x"}, "is no list of name=value"),
    ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:1", "OTEL_EXPORTER_OTLP_HEADERS": "secret"}, "is no list of name=value"),
])
def test_a_wrong_environment_is_told_without_its_secrets(build, made, variables, said):
    result = build.view("export", "-f", "otlp", made("nested"), **variables)
    assert result.returncode == 2 and len(result.stderr.splitlines()) == 1
    assert said in result.stderr.decode() and "secret" not in result.stderr.decode() and "Injected" not in result.stderr.decode()


def test_what_a_collector_missed_while_it_was_down_comes_later(build, made, folder, collector, findings):
    shutil.copy(made("nested"), folder)
    with following(build, folder, "-f", "otlp", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as process:
        time.sleep(QUIET)
        collector.status = 503
        collector.start()
        wait_for(lambda: collector.headers)
        collector.status = 200
        wait_for(lambda: collector.bodies)
        shutil.copy(made("likely"), folder)  # a recording that begins later
        wait_for(lambda: len(collector.bodies) > 1)
        status, said = end(process)
    assert status == 0
    assert len(said.splitlines()) <= 3 and all("trying again" in line for line in said.splitlines()), said
    names = [name for name, _, _ in findings()]
    assert set(names) == {finding["signature"] for finding in build.report(folder)["findings"]}
    assert (folder / "nplus1-export.json").stat().st_mode & 0o777 == 0o600


def test_nothing_comes_twice_after_a_restart(build, made, folder, collector, findings):
    shutil.copy(made("nested"), folder)
    collector.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        with following(build, folder, "-f", "otlp", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as process:
            wait_for(lambda: collector.bodies)
            time.sleep(QUIET)
            assert end(process, number) == (0, "")
    assert len(collector.bodies) == 1 and len(findings()) == 2


def test_a_last_try_is_made_at_the_end(build, made, folder, collector, findings):
    with following(build, folder, "-f", "otlp", "--interval=3600", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as process:
        time.sleep(QUIET)
        shutil.copy(made("nested"), folder)
        collector.start()
        assert end(process) == (0, "")
    assert len(findings()) == 2


def test_what_could_not_be_sent_is_trouble_and_stays_due(build, made, folder, collector, findings):
    shutil.copy(made("nested"), folder)
    with following(build, folder, "-f", "otlp", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as process:
        time.sleep(QUIET)
        status, said = end(process)
    assert status == 2 and said.splitlines()[-1].startswith(f"nplus1: {collector.url}/v1/traces: ") and "trying again" not in said.splitlines()[-1]
    collector.start()
    with following(build, folder, "-f", "otlp", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as process:
        wait_for(lambda: collector.bodies)
        assert end(process) == (0, "")
    assert len(findings()) == 2


def test_a_finding_that_grew_comes_again_as_another_trace(build, folder, collector, findings):
    collector.start()
    sample, shop = build.sample("orders_customer_lazy"), folder / "shop.pb"
    with following(build, folder, "-f", "otlp", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as process:
        for number, orders in ((1, "100"), (2, "1000")):
            assert build.run_watched([sample, orders], folder / "new").returncode == 0
            (folder / "new").rename(shop)
            wait_for(lambda: len(collector.bodies) == number)
        assert end(process) == (0, "")
    (first, before, one), (second, after, other) = findings()
    assert (first, before, after) == (second, 100, 1000) and one != other


def test_one_follower_at_a_time_uses_a_state(build, made, folder, collector):
    collector.start()
    shutil.copy(made("nested"), folder)
    with following(build, folder, "-f", "otlp", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as process:
        wait_for(lambda: collector.bodies)
        result = build.view("export", "-f", "otlp", "--follow", folder, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
        assert result.returncode == 2 and b"another nplus1 export --follow uses it" in result.stderr
        assert end(process) == (0, "")


def test_a_damaged_state_is_not_taken_for_an_empty_one(build, folder, collector):
    (folder / "nplus1-export.json").write_text("{")
    result = build.view("export", "-f", "otlp", "--follow", folder, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    assert result.returncode == 2 and b"remove it to send everything again" in result.stderr
    assert (folder / "nplus1-export.json").read_text() == "{"


def test_a_file_is_replaced_when_its_content_changes(build, made, folder, tmp_path):
    out = tmp_path / "out.json"
    with following(build, folder, "-f", "gitlab", "-o", out) as process:
        time.sleep(QUIET)
        assert not out.exists()
        shutil.copy(made("likely"), folder)
        wait_for(out.exists)
        assert len(json.loads(out.read_text())) == 1
        unchanged = out.stat()
        time.sleep(QUIET)
        assert (out.stat().st_ino, out.stat().st_mtime_ns) == (unchanged.st_ino, unchanged.st_mtime_ns)
        shutil.copy(made("nested"), folder)
        wait_for(lambda: len(json.loads(out.read_text())) > 1)
        assert end(process) == (0, "")
    assert out.read_bytes() == build.view("export", "-f", "gitlab", folder).stdout
