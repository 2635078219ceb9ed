"""How many executions of the parent caused how many of the child is told by powers of two, over threads and recordings, too."""
from python_samples import PYTHON

PROGRAM = """
import sqlite3, threading
SIZES = [1] * 5 + [2] * 3 + [3] * 4 + [7] * 2 + [40, 511, 512, 900]
def shop():
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("create table orders(id integer primary key, customer integer)")
    db.execute("create table item(order_id integer, name text)")
    key = 90000
    for customer, size in enumerate(SIZES):
        for _ in range(size):
            key += 7919
            db.execute("insert into orders values (?, ?)", (key, customer))
    for customer in range(len(SIZES)):
        for (order,) in db.execute("select id from orders where customer = ? order by id", (customer,)).fetchall():
            db.execute("select name from item where order_id = ?", (order,)).fetchall()
shop()
thread = threading.Thread(target=shop)
thread.start()
thread.join()
"""


def test_the_sizes_of_episodes_are_counted(build, tmp_path):
    recordings = [tmp_path / "first.pb", tmp_path / "second.pb"]
    for path in recordings:
        run = build.run_watched([PYTHON, "-c", PROGRAM], path)
        assert (run.returncode, run.stderr) == (0, b"")
    for paths, times in ((recordings[:1], 2), (recordings, 4)):
        # A group for each of the two threads, as their stacks differ. The customers are counted by the program.
        findings = [finding for finding in build.report(*paths)["findings"] if finding["parent_column"] == "id"]
        assert len(findings) == 2
        sizes = {}
        for finding in findings:
            for size in finding["evidence"]["episode_sizes"]:
                sizes[size["least"]] = sizes.get(size["least"], 0) + size["episodes"]
            assert sum(size["episodes"] for size in finding["evidence"]["episode_sizes"]) == finding["episodes"]
        assert sizes == {1: 5 * times, 2: 7 * times, 4: 2 * times, 32: times, 256: times, 512: 2 * times}
