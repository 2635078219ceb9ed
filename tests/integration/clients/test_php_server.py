"""A PHP that serves requests: what a request compiled is gone with it, and the next one's code lies where it lay."""
import contextlib
import os
import socket
import subprocess
import time
import urllib.request

REQUESTS = 20

SCRIPT = """<?php
    $db = new SQLite3(':memory:');
    function work_%(name)s($db, $times) {
        for ($i = 0; $i < $times; $i++)
            $db->querySingle("SELECT $i"); // %(name)s
    }
    eval('function evaluated_%(name)s($db) { $db->querySingle("SELECT 1, 2"); }');
    work_%(name)s($db, %(times)d);
    evaluated_%(name)s($db);
    echo 'served by %(name)s';
"""


@contextlib.contextmanager
def running_server(folder, environment):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with open(folder / "log", "wb") as log:
        server = subprocess.Popen(["php", "-S", address, "-t", folder / "root"], env=environment, stdin=subprocess.DEVNULL,
                                  stdout=log, stderr=log)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(address.split(":")):
                break
            time.sleep(0.05)
        yield f"http://{address}/"
    finally:
        server.send_signal(2)
        server.wait(20)


def test_each_request_is_seen_as_it_is(build, tmp_path):
    (tmp_path / "root").mkdir()
    names = [f"script_{number}" + "x" * number for number in range(7)]
    for number, name in enumerate(names):
        (tmp_path / "root" / f"{name}.php").write_text(SCRIPT % {"name": name, "times": number + 1})
    environment = dict(os.environ, LD_PRELOAD=str(build.agent), NPLUS1_OUTPUT=str(tmp_path / "recording.pb"))
    with running_server(tmp_path, environment) as url:
        for _ in range(REQUESTS):
            for name in names:
                with urllib.request.urlopen(f"{url}{name}.php", timeout=20) as answer:
                    assert answer.read() == f"served by {name}".encode()
    found = {}
    for group in build.report(tmp_path / "recording.pb")["groups"]:
        inner, outer = group["stack"]
        place = (inner["function"], inner["file"].split("(")[0], inner["line"], outer["function"], outer["file"], outer["line"])
        found[place] = found.get(place, 0) + group["executions"]
    expected = {}
    for number, name in enumerate(names):
        file = str(tmp_path / "root" / f"{name}.php")
        expected[f"work_{name}", file, 5, "{main}", file, 8] = REQUESTS * (number + 1)
        expected[f"evaluated_{name}", file, 1, "{main}", file, 9] = REQUESTS
    assert found == expected
