"""Visitors that one thread hears and another one answers, and what a closed visitor's number stands for afterwards."""
import pytest
from test_units import SHOP, watch_script

CUSTOMERS = 12

# One thread accepts and reads, as puma's reactor does for those who are slow to ask; another one answers, and finds the next one
# waiting when it is done: it hears nobody itself.
REACTOR = SHOP + f"""
import os, queue, socket, threading
asked, listener = queue.Queue(), socket.create_server(("127.0.0.1", 0))
def work():
    total(1)
    started.set()
    full.wait()
    while (job := asked.get()) is not None:
        visitor, customer = job
        if sys.argv[1] == "lookup":
            total(customer)
        else:
            for row in db.execute("SELECT id FROM customers WHERE id % 8 = ?", (customer % 8,)).fetchall():
                total(row[0])
        visitor.send(b"done")
        visitor.close()
started, full = threading.Event(), threading.Event()
worker = threading.Thread(target=work)
worker.start()
started.wait()
visitors = []
for customer in range(1, {CUSTOMERS} + 1):
    visitors.append(socket.create_connection(listener.getsockname()))
    visitors[-1].send(b"%d" % customer)
    accepted = listener.accept()[0]
    asked.put((accepted, int(os.read(accepted.fileno(), 100))))
asked.put(None)
full.set()
worker.join()
assert [visitor.recv(10) for visitor in visitors] == [b"done"] * {CUSTOMERS}
"""


def test_whoever_closes_a_visitor_is_done_with_its_work(build, tmp_path):
    _, report = watch_script(build, tmp_path, REACTOR, "lookup")
    assert report["findings"] == []
    [looked_up] = [group for group in report["groups"] if group["statement"]["text"].startswith("select total")
                   and group["executions"] > 1]
    assert looked_up["executions"] == CUSTOMERS


def test_a_loop_for_each_visitor_has_an_episode_for_each(build, tmp_path):
    _, report = watch_script(build, tmp_path, REACTOR, "list")
    [finding] = report["findings"]
    assert (finding["kind"], finding["confidence"], finding["parent_column"]) == ("n_plus_one", "proven", "id")
    assert (finding["executions"], finding["episodes"], finding["max_per_episode"]) == (5 * CUSTOMERS, CUSTOMERS, 5)


# A server whose one visitor has left. What it opens next has the visitor's number.
RECYCLED = SHOP + """
import os, socket, threading
listener = socket.create_server(("127.0.0.1", 0))
def visit():
    with socket.create_connection(listener.getsockname()) as client:
        client.send(b"hello"); client.recv(10)
def cache(server):
    with server.accept()[0] as visitor:
        while visitor.recv(10): visitor.send(b"miss")
elsewhere = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=cache, args=(elsewhere,), daemon=True).start()
total(1)
visitor = threading.Thread(target=visit); visitor.start()
heard, _ = listener.accept()
heard.recv(10); heard.send(b"hello")
number = heard.fileno()
if sys.argv[2] == "closed":
    heard.close()
visitor.join()
if sys.argv[1] == "file":
    opened = os.open(sys.argv[0], os.O_RDONLY)
    def ask(): os.read(number, 8)
else:
    opened = socket.create_connection(elsewhere.getsockname()).detach()
    def ask(): os.write(number, b"get"); os.read(number, 10)
if opened != number:
    os.dup2(opened, number)
for row in db.execute("SELECT id FROM customers").fetchall():
    ask()
    total(row[0])
"""


@pytest.mark.parametrize("opened, left", [("file", "closed"), ("cache", "closed"), ("file", "replaced")])
def test_a_visitors_number_is_anothers_when_it_is_closed(build, tmp_path, opened, left):
    _, report = watch_script(build, tmp_path, RECYCLED, opened, left)
    [finding] = report["findings"]
    assert (finding["kind"], finding["confidence"], finding["executions"]) == ("n_plus_one", "proven", 40)


# Another process accepts whoever comes and passes the socket on, as the first process of a cluster does.
PASSED = SHOP + """
import os, socket
own, other = socket.socketpair()
if os.fork() == 0:
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    accepted, _ = listener.accept()
    socket.send_fds(other, [b"visitor"], [accepted.fileno()])
    def get(what):
        client.send(str(what).encode())
        return client.recv(1000).decode().split()
    for customer in get("list"):
        get(customer)
    os._exit(0)
other.close()
_, (descriptor,), _, _ = socket.recv_fds(own, 100, 1)
with socket.socket(fileno=descriptor) as visitor:
    while asked := visitor.recv(100).decode():
        if asked == "list":
            customers = [row[0] for row in db.execute("SELECT id FROM customers ORDER BY id").fetchall()]
            if sys.argv[1] == "list":
                print(sum(map(total, customers)))
            visitor.send(" ".join(map(str, customers)).encode())
        else:
            visitor.send(b"%d" % total(int(asked)))
"""


def test_links_that_a_visitor_follows_are_none_where_another_process_has_accepted_it(build, tmp_path):
    _, report = watch_script(build, tmp_path, PASSED, "links")
    assert report["findings"] == []


def test_a_loop_for_a_visitor_whom_another_process_has_accepted(build, tmp_path):
    _, report = watch_script(build, tmp_path, PASSED, "list")
    [finding] = report["findings"]
    assert (finding["kind"], finding["confidence"], finding["parent_column"]) == ("n_plus_one", "proven", "id")
