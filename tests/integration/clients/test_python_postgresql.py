"""The Python samples on PostgreSQL: psycopg2 and psycopg 3 by themselves, SQLAlchemy, Django and peewee over psycopg2."""
import json

import pytest
from postgresql import calls_by_statement, executions_by_statement
from python_samples import HOOKS, PYTHON, SOURCES, SQLALCHEMY, marked_lines, needs_psycopg, scenes_of

CLIENTS = {  # sample -> drivers
    "psycopg": ("psycopg2", "psycopg"),
    "sqlalchemy": ("psycopg2",),
    "django": ("psycopg2",),
    "peewee": ("psycopg2",),
}
CHECK_OF_REFERENCE = " for key share of x"  # what the server runs by itself
CASES = [pytest.param(sample, driver, scene, id=f"{sample}-{driver}-{scene}", marks=[needs_psycopg] if driver == "psycopg" else [])
         for sample, drivers in CLIENTS.items() for driver in drivers for scene in scenes_of(sample)]


def run_sample(build, server, folder, sample, driver, scene):
    database = server.new_database()
    url = {"psycopg": f"dbname={database}", "sqlalchemy": f"postgresql+{driver}:///{database}", "peewee": f"postgresql:///{database}",
           "django": f"postgresql:///{database}"}[sample]
    run = build.run_watched([PYTHON, "-B", SOURCES / f"{sample}_shop.py", scene, "--db", url, "--counts", folder / "counts.json"],
                            folder / "recording.pb", DRIVER=driver, **server.variables)
    assert (run.returncode, run.stderr) == (0, b""), run.stderr.decode()
    report = build.report(folder / "recording.pb", NPLUS1_LIBRARY=str(SOURCES / "django_hook.py"))
    return database, json.loads((folder / "counts.json").read_text()), report


@pytest.mark.parametrize("sample, driver, scene", CASES)
def test_scene(build, server, tmp_path, sample, driver, scene):
    server.forget_calls()
    database, counts, report = run_sample(build, server, tmp_path, sample, driver, scene)
    calls = calls_by_statement(build, server.calls(database))
    assert executions_by_statement(report) == {text: count for text, count in calls.items() if not text.endswith(CHECK_OF_REFERENCE)}
    source = SOURCES / f"{sample}_shop.py"
    loads = [group for group in report["groups"] if any(frame["function"] == scene for frame in group["stack"])
             and not group["statement"]["text"].startswith(("begin", "commit"))]
    assert sum(group["executions"] for group in loads) == counts["expected"]
    assert counts["hook"] == (counts["expected"] if sample in HOOKS else None)
    if sample == "sqlalchemy":
        assert counts["expected"] == SQLALCHEMY[scene]
    findings = [finding for finding in report["findings"] if finding["group"] in {group["id"] for group in loads}]
    marked = marked_lines(source, scene)
    assert [(finding["kind"], finding["confidence"]) for finding in findings] == [("n_plus_one", "proven")] * len(marked)
    groups = {group["id"]: group for group in loads}
    # The psycopg sample sends its statements in a function of its own.
    callers = [next(frame for frame in groups[finding["group"]]["stack"] if frame["function"] == scene) for finding in findings]
    assert sorted(frame["line"] for frame in callers) == marked
    assert {finding["location"]["file"] for finding in findings} <= {str(source)}
    if sample != "psycopg":
        assert sorted(finding["location"]["line"] for finding in findings) == marked
    for finding in findings:
        assert finding["parent"] in {group["id"] for group in loads}
        assert finding["distinct_values"] == (10 if scene.startswith("orders_customer") else finding["executions"])


PIPELINE = """
import time
import psycopg
with psycopg.connect() as connection:
    begun = time.monotonic()
    with connection.pipeline():
        for number in range(20):
            connection.execute("select pg_sleep(0.01), %s::int", (number,))
    print(int((time.monotonic() - begun) * 1e9))
"""


@needs_psycopg
def test_the_times_of_a_pipeline_are_no_more_than_it_took(build, server, tmp_path):
    """Twenty statements wait for each other's answers: each waits from the answer before its own."""
    run = build.run_watched([PYTHON, "-c", PIPELINE], tmp_path / "recording.pb",
                            **{**server.variables, "PGDATABASE": server.new_database()})
    assert run.returncode == 0, run.stderr.decode()
    sleeps, = [group for group in build.report(tmp_path / "recording.pb")["groups"] if "pg_sleep" in group["statement"]["text"]]
    assert sleeps["executions"] == 20
    assert 20 * 10_000_000 * 0.9 < sleeps["time_ns"] < int(run.stdout) * 1.1 + 20_000_000
