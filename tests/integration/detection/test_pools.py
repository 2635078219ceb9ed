"""Event loops that have a pool's threads do what visitors ask for, as FastAPI, Django behind ASGI, Tornado and waitress do: the threads
hear nobody themselves, and each request is a unit of work nevertheless."""
import pytest
from test_units import SHOP, watch_script

REQUESTS, GROUPS = 30, 8  # of each visitor; lists that customers are in
LISTED = 40 // GROUPS

SERVER = SHOP + f"""
import asyncio, concurrent.futures, os, queue, select, socket, threading
what, how, workers, clients = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
lock, executed = threading.Lock(), []
def lookup(customer):
    with lock:
        executed.append(customer)
        return total(customer)
def members(number):
    with lock:
        return [row[0] for row in db.execute("SELECT id FROM customers WHERE id % {GROUPS} = ?", (number,)).fetchall()]
def work(line):
    asked, number = line.split()
    if asked == b"lookup":
        return b"%d\\n" % lookup(int(number))
    if asked == b"members":
        return b" ".join(b"%d" % customer for customer in members(int(number))) + b"\\n"
    return b"%d\\n" % sum(lookup(customer) for customer in members(int(number)))

def visit(port, first):
    with socket.create_connection(("127.0.0.1", port)) as visitor, visitor.makefile("rw") as lines:
        def ask(*words):
            print(*words, file=lines, flush=True)
            return lines.readline().split()
        for number in range(first, first + {REQUESTS}):
            if what == "lookup":
                ask("lookup", number % 40 + 1)
            elif what == "list":
                ask("list", number % {GROUPS})
            else:                                                     # follows the links of a page
                for customer in ask("members", number % {GROUPS}):
                    ask("lookup", customer)
def visitors(port):
    return [threading.Thread(target=visit, args=(port, 7 * i)) for i in range(clients)]

async def serve_by_executor():
    pool = concurrent.futures.ThreadPoolExecutor(workers)
    async def handle(reader, writer):
        while line := await reader.readline():
            writer.write(await asyncio.get_running_loop().run_in_executor(pool, work, line))
        writer.close()
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    threads = visitors(server.sockets[0].getsockname()[1])
    for thread in threads: thread.start()
    for thread in threads: await asyncio.to_thread(thread.join)
    server.close()
    pool.shutdown()

def serve_by_threads():                                               # that answer themselves (waitress), or wake the loop by an eventfd (libuv)
    listener, poll, jobs, answers, wakes = socket.create_server(("127.0.0.1", 0)), select.poll(), queue.SimpleQueue(), queue.SimpleQueue(), os.eventfd(0)
    def run():
        while job := jobs.get():
            if how == "itself":
                job[0].sendall(work(job[1]))
            else:
                answers.put((job[0], work(job[1])))
                os.write(wakes, (1).to_bytes(8, sys.byteorder))
    pool, threads = [threading.Thread(target=run) for _ in range(workers)], visitors(listener.getsockname()[1])
    for thread in pool + threads: thread.start()
    connections = {{}}
    for _ in threads:
        connection, _ = listener.accept()
        connections[connection.fileno()] = connection
        poll.register(connection, select.POLLIN)
    poll.register(wakes, select.POLLIN)
    while connections:
        for number, _ in poll.poll():
            if number == wakes:
                os.eventfd_read(wakes)
                while not answers.empty():
                    connection, answer = answers.get()
                    connection.sendall(answer)
            elif line := connections[number].recv(100):
                jobs.put((connections[number], line))
            else:
                poll.unregister(number)
                connections.pop(number).close()
    for _ in pool: jobs.put(None)
    for thread in pool + threads: thread.join()

if how == "executor":
    asyncio.run(serve_by_executor())
else:
    serve_by_threads()
print(len(executed))
"""

HOW = pytest.mark.parametrize("how", ("executor", "itself", "eventfd"))
MANY = pytest.mark.parametrize("workers, clients", ((1, 1), (4, 1), (4, 4), (2, 20)))
pytestmark = pytest.mark.alone  # how many requests wait at once is a matter of time


def serve(build, tmp_path, *words):
    run, report = watch_script(build, tmp_path, SERVER, *words)
    looked_up = [group for group in report["groups"] if group["statement"]["text"].startswith("select total")]
    assert sum(group["executions"] for group in looked_up) == int(run.stdout)
    return [finding for finding in report["findings"] if finding["confidence"] != "possible"]


@HOW
@MANY
def test_a_lookup_for_each_request_is_no_finding(build, tmp_path, how, workers, clients):
    assert serve(build, tmp_path, "lookup", how, workers, clients) == []


@HOW
@MANY
def test_a_loop_for_each_request_is_proven(build, tmp_path, how, workers, clients):
    [finding] = serve(build, tmp_path, "list", how, workers, clients)
    requests = REQUESTS * clients
    assert (finding["kind"], finding["confidence"], finding["parent_column"]) == ("n_plus_one", "proven", "id")
    assert (finding["executions"], finding["max_per_episode"]) == (LISTED * requests, LISTED)
    assert requests <= finding["episodes"] <= requests + requests // 20  # several at once read the same lists


@HOW
@MANY
def test_visitors_that_follow_the_links_of_a_page_are_no_loop(build, tmp_path, how, workers, clients):
    """With ten visitors for each thread a thread is never idle: what several of them follow at once has a few bits now and then, which is a
    matter of time."""
    runs = 3 if clients > 4 * workers else 1
    folders = [tmp_path / str(run) for run in range(runs)]
    for folder in folders:
        folder.mkdir()
    assert [serve(build, folder, "pages", how, workers, clients) for folder in folders] == [[]] * runs
