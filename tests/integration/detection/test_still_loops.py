"""Loops that do not look like one: a thread for each row, lists that mostly have one key, COPY, a cursor, slow things in between."""
import pytest
from python_samples import PYTHON

KEYS = """
import sqlite3, tempfile, threading
file = tempfile.NamedTemporaryFile()
db = sqlite3.connect(file.name)
db.executescript("create table p(id integer primary key, k, other); create table c(k, v);")
db.executemany("insert into p values (?, ?, ?)", [(i, 500 + i * 37 % 101, 900 + i * 41 % 103 if i % 2 else None) for i in range(1, 31)])
db.executemany("insert into c values (?, 'v')", [(i,) for i in range(500, 1100)])
db.commit()
def child(k, db=None):
    return (db or sqlite3.connect(file.name)).execute("select v from c where k = ?", (k,)).fetchall()
"""
ON_SQLITE = {  # name: (program, what is found of c: kind, confidence, executions, column)
    "a_thread_for_each_row": ("""
for (k,) in db.execute("select k from p").fetchall():
    thread = threading.Thread(target=child, args=(k,)); thread.start(); thread.join()
""", ("n_plus_one", "proven", 30, "k")),
    "threads_for_all_rows_at_once": ("""
threads = [threading.Thread(target=child, args=(k,)) for (k,) in db.execute("select k from p").fetchall()]
for thread in threads: thread.start()
for thread in threads: thread.join()
""", ("n_plus_one", "proven", 30, "k")),
    "a_thread_for_each_key_of_a_file": ("""
for k in range(700, 740, 3):
    thread = threading.Thread(target=child, args=(k,)); thread.start(); thread.join()
""", ("n_plus_one", "possible", 14, None)),
    "lists_of_one_and_two": ("""
for k, other in db.execute("select k, other from p").fetchall():
    keys = [key for key in (k, other) if key]
    db.execute(f"select v from c where k in ({','.join('?' * len(keys))})", keys).fetchall()
""", ("n_plus_one", "proven", 30, "k")),
    "a_list_and_one_that_is_left": ("""
keys = [k for (k,) in db.execute("select k from p limit 11").fetchall()]
for chunk in (keys[:10], keys[10:]):
    db.execute(f"select v from c where k in ({','.join('?' * len(chunk))})", chunk).fetchall()
""", None),
    "sleeps_in_between": ("""
import time
for (k,) in db.execute("select k from p limit 8").fetchall():
    child(k, db)
    time.sleep(.09)
""", ("n_plus_one", "proven", 8, "k")),
    "answers_on_a_socket_in_between": ("""
import socket
left = socket.create_server(("127.0.0.1", 0))
def serve():
    peer, _ = left.accept()
    while peer.send(peer.recv(1) or b"."): pass
threading.Thread(target=serve, daemon=True).start()
right = socket.create_connection(left.getsockname())
for (k,) in db.execute("select k from p").fetchall():
    right.send(b"x"); right.recv(1)
    child(k, db)
""", ("n_plus_one", "proven", 30, "k")),
    "in_a_function_of_the_program": ("""
db.create_function("lookup", 1, lambda k: child(k, db)[0][0])
db.execute("select id, lookup(k) from p").fetchall()
""", ("n_plus_one", "likely", 30, None)),
}


POOL = """
import multiprocessing
if __name__ == "__main__":
    keys = [k for (k,) in db.execute("select k from p").fetchall()]
    with multiprocessing.Pool(3) as pool:
        pool.map(child, keys[:%s], chunksize=1)
        pool.close(); pool.join()
"""
IN_PROCESSES = {
    "a_pool_of_workers": (POOL % 30, ("n_plus_one", "likely", 30, None)),
    "workers_whose_work_is_no_result": (POOL.replace("(child, keys", "(child, 3 * keys") % 41, None),
    "a_process_for_each_row": ("""
import os
for (k,) in db.execute("select k from p").fetchall():
    if (worker := os.fork()) == 0:
        child(k)
        os._exit(0)
    os.waitpid(worker, 0)
""", ("n_plus_one", "likely", 30, None)),
}


def findings_of(build, recording, table="c"):
    report = build.report(recording)
    texts = {group["id"]: group["statement"]["text"] for group in report["groups"]}
    return [(finding["kind"], finding["confidence"], finding["executions"], finding["parent_column"]) for finding in report["findings"]
            if f" {table} " in texts[finding["group"]] and not texts[finding["group"]].startswith("insert")]


def run(build, tmp_path, program, **variables):
    (tmp_path / "program.py").write_text(program)
    result = build.run_watched([PYTHON, tmp_path / "program.py"], tmp_path / "recording.pb", **variables)
    assert (result.returncode, result.stderr) == (0, b""), result.stderr.decode()
    return tmp_path / "recording.pb"


@pytest.mark.parametrize("name", ON_SQLITE)
def test_sqlite(build, tmp_path, name):
    program, wanted = ON_SQLITE[name]
    assert findings_of(build, run(build, tmp_path, KEYS + program)) == ([wanted] if wanted else [])


@pytest.mark.parametrize("name", IN_PROCESSES)
def test_processes(build, tmp_path, name):
    program, wanted = IN_PROCESSES[name]
    (tmp_path / "program.py").write_text(KEYS + program)
    (tmp_path / "recordings").mkdir()
    recordings = f"{tmp_path}/recordings/"
    result = build.run_watched([PYTHON, tmp_path / "program.py"], recordings)
    assert (result.returncode, result.stderr) == (0, b""), result.stderr.decode()
    assert findings_of(build, recordings) == ([wanted] if wanted else [])


NOT_FORKED = """
import multiprocessing, sqlite3
def child(k):
    return sqlite3.connect("keys.db").execute("select v from c where k = ?", (k,)).fetchall()
if __name__ == "__main__":
    db = sqlite3.connect("keys.db")
    db.executescript("create table p(id integer primary key, k); create table c(k, v)")
    db.executemany("insert into p values (?, ?)", [(i, 500 + i * 37 %% 101) for i in range(1, 31)])
    db.execute("insert into c select k, 'v' from p")
    db.commit()
    with multiprocessing.get_context(%r).Pool(3) as pool:
        pool.map(child, [k for (k,) in db.execute("select k from p").fetchall()][:%s], chunksize=1)
        pool.close(); pool.join()
"""


@pytest.mark.parametrize("rows, wanted", ((30, [("n_plus_one", "likely", 30, None)]), (23, [])))
@pytest.mark.parametrize("method", ("spawn", "forkserver"))
def test_workers_that_begin_anew(build, tmp_path, method, rows, wanted):
    (tmp_path / "program.py").write_text(NOT_FORKED % (method, rows))
    (tmp_path / "recordings").mkdir()
    recordings = f"{tmp_path}/recordings/"
    result = build.run_watched([PYTHON, "program.py"], recordings, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, b""), result.stderr.decode()
    assert findings_of(build, recordings) == wanted


SERVER = KEYS + """
import http.server, urllib.request
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        own = sqlite3.connect(file.name)
        if self.path == "/":
            answer = ",".join(str(k) for (k,) in own.execute("select k from p"))
        else:
            answer = child(int(self.path[1:]), own)[0][0]
        self.send_response(200); self.end_headers(); self.wfile.write(answer.encode())
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
get = lambda path: urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/{path}").read().decode()
for key in get("").split(","):
    get(key)
"""


def test_one_question_for_each_visitor_in_a_thread_of_its_own_is_none(build, tmp_path):
    assert findings_of(build, run(build, tmp_path, SERVER)) == []


ON_POSTGRESQL = {
    "a_copy_for_each_row": ("""
cursor.execute("select k from p")
for (k,) in cursor.fetchall():
    cursor.copy_expert("copy c from stdin", io.StringIO(f"{k}\\tv\\n"))
""", ("write_loop", "likely", 12, None)),
    "a_copy_of_many_rows": ("""
for start in range(0, 12000, 1000):
    cursor.copy_expert("copy c from stdin", io.StringIO("".join(f"{k}\\tv\\n" for k in range(start, start + 1000))))
""", None),
    "a_parent_fetched_row_by_row": ("""
cursor.execute("declare rows cursor for select id, k from p")
cursor.execute("fetch 1 from rows")
while row := cursor.fetchone():
    cursor.execute("select v from c where k = %s", (row[1],)); cursor.fetchall()
    cursor.execute("fetch 1 from rows")
""", ("n_plus_one", "proven", 12, "k")),
    "a_webhook_before_each_update": ("""
import http.server, threading, time, urllib.request
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self): time.sleep(.06); self.send_response(204); self.end_headers()
    def log_message(self, *_): pass
web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=web.serve_forever, daemon=True).start()
connection.commit()
connection.autocommit = True
cursor.execute("select k from p")
for (k,) in cursor.fetchall():
    urllib.request.urlopen(f"http://127.0.0.1:{web.server_port}/").read()
    cursor.execute("update c set v = 'w' where k = %s", (k,))
""", ("write_loop", "proven", 12, "k")),
    "an_update_after_each_slow_answer": ("""
import time
connection.commit()
connection.autocommit = True
cursor.execute("select k from p")
for (k,) in cursor.fetchall():
    time.sleep(.09)
    cursor.execute("update c set v = 'w' where k = %s", (k,))
""", ("write_loop", "proven", 12, "k")),
}


@pytest.mark.parametrize("name", ON_POSTGRESQL)
def test_postgresql(build, server, tmp_path, name):
    program, wanted = ON_POSTGRESQL[name]
    recording = run(build, tmp_path, """
import io, psycopg2
connection = psycopg2.connect("")
cursor = connection.cursor()
cursor.execute("create table p(id int, k int); create table c(k int, v text);"
               "insert into p select i, 500 + i * 37 % 101 from generate_series(1, 12) i; insert into c select k, 'v' from p")
""" + program, **dict(server.variables, PGDATABASE=server.new_database()))
    assert findings_of(build, recording) == ([wanted] if wanted else [])
    if name == "a_copy_for_each_row":
        assert "one COPY" in build.report(recording)["findings"][0]["advice"]["text"]
