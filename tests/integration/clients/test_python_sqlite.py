"""A Python program that uses the sqlite3 module: 50,000 executions over 8 threads with a connection each."""

PROGRAM = r"""
import sqlite3, threading, sys

EACH = 6250
sums = [0] * 8

def work(number):
    db = sqlite3.connect(":memory:", isolation_level=None)
    run = 0
    db.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v)"); run += 1
    db.execute("BEGIN"); run += 1
    db.executemany("INSERT INTO t(v) VALUES (?)", ((i * number,) for i in range(1000))); run += 1000
    db.execute("COMMIT"); run += 1
    while run < EACH:
        row = db.execute("SELECT v FROM t WHERE id = ?", (run % 1000 + 1,)).fetchone(); run += 1
        sums[number] += row[0]
        if run % 100 == 0 and run < EACH:
            sums[number] += len(db.execute("SELECT id FROM t WHERE v > ? LIMIT 3", (run,)).fetchall()); run += 1
        if run % 1000 == 7 and run < EACH:
            try:
                db.execute("INSERT INTO t(id) VALUES (1)");
            except sqlite3.IntegrityError as error:
                sums[number] += len(str(error))
            run += 1
    db.close()

threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sums)
print("to stderr", file=sys.stderr)
sys.exit(7)
"""


def test_fifty_thousand_executions_over_eight_threads_are_all_counted(build, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    alone = build.run(["/usr/bin/python3", program])
    run = build.run_watched(["/usr/bin/python3", program], tmp_path / "recording.pb")
    assert alone.returncode == 7
    assert (run.returncode, run.stdout, run.stderr) == (alone.returncode, alone.stdout, alone.stderr)
    report = build.report(tmp_path / "recording.pb")
    assert report["totals"]["executions"] == 50000
    by_text = {}
    for group in report["groups"]:
        text = group["statement"]["text"]
        by_text[text] = by_text.get(text, 0) + group["executions"]
    assert sum(by_text.values()) == 50000
    assert by_text["insert into t(v) values (?)"] == 8000
    assert by_text["begin"] == by_text["commit"] == 8
    assert report["totals"]["errors"] == by_text["insert into t(id) values (?)"]
    assert report["processes"][0]["left_out"] == 0
