"""Units of work: a server's requests are told apart by its waits, by scopes and by tags, and one statement for each is no finding."""
from collections import Counter

import pytest
from conftest import ROOT

REQUESTS = 10000
WAITS = ("read", "poll", "epoll", "scopes")


def serve(build, tmp_path, *words):
    run = build.run_watched([build.sample("server", "server"), *words], tmp_path / "recording.pb")
    assert (run.returncode, run.stderr) == (0, b"")
    report = build.report(tmp_path / "recording.pb")
    assert report["totals"]["executions"] == int(run.stdout.split()[0])
    return report


@pytest.mark.parametrize("waiting", WAITS)
@pytest.mark.parametrize("threads", (1, 8))
def test_one_lookup_for_each_request_is_no_finding(build, tmp_path, threads, waiting):
    assert serve(build, tmp_path, "lookup", REQUESTS, threads, waiting)["findings"] == []


@pytest.mark.parametrize("waiting", WAITS)
@pytest.mark.parametrize("threads", (1, 8))
def test_a_lazy_list_in_the_handler_is_one_finding_with_an_episode_for_each_request(build, tmp_path, threads, waiting):
    (finding,) = serve(build, tmp_path, "list", REQUESTS, threads, waiting)["findings"]
    assert (finding["kind"], finding["confidence"], finding["parent_column"]) == ("n_plus_one", "proven", "id")
    assert (finding["executions"], finding["episodes"], finding["max_per_episode"]) == (4 * REQUESTS, REQUESTS, 4)
    assert finding["location"]["function"] == "load_items"
    scopes = [{"name": "GET /customers/:id/orders", "executions": 4 * REQUESTS, "entered": REQUESTS}]
    assert finding["scopes"] == (scopes if waiting == "scopes" else [])


def watch_script(build, tmp_path, script, *words, **variables):
    (tmp_path / "script.py").write_text(script)
    run = build.run_watched(["/usr/bin/python3", tmp_path / "script.py", *words], tmp_path / "recording.pb", **variables)
    assert (run.returncode, run.stderr) == (0, b"")
    return run, build.report(tmp_path / "recording.pb")


SHOP = """
import sqlite3, sys
db = sqlite3.connect(":memory:", check_same_thread=False)
db.executescript('''CREATE TABLE customers(id INTEGER PRIMARY KEY, name); CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id, total);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) INSERT INTO customers SELECT i, 'c' || i FROM n;
    INSERT INTO orders SELECT NULL, id, id * 3 FROM customers; INSERT INTO orders SELECT NULL, id, id * 5 FROM customers;''')
def total(customer):
    return sum(row[0] for row in db.execute("SELECT total FROM orders WHERE customer_id = ?", (customer,)).fetchall())
"""

HTTP = SHOP + """
import http.server, threading, urllib.request
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if sys.argv[1] == "lookup":
            body = total(int(self.path[1:]))
        else:
            body = sum(total(row[0]) for row in db.execute("SELECT id FROM customers WHERE id % 4 = ?", (int(self.path[1:]) % 4,)).fetchall())
        self.send_response(200); self.end_headers(); self.wfile.write(str(body).encode())
    def log_message(self, *words): pass
server = getattr(http.server, sys.argv[2])(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
for i in range(60):
    urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/{i + 1}").read()
server.shutdown()
"""


@pytest.mark.parametrize("server", ("HTTPServer", "ThreadingHTTPServer"))
def test_pythons_web_server(build, tmp_path, server):
    assert watch_script(build, tmp_path, HTTP, "lookup", server)[1]["findings"] == []
    (tmp_path / "recording.pb").unlink()
    (finding,) = watch_script(build, tmp_path, HTTP, "list", server)[1]["findings"]
    assert (finding["confidence"], finding["executions"]) == ("proven", 600)
    if server == "HTTPServer":  # else each request has a thread of its own, and so its own sources
        assert finding["episodes"] == 60


TRANSACTIONS = SHOP + """
import asyncio, http.client, http.server, threading
db.isolation_level = None
def committed(customer, connection=db):
    connection.execute("BEGIN"); result = total(customer); connection.execute("COMMIT")
    return result
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = str(sum(committed(int(customer)) for customer in self.path[1:].split(","))).encode()
        self.send_response(200); self.send_header("Content-Length", len(body)); self.end_headers(); self.wfile.write(body)
    def log_message(self, *words): pass
server = getattr(http.server, sys.argv[2])(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = http.client.HTTPConnection("127.0.0.1", server.server_port)
for path in {"lookup": [str(i) for i in range(1, 41)], "list": ["7,30,2,25,11,38,4"]}[sys.argv[1]]:
    client.request("GET", "/" + path); client.getresponse().read()
client.close(); server.shutdown()
"""


@pytest.mark.parametrize("server", ("HTTPServer", "ThreadingHTTPServer"))
def test_a_loop_for_one_visitor_is_one_though_it_commits_each_time(build, tmp_path, server):
    findings = watch_script(build, tmp_path, TRANSACTIONS, "list", server)[1]["findings"]
    assert [(finding["kind"], finding["confidence"], finding["executions"], finding["max_per_episode"]) for finding in findings] == [
        ("n_plus_one", "likely", 7, 7)]
    (tmp_path / "recording.pb").unlink()
    assert watch_script(build, tmp_path, TRANSACTIONS, "lookup", server)[1]["findings"] == []


HANDED_ON = SHOP + """
import queue, socket, threading
db.isolation_level = None
def committed(customer):
    db.execute("BEGIN"); total(customer); db.execute("COMMIT")
def work():
    visitor = listening.accept()[0]
    for i in range(1, 3):                                                     # those that it hears itself
        visitor.recv(10); committed(i); visitor.send(b"done")
    while (customer := jobs.get()) is not None:                               # and those that another thread has heard
        committed(customer); answered.put(customer)
listening, jobs, answered = socket.create_server(("127.0.0.1", 0)), queue.SimpleQueue(), queue.SimpleQueue()
worker = threading.Thread(target=work); worker.start()
client = socket.create_connection(listening.getsockname())
for i in range(2):
    client.send(b"get"); client.recv(10)
for i in (7, 30, 2, 25, 11, 38, 4, 19, 33):
    jobs.put(i); answered.get()
jobs.put(None); worker.join()
"""


def test_what_a_thread_does_after_its_answer_is_for_others(build, tmp_path):
    findings = watch_script(build, tmp_path, HANDED_ON)[1]["findings"]
    assert [finding["confidence"] for finding in findings if finding["confidence"] != "possible"] == []


TURNS = """
import asyncio, os, psycopg, socket
async def serve(reader, writer):
    while line := await reader.readline():
        async with turn:                                                      # a pool of one connection
            await connection.execute("BEGIN")
            await connection.execute("SELECT name FROM customers WHERE id = %s", (int(line),))
            await connection.execute("COMMIT")
        writer.write(line)
async def visit(port, customer):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"%d\\n" % customer); await reader.readline()
    await asyncio.sleep(0.5)                                                  # all of them are answered
    writer.close()
async def main():
    global turn, connection
    turn, connection = asyncio.Semaphore(1), await psycopg.AsyncConnection.connect("", autocommit=True)
    await connection.execute("CREATE TEMP TABLE customers(id int, name text)")
    server = await asyncio.start_server(serve, sock=listening)
    os.write(writing, b"go")
    await asyncio.to_thread(os.waitpid, visitors, 0)
    server.close()
async def visits():
    await asyncio.gather(*(visit(listening.getsockname()[1], 1 + 7 * i % 36) for i in range(20)))
listening = socket.create_server(("127.0.0.1", 0))
reading, writing = os.pipe()
visitors = os.fork()
if visitors == 0:
    os.read(reading, 2); asyncio.run(visits()); os._exit(0)
asyncio.run(main())
"""


def test_visitors_that_an_event_loop_hears_in_between_are_not_one(build, server, tmp_path):
    variables = {**server.variables, "PGDATABASE": server.new_database()}
    findings = watch_script(build, tmp_path, TURNS, **variables)[1]["findings"]
    assert [finding["confidence"] for finding in findings if finding["confidence"] != "possible"] == []


PAGES = SHOP + """
import os
ids = [row[0] for row in db.execute("SELECT id FROM customers").fetchall()]   # a page that lists all
reading, writing = os.pipe()
for i in ids:                                                                 # visitors that follow its links
    os.write(writing, b"x"); os.read(reading, 1)
    total(i)
"""


def test_what_an_earlier_request_showed_is_no_source_for_a_later_one(build, tmp_path):
    assert watch_script(build, tmp_path, PAGES)[1]["findings"] == []


CACHE = SHOP + """
import socket, threading
def cache(server):
    visitor = server.accept()[0]
    while visitor.recv(10): visitor.send(b"miss")
listening = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=cache, args=(listening,), daemon=True).start()
client = socket.create_connection(listening.getsockname())
for row in db.execute("SELECT id FROM customers").fetchall():
    client.send(b"get"); client.recv(10)                                      # asks a cache for each row first
    total(row[0])
"""


def test_a_loop_that_asks_somebody_else_in_between_is_still_a_loop(build, tmp_path):
    (finding,) = watch_script(build, tmp_path, CACHE)[1]["findings"]
    assert (finding["kind"], finding["confidence"], finding["executions"]) == ("n_plus_one", "proven", 40)


EVENT_LOOP = """
import os, psycopg2, select, sys
connections = [psycopg2.connect("") for i in range(3)]
mine, other, third = connections
cursor = mine.cursor()
cursor.execute("SELECT i + 1000 AS id FROM generate_series(1, 10) AS n(i)")
epoll = select.epoll()
watched = [connection.fileno() for connection in connections]
for descriptor in watched:
    epoll.register(descriptor)
epoll.unregister(watched[0])                                      # the last one that was answered
if sys.argv[1] == "none":
    epoll.unregister(watched[1]); epoll.unregister(watched[2])
elif sys.argv[1] == "closed":
    other.close(); third.close()
elif sys.argv[1] == "moved":
    elsewhere = select.epoll()
    for descriptor in watched[1:]:
        epoll.unregister(descriptor); elsewhere.register(descriptor)
elif sys.argv[1] == "others by a copy":
    with select.epoll.fromfd(os.dup(epoll.fileno())) as copy:
        for descriptor in watched[1:]:
            epoll.unregister(descriptor); copy.register(descriptor)
elif sys.argv[1] == "none, by the number of a copy":
    os.close(os.dup(epoll.fileno()))
    watching, epoll = epoll, select.epoll()
for (i,) in cursor.fetchall():
    epoll.poll(0.001)
    cursor.execute("SELECT %s + 1", (i,))
"""


@pytest.mark.parametrize("watches", ("others", "others by a copy", "none", "none, by the number of a copy", "closed", "moved"))
def test_a_wait_for_other_connections_too_is_none_for_work(build, server, tmp_path, watches):
    variables = {**server.variables, "PGDATABASE": server.new_database()}
    findings = watch_script(build, tmp_path, EVENT_LOOP, watches, **variables)[1]["findings"]
    assert [(finding["confidence"], finding["executions"]) for finding in findings] == ([("proven", 10)] if watches.startswith("others") else [])


NESTED = """
import os, psycopg2, psycopg2.extensions, select, sys
epoll, (woken, wakes) = select.epoll(), os.pipe()
os.set_blocking(woken, False)
def wait(connection):
    while (state := connection.poll()) != psycopg2.extensions.POLL_OK:
        epoll.register(connection.fileno(), select.EPOLLIN if state == psycopg2.extensions.POLL_READ else select.EPOLLOUT)
        if sys.argv[1] == "select":
            select.select([epoll, woken], [], [])
        else:
            poll = select.poll()
            for descriptor in epoll.fileno(), woken:
                poll.register(descriptor, select.POLLIN)
            poll.poll()
        try:
            os.read(woken, 10)
        except BlockingIOError:
            pass
        epoll.unregister(connection.fileno())
connection = psycopg2.connect("", async_=1)
wait(connection)
cursor = connection.cursor()
cursor.execute("SELECT i + 1000 AS id FROM generate_series(1, 10) AS n(i)")
wait(connection)
for (i,) in cursor.fetchall():
    cursor.execute("SELECT %s + 1", (i,))
    wait(connection)
"""


@pytest.mark.parametrize("waits", ("poll", "select"))
def test_a_wait_for_an_event_loop_that_waits_for_a_database_is_none_for_work(build, server, tmp_path, waits):
    """And what wakes the loop, as Racket's does, is no new work while an answer is owed."""
    variables = {**server.variables, "PGDATABASE": server.new_database()}
    findings = watch_script(build, tmp_path, NESTED, waits, **variables)[1]["findings"]
    assert [(finding["confidence"], finding["executions"]) for finding in findings] == [("proven", 10)]


FILE = SHOP + """
with open(sys.argv[1], "w") as ids:
    ids.write("\\n".join(map(str, range(1, 41))))
with open(sys.argv[1], buffering=8) as ids:
    while line := ids.readline():
        total(int(line))
"""


def test_reading_a_file_is_no_wait(build, tmp_path):
    (finding,) = watch_script(build, tmp_path, FILE, tmp_path / "ids")[1]["findings"]
    assert (finding["kind"], finding["confidence"], finding["executions"]) == ("n_plus_one", "likely", 40)


POLLING = SHOP + """
import time
for i in range(10):
    db.execute("SELECT count(*) FROM orders WHERE total > ?", (100,)).fetchall()
    db.execute("SELECT count(*) FROM orders WHERE id > ?", (i,)).fetchall()
    time.sleep(0.1)
"""


def test_polling_is_no_finding(build, tmp_path):
    assert watch_script(build, tmp_path, POLLING)[1]["findings"] == []


SCOPES = SHOP + """
import ctypes, os, threading
agent = ctypes.CDLL(None)
def scope(name): agent.nplus1_scope_begin(name.encode())
def end(): agent.nplus1_scope_end()
total(1)                                                      # outside of any
for i in range(3):
    scope("report"); total(2)
    for j in range(2):
        scope(f"customer {j}"); total(3 + j); end()
    total(5); end()
scope("left open")
def other():                                                  # a scope belongs to its thread
    total(6); agent.nplus1_scope_begin(b"open when the thread ends"); total(7)
for i in range(2):
    thread = threading.Thread(target=other); thread.start(); thread.join()
if os.fork() == 0:                                            # the child has left it
    total(8); os._exit(0)
os.wait()
total(9); end(); end(); end()                                 # more ends than beginnings do nothing
total(10)
"""


def test_scopes_nest_and_belong_to_a_thread_and_a_process(build, tmp_path):
    watch_script(build, tmp_path, SCOPES)
    executions = Counter()
    for recording in tmp_path.glob("recording.pb*"):
        for group in build.report(recording)["groups"]:
            if group["statement"]["text"].startswith("select total"):
                executions[None] += group["executions"]
                for scope in group["scopes"]:
                    executions[scope["name"], scope["entered"]] += scope["executions"]
                    executions[None] -= scope["executions"]
    assert executions == {("report", 3): 6, ("customer 0", 3): 3, ("customer 1", 3): 3, ("open when the thread ends", 2): 2,
                          ("left open", 1): 1, None: 1 + 2 + 1 + 1}


TAGS = SHOP + """
for request in range(20):
    for i in range(3):
        trace = f"00-{request:032x}-{i:016x}-01"
        db.execute(f"SELECT total FROM orders WHERE customer_id = ? /*route='/orders/%%3Aid',traceparent='{trace}'*/",
                   (request * (i + 1) % 40 if sys.argv[1] == "many" else request,)).fetchall()
"""


def test_sqlcommenters_tags_are_scopes_and_split_no_statement(build, tmp_path):
    report = watch_script(build, tmp_path, TAGS, "one")[1]
    (group,) = [group for group in report["groups"] if group["statement"]["text"].startswith("select total")]
    assert group["scopes"] == [{"name": "/orders/%:id", "executions": 60, "entered": 20}]
    assert [finding["kind"] for finding in report["findings"]] == ["duplicate_query"]  # thrice in each request


def test_the_sample_of_scopes_in_python(build, tmp_path):
    sample = ROOT / "samples/python/scopes.py"
    alone = build.run(["/usr/bin/python3", sample])
    run = build.run_watched(["/usr/bin/python3", sample], tmp_path / "recording.pb")
    assert (run.returncode, run.stdout, run.stderr) == (0, alone.stdout, b"")
    (finding,) = build.report(tmp_path / "recording.pb")["findings"]
    line = 1 + next(i for i, text in enumerate(sample.read_text().splitlines()) if "# N+1 here" in text)
    assert (finding["kind"], finding["confidence"], finding["location"]["line"]) == ("n_plus_one", "proven", line)
    assert finding["scopes"] == [{"name": "monthly report", "executions": 60, "entered": 3}]
    groups = build.report(tmp_path / "recording.pb")["groups"]
    assert [group["scopes"] for group in groups if group["executions"] == 1 and group["statement"]["text"].startswith("select price")] == [
        [{"name": "one order", "executions": 1, "entered": 1}]]
    text = build.view("report", tmp_path / "recording.pb").stdout.decode()
    assert "monthly report: 60 executions in 3 scopes" in text


HEADER = r"""
#include <nplus1.h>
#include <errno.h>
int main(void) { errno = 7; nplus1_scope_begin("a"); nplus1_scope_begin(0); nplus1_scope_end(); nplus1_scope_end(); return errno != 7; }
"""


@pytest.mark.parametrize("compiler", ("cc -std=c99 -Wall -Wextra -Werror -x c", "cc -std=c99 -O2 -static -x c", "c++ -Wall -Wextra -Werror -x c++"))
def test_the_header_compiles_and_does_nothing_without_the_agent(build, tmp_path, compiler):
    command = [*compiler.split(), "-", "-I", ROOT / "agent/api", "-o", tmp_path / "program"]
    made = build.run(command, input=HEADER.encode())
    assert made.returncode == 0, made.stderr.decode()
    assert build.run([tmp_path / "program"]).returncode == 0
    watched = build.run_watched([tmp_path / "program"], tmp_path / "recording.pb")
    assert watched.returncode == 0 and not (tmp_path / "recording.pb").exists()


# Eight threads that wait in a queue of the program's own, as Tomcat's do: what a visitor asks is read by the thread that answers it.
POOL = SHOP + """
import os, queue, socket, threading
listener = socket.create_server(("127.0.0.1", 0))
jobs, lock = [queue.Queue() for _ in range(int(sys.argv[2]))], threading.Lock()
def answer(connection):
    customer = int(os.read(connection.fileno(), 100)) if connection else None
    file = os.open(sys.argv[0], os.O_RDONLY)
    os.read(file, 10)
    os.close(file)
    return customer
def work(jobs):
    while (job := jobs.get()) is not None:
        customer = answer(job) if sys.argv[1] == "sockets" else job
        with lock:
            total(customer)
        if sys.argv[1] == "sockets":
            job.close()
        jobs.task_done()
threads = [threading.Thread(target=work, args=(own,)) for own in jobs]
for thread in threads:
    thread.start()
for customer in range(1, 13):
    own = jobs[customer % len(jobs)]
    if sys.argv[1] == "sockets":
        client = socket.create_connection(listener.getsockname())
        client.send(b"%d" % customer)
        own.put(listener.accept()[0])
    else:
        own.put(customer)
    own.join()
for own in jobs:
    own.put(None)
for thread in threads:
    thread.join()
"""


@pytest.mark.parametrize("threads", (1, 8, 12))
def test_a_lookup_for_each_visitor_in_the_threads_of_a_pool_is_no_finding(build, tmp_path, threads):
    _, report = watch_script(build, tmp_path, POOL, "sockets", threads)
    assert report["findings"] == []
    [looked_up] = [group for group in report["groups"] if group["statement"]["text"].startswith("select total")]
    assert looked_up["executions"] == 12


@pytest.mark.parametrize("threads", (1, 8))
def test_what_a_pool_is_given_by_the_program_itself_is_one(build, tmp_path, threads):
    _, report = watch_script(build, tmp_path, POOL, "numbers", threads)
    assert [finding["kind"] for finding in report["findings"]] == ["n_plus_one"]
