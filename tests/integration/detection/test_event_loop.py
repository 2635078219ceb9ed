"""A server with an event loop: requests that arrive while others wait for the database are told apart by their connections."""
import pytest
from python_samples import needs_psycopg

PAGES, ROWS = 20, 10

SERVER = """
import asyncio, psycopg, socket, sys, threading
mode, shared, clients, requests, autocommit, commit = sys.argv[1], sys.argv[2] == "shared", *map(int, sys.argv[3:])
pool = []
async def connect():
    if shared and pool:
        return pool[0]
    return pool.pop() if pool else await psycopg.AsyncConnection.connect("", autocommit=bool(autocommit))
async def ask(db, *statement):
    return await (await db.execute(*statement)).fetchall()
async def ask_any(*statement):
    db = pool.pop(0) if pool else await psycopg.AsyncConnection.connect("", autocommit=True)
    rows = await ask(db, *statement)
    pool.append(db)
    return rows
async def pair(number):
    ((up,),) = await ask_any("SELECT up FROM d WHERE id = %s", (number,))
    return await ask_any("SELECT id FROM d WHERE id = %s", (up,))
async def answer(db, what, number):
    if what == "item":
        return await ask(db, "SELECT id FROM c WHERE p = %s", (number,))
    page = await ask(db, "SELECT id FROM p WHERE page = %s", (number,))
    if what == "list":
        for row in page:
            await ask(db, "SELECT id FROM c WHERE p = %s", row)
    return page
async def handle(reader, writer):
    while line := await reader.readline():
        what, number = line.split()
        if what == b"pair":
            writer.write(" ".join(str(row[0]) for row in await pair(int(number))).encode() + b"\\n")
            await writer.drain()
            continue
        db = await connect()
        rows = await answer(db, what.decode(), int(number))
        if commit:
            await db.commit()
        if db not in pool:
            pool.append(db)
        writer.write(" ".join(str(row[0]) for row in rows).encode() + b"\\n")
        await writer.drain()
    writer.close()
def visit(port, first):
    visitor = socket.create_connection(("127.0.0.1", port))
    lines = visitor.makefile("rw")
    def get(what, number):
        lines.write(f"{what} {number}\\n")
        lines.flush()
        return lines.readline().split()
    for number in range(first, first + requests):
        if mode == "pair":
            get("pair", number % 12 + 1)
        elif mode == "lookup":
            get("item", 1001 + number % 200)
        elif mode == "list":
            get("list", number % 20)
        else:
            for item in get("page", number % 20):
                get("item", item)
    lines.close(); visitor.close()
async def main():
    if shared:
        pool.append(await connect())
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    visitors = [threading.Thread(target=visit, args=(port, k * requests)) for k in range(clients)]
    for visitor in visitors: visitor.start()
    for visitor in visitors: await asyncio.to_thread(visitor.join)
    server.close()
    for db in pool: await db.close()
asyncio.run(main())
"""

pytestmark = [needs_psycopg, pytest.mark.alone]  # where 50 ms without a statement are an end, others may not come in between


@pytest.fixture(scope="module")
def database(server):
    name = server.new_database()
    server.sql(f"CREATE TABLE p AS SELECT i + 1000 AS id, i % {PAGES} AS page FROM generate_series(1, {PAGES * ROWS}) AS n(i);"
               f"CREATE TABLE c AS SELECT i + 5000 AS id, i % {PAGES * ROWS} + 1001 AS p FROM generate_series(1, 600) AS n(i);"
               "CREATE TABLE d AS SELECT i AS id, i / 2 + 1 AS up FROM generate_series(1, 12) AS n(i)", name)
    return name


@pytest.fixture
def serve(build, server, database, tmp_path):
    def run(mode, clients, requests, connections="pool", autocommit=1, commit=0):
        (tmp_path / "server.py").write_text(SERVER)
        words = [mode, connections, clients, requests, autocommit, commit]
        run = build.run_watched(["/usr/bin/python3", tmp_path / "server.py", *words], tmp_path / "recording.pb",
                                **{**server.variables, "PGDATABASE": database})
        assert (run.returncode, run.stdout, run.stderr) == (0, b"", b""), run.stderr.decode()
        return build.report(tmp_path / "recording.pb")
    return run


COMMITS = pytest.mark.parametrize("commits", [{}, {"autocommit": 0}, {"autocommit": 0, "commit": 1}],
                                  ids=["autocommit", "left open", "commit"])


@COMMITS
@pytest.mark.parametrize("clients", (1, 2, 10))
def test_one_lookup_for_each_request_is_no_finding(serve, clients, commits):
    report = serve("lookup", clients, 100, **commits)
    assert report["findings"] == []
    assert sum(group["executions"] for group in report["groups"] if "from c" in group["statement"]["text"]) == 100 * clients


@COMMITS
@pytest.mark.parametrize("clients", (1, 2, 10))
def test_a_loop_in_the_handler_has_an_episode_for_each_request(serve, clients, commits):
    requests = 30 * clients
    (finding,) = serve("list", clients, 30, **commits)["findings"]
    assert (finding["kind"], finding["confidence"], finding["parent_column"]) == ("n_plus_one", "proven", "id")
    assert (finding["executions"], finding["max_per_episode"]) == (requests * ROWS, ROWS)
    split = max(2, requests // 20)  # a busy machine may make a silence of 50 ms within a request
    assert requests <= finding["episodes"] <= requests + split
    assert finding["evidence"].items() >= {"matches": requests * ROWS, "judged": requests * ROWS}.items()


@COMMITS
@pytest.mark.parametrize("clients", (1, 2, 10))
def test_visitors_that_follow_the_links_of_a_page_are_no_loop(serve, clients, commits):
    assert serve("pages", clients, 10, **commits)["findings"] == []


@pytest.mark.parametrize("clients", (1, 2, 10))
def test_a_connection_that_all_tasks_share_carries_nothing_over(serve, clients):
    assert [finding for finding in serve("pages", clients, 10, "shared")["findings"] if finding["confidence"] == "proven"] == []


@pytest.mark.parametrize("clients", (1, 6, 12))
def test_one_row_of_one_row_for_each_request_is_no_loop_where_a_pool_gives_each_statement_another_connection(serve, clients):
    """Requests whose rows are the same, and connections that were another request's before: neither makes two children of one parent."""
    report = serve("pair", clients, 20)
    assert [finding for finding in report["findings"] if finding["kind"] == "n_plus_one"] == []
    assert sum(group["executions"] for group in report["groups"] if "from d" in group["statement"]["text"]) == 40 * clients


# Messages of a process beside it come in while the database works: a cluster's first process, a test runner.
MESSAGES = """
import psycopg2, select, socket
db = psycopg2.connect("", async_=True)
own, other = socket.socketpair()
def wait():
    while (state := db.poll()) != psycopg2.extensions.POLL_OK:
        select.select([db], [db] if state == psycopg2.extensions.POLL_WRITE else [], [])
wait()
cursor = db.cursor()
def ask(statement, *values):
    cursor.execute(statement, values)
    other.send(b"are you there?")
    own.recv(100)
    wait()
    return cursor.fetchall()
for id, in ask("SELECT id FROM p ORDER BY id LIMIT 40"):
    ask("SELECT id FROM c WHERE p = %s", id)
"""


def test_a_loop_goes_on_over_messages_that_come_meanwhile(build, server, tmp_path):
    pytest.importorskip("psycopg2")
    database = server.new_database()
    server.sql("CREATE TABLE p(id int PRIMARY KEY); CREATE TABLE c(id int PRIMARY KEY, p int); "
               "INSERT INTO p SELECT generate_series(1, 60); INSERT INTO c SELECT i, i % 60 FROM generate_series(1, 200) i", database)
    (tmp_path / "script.py").write_text(MESSAGES)
    variables = {**server.variables, "PGDATABASE": database}
    run = build.run_watched(["/usr/bin/python3", tmp_path / "script.py"], tmp_path / "recording.pb", **variables)
    assert (run.returncode, run.stderr) == (0, b"")
    [finding] = build.report(tmp_path / "recording.pb")["findings"]
    assert (finding["kind"], finding["confidence"], finding["executions"]) == ("n_plus_one", "proven", 40)
