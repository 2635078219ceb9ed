"""Keys of every type come from their parent's column, whatever form the rows and the keys are sent in."""
from pathlib import Path

import pytest
from python_samples import PYTHON, needs_psycopg

SCRIPT = Path(__file__).with_name("key_types.py")
FORMS = [("psycopg2", "text", "text"), *(("psycopg", rows, keys) for rows in ("text", "binary") for keys in ("text", "binary"))]
CASES = [pytest.param(*form, way, id="-".join((*form, way)), marks=[needs_psycopg] if form[0] == "psycopg" else [])
         for form in FORMS for way in ("same", "other", "list")]


@pytest.mark.parametrize("driver, rows, keys, way", CASES)
def test_postgresql(build, server, tmp_path, driver, rows, keys, way):
    run = build.run_watched([PYTHON, "-B", SCRIPT, driver, rows, keys, way], tmp_path / "recording.pb", PGDATABASE=server.new_database(),
                            **{name: value for name, value in server.variables.items() if name != "PGDATABASE"})
    assert (run.returncode, run.stderr) == (0, b""), run.stderr.decode()
    tables = run.stdout.decode().split()
    report = build.report(tmp_path / "recording.pb")
    groups = {group["id"]: group["statement"]["text"] for group in report["groups"]}
    found = {}
    for finding in report["findings"]:
        if finding["kind"] == "n_plus_one":
            child = groups[finding["group"]].split()[3].removeprefix("child_")
            parent = groups[finding["parent"]].split()[5].removeprefix("parent_") if finding["parent"] else None
            found[child] = (finding["confidence"], parent, finding["parent_column"], finding["executions"])
    assert len(tables) == 18
    assert found == {table: ("proven", table, "k", 6) for table in tables}


SQLITE = """
import sqlite3, uuid
db = sqlite3.connect(":memory:")
ids = [uuid.UUID(int=0x1234567890abcdef1234567890abcdef * (i + 3) % 2**128) for i in range(6)]
LOOPS = {  # affinity of the column, keys that are stored, how each is sent
    "integers": ("integer", [31, 17, 250, 1999, 42, 777], lambda key: key),
    "integers_as_text": ("integer", [31, 17, 250, 1999, 42, 777], str),
    "integers_as_real": ("integer", [31, 17, 250, 1999, 42, 777], float),
    "text_as_integers": ("text", ["31", "17", "250", "1999", "42", "777"], int),
    "real": ("real", [0.1, 2.5, 1999.99, 0.30000000000000004, -7e-05, 3.0], lambda key: key),
    "real_as_text": ("real", [0.1, 2.5, 1999.99, 0.30000000000000004, -7e-05, 3.0], repr),
    "text": ("text", ["north", "south", "o'brien", "west-2", "42 bis", "007"], lambda key: key),
    "blobs": ("blob", [bytes([i, 0, 255, 7 * i]) for i in range(1, 7)], lambda key: key),
    "uuids": ("blob", [i.bytes for i in ids], lambda key: key),
    "dates": ("text", ["2024-02-29", "1999-12-31", "2011-07-05", "2024-03-17", "1970-01-01", "2030-10-10"], lambda key: key),
    "times": ("text", [f"2024-02-29 10:{i * 7 % 60:02}:00" for i in range(3, 9)], lambda key: key),
}
for name, (affinity, keys, sent) in LOOPS.items():
    db.execute(f"create table parent_{name}(id, other, k {affinity})")
    db.execute(f"create table child_{name}(k {affinity}, v)")
    db.executemany(f"insert into parent_{name} values (?, ?, ?)", [(i + 1, f"n{i}", key) for i, key in enumerate(keys)])
    db.executemany(f"insert into child_{name} values (?, 'v')", [(key,) for key in keys])
db.commit()
for name, (affinity, keys, sent) in LOOPS.items():
    for bound in (True, False):
        rows = db.execute(f"select id, other, k from parent_{name}").fetchall()
        for _, _, key in rows:
            if bound:
                found = db.execute(f"select v from child_{name} where k = ?", (sent(key),)).fetchall()
            else:
                literal = f"x'{key.hex()}'" if affinity == "blob" else repr(sent(key)) if "o'" not in str(key) else "'o''brien'"
                found = db.execute(f"select v as literal from child_{name} where k = " + literal).fetchall()
            assert found, (name, key)
    print(name)
"""


def test_sqlite(build, tmp_path):
    (tmp_path / "program.py").write_text(SQLITE)
    run = build.run_watched([PYTHON, tmp_path / "program.py"], tmp_path / "recording.pb")
    assert (run.returncode, run.stderr) == (0, b""), run.stderr.decode()
    report = build.report(tmp_path / "recording.pb")
    groups = {group["id"]: group["statement"]["text"] for group in report["groups"]}
    found = {(groups[finding["group"]], finding["confidence"], finding["parent_column"], finding["executions"])
             for finding in report["findings"] if finding["kind"] == "n_plus_one"}
    names = run.stdout.decode().split()
    assert len(names) == 11
    assert found == {(f"select {columns} from child_{name} where k = ?", "proven", "k", 6) for name in names
                     for columns in ("v", "v as literal")}
