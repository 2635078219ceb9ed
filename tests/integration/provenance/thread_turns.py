"""A pool's threads in turns, each with connections of its own, one of which reads the parent: thread_turns.py KEYS THREADS

KEYS: all of the parent's, or some numbers that the program counts up to by itself."""
import queue
import sqlite3
import sys
import threading

keys, threads, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
db = sqlite3.connect(path)
db.execute("CREATE TABLE authors(id INTEGER PRIMARY KEY, name TEXT)")
db.execute("CREATE TABLE books(id INTEGER PRIMARY KEY, author_id INTEGER)")
db.executemany("INSERT INTO authors VALUES (?, 'author')", ((i,) for i in range(1, 41)))
db.executemany("INSERT INTO books(author_id) VALUES (?)", ((i % 40 + 1,) for i in range(120)))
db.commit()
db.close()


class Worker(threading.Thread):
    def __init__(self):
        super().__init__()
        self.work, self.done = queue.Queue(), queue.Queue()
        self.start()

    def run(self):
        for statement in iter(self.work.get, None):
            own = sqlite3.connect(path)
            self.done.put(own.execute(*statement).fetchall())
            own.close()

    def ask(self, *statement):
        self.work.put(statement)
        return self.done.get()


workers = [Worker() for _ in range(threads)]
rows = workers[0].ask("SELECT id, name FROM authors ORDER BY id")
for number, (key, _) in enumerate(rows if keys == "all" else rows[:25]):
    workers[(number + 1) % threads].ask("SELECT id FROM books WHERE author_id = ?", (key,))
for worker in workers:
    worker.work.put(None)
    worker.join()
