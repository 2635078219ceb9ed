"""A prefork server: Debian's gunicorn with four workers on a unix socket, and a client that sends it a fixed number of requests."""
import contextlib
import http.client
import os
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections import Counter

WORKERS = 4
CLIENTS = 8
PARENTS, CHILDREN = 5, 3
EXECUTIONS = 1 + PARENTS  # of a request
STARTS_WITHIN = 30  # seconds

APPLICATION = """\
import os
import sqlite3
import time

def orders(db):
    count = 0
    for (customer,) in db.execute("SELECT id FROM customers"):
        count += len(db.execute("SELECT id FROM orders WHERE customer_id = ?", (customer,)).fetchall())  # N+1 here
    return count

def application(environ, start_response):
    db = sqlite3.connect({database!r})
    body = b"%d %d" % (os.getpid(), orders(db))
    db.close()
    time.sleep(0.002)  # so that every worker gets some of the requests
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
"""


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def write_application(folder):
    db = sqlite3.connect(folder / "shop.db")
    db.executescript("CREATE TABLE customers(id INTEGER PRIMARY KEY);"
                     "CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL);")
    db.executemany("INSERT INTO customers VALUES (?)", [(i,) for i in range(1, PARENTS + 1)])
    db.executemany("INSERT INTO orders(customer_id) VALUES (?)", [(1 + i % PARENTS,) for i in range(PARENTS * CHILDREN)])
    db.commit()
    db.close()
    (folder / "shop.py").write_text(APPLICATION.format(database=str(folder / "shop.db")))
    return folder / "shop.py"


def ask(path, page="/", **headers):
    """The answer's status, headers and body."""
    connection = Connection(path)
    connection.request("GET", page, headers={"Connection": "close", **headers})
    response = connection.getresponse()
    answer = response.status, response.headers, response.read()
    connection.close()
    return answer


def request(path):
    status, _, body = ask(path)
    return status, body


@contextlib.contextmanager
def serving(command, folder, path, is_up, **variables):
    """Runs a server, which writes to server.log in the folder, until its log says that it is up, and ends it at last."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NPLUS1_") and name != "LD_PRELOAD"}
    environment.update(variables)
    with open(folder / "server.log", "wb") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + STARTS_WITHIN
        while not is_up((folder / "server.log").read_bytes()):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "server.log").read_text())
            time.sleep(0.02)
        yield path
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)


def running_application(folder, name, workers, *options, **variables):
    path = folder / "server.sock"
    command = ["/usr/bin/gunicorn", "--workers", str(workers), "--bind", f"unix:{path}", *options, f"{name}:application"]
    return serving(command, folder, path, lambda log: log.count(b"Booting worker") >= workers, **variables, PYTHONDONTWRITEBYTECODE="1")


def running(folder, **variables):
    write_application(folder)
    return running_application(folder, "shop", WORKERS, **variables)


def send(path, requests):
    """Sends that many requests from a few threads at once; how often each answer came."""
    answers, lock = Counter(), threading.Lock()
    left = iter(range(requests))

    def work():
        while True:
            with lock:
                if next(left, None) is None:
                    return
            answer = request(path)
            with lock:
                answers[answer] += 1

    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(answers.values()) == requests
    return answers


def check(build, folder, requests):
    """Runs the server under the agent and compares the recordings with what was asked of it."""
    recordings = folder / "recordings"
    recordings.mkdir()
    with running(folder, LD_PRELOAD=str(build.agent), NPLUS1_OUTPUT=f"{recordings}/") as path:
        answers = send(path, requests)
    answered = Counter()  # by each worker
    for (status, body), count in answers.items():
        worker, orders = map(int, body.split())
        assert (status, orders) == (200, PARENTS * CHILDREN)
        answered[worker] += count
    assert len(answered) == WORKERS
    counted = Counter()
    for recording in recordings.iterdir():
        report = build.report(recording)
        process, = report["processes"]
        counted[process["pid"]] += report["totals"]["executions"]
        assert sum(group["executions"] for group in report["groups"]) == report["totals"]["executions"]
    assert counted == Counter({worker: count * EXECUTIONS for worker, count in answered.items()})
    assert len(list(recordings.iterdir())) == WORKERS
    whole = build.report(recordings)
    assert whole["totals"]["executions"] == requests * EXECUTIONS
    assert all(process["ended"] == "exit" and process["left_out"] == 0 for process in whole["processes"])
    finding, = whole["findings"]
    line, = [number for number, text in enumerate((folder / "shop.py").read_text().splitlines(), 1) if "# N+1 here" in text]
    assert finding["location"] == {"file": str(folder / "shop.py"), "line": line, "function": "orders"}
    assert (finding["kind"], finding["confidence"]) == ("n_plus_one", "proven")
    assert (finding["executions"], finding["max_per_episode"]) == (requests * PARENTS, PARENTS)
    return whole
