"""Programs with a libpq inside that exports no function: they are followed by the protocol, and what is told of them, statement by
statement and place by place, is what is told of the same programs with the shared library."""
import os
import subprocess
from collections import Counter

import pytest
from conftest import ROOT
from drivers.libpq.static import StaticPrograms
from postgresql import calls_by_statement, executions_by_statement

PROGRAMS, SAMPLES = ROOT / "tests/programs/postgresql", ROOT / "samples/c"
LONG = os.environ.get("NPLUS1_TEST_CLIENTS")  # of `make clients-protocol`
# What differs: (function, text) -> executions, rows, errors with the library inside.
OTHERWISE = {
    "connections": {},
    "statements": {("jumped_out", "set client_encoding to ?"): (1, 0, 0)},  # by PQsetClientEncoding, which the server counts, too
    "pipeline": {("abandoned", "select ?::int as abandoned"): (7, 7, 0)},  # what came is counted, whether anybody takes it or not
    "lost": {("while_idle", "select ? as while_idle"): None},  # it was never sent
    **({"values": {}} if LONG else {}),
}
SCENES = ("users_posts_comments_lazy", "orders_customer_selectin", "async")
# The server forgets what it had not ended when the connection went, and shows two texts that differ in a name as one.
UNENDED = {"nosync", "pipeline_idle", "singlerow"}


@pytest.fixture(scope="module")
def programs(build):
    return StaticPrograms(build)


def table(report):
    found = {}
    for group in report["groups"]:
        key = (group["location"]["function"], group["statement"]["text"])
        found.setdefault(key, Counter()).update(executions=group["executions"], rows=group["rows"], errors=group["errors"])
    return {key: (sums["executions"], sums["rows"], sums["errors"]) for key, sums in found.items()}


def watch(build, server, folder, program, *words):
    folder.mkdir()
    database = server.new_database()
    server.forget_calls()
    run = build.run_watched([program, *words], folder / "%p.pb", **{**server.variables, "PGDATABASE": database})
    report = build.report(*sorted(folder.glob("*.pb")))
    assert [process["left_out"] for process in report["processes"]] == [0] * len(report["processes"])
    return run, report, calls_by_statement(build, server.calls(database))


def findings(report):
    groups = {group["id"]: (group["location"]["function"], group["statement"]["text"]) for group in report["groups"]}
    return sorted((finding["kind"], finding["confidence"], groups[finding["group"]], finding["executions"]) for finding in report["findings"])


@pytest.mark.parametrize("name", OTHERWISE)
def test_a_program(build, server, programs, tmp_path, name):
    run, shared, _ = watch(build, server, tmp_path / "shared", build.program("postgresql", name))
    inside, report, _ = watch(build, server, tmp_path / "inside", programs.program(name, PROGRAMS / f"{name}.c"))
    assert (inside.returncode, inside.stdout, inside.stderr) == (run.returncode, run.stdout, run.stderr)
    expected = {**table(shared), **OTHERWISE[name]}
    assert table(report) == {key: numbers for key, numbers in expected.items() if numbers}


@pytest.mark.parametrize("inside", (False, True))
def test_writes_that_are_waited_for_together_are_no_loop(build, server, programs, tmp_path, inside):
    program = programs.program("batches", PROGRAMS / "batches.c") if inside else build.program("postgresql", "batches")
    run, report, _ = watch(build, server, tmp_path / "recording", program)
    assert (run.returncode, run.stderr) == (0, b"")
    loops, together = {"one_by_one", "in_a_pipeline_each", "behind_the_begin"}, {"in_one_text", "in_a_pipeline", "in_pipelines_of_five"}
    found, executions = set(), Counter()
    for group in report["groups"]:
        if group["statement"]["text"].startswith("insert"):
            [sender] = {frame["function"] for frame in group["stack"]} & (loops | together)
            executions[sender] += group["executions"]
            found.update(sender for finding in report["findings"] if (finding["group"], finding["kind"]) == (group["id"], "write_loop"))
    assert executions == dict.fromkeys(loops | together, 20)
    assert found == loops


@pytest.mark.parametrize("name", SCENES)
def test_a_sample(build, server, programs, tmp_path, name):
    sources = [SAMPLES / f"postgresql/{name}.c", SAMPLES / "postgresql/shop.c", *sorted((SAMPLES / "common").glob("*.c"))]
    _, shared, _ = watch(build, server, tmp_path / "shared", build.sample(name, "postgresql"))
    run, report, calls = watch(build, server, tmp_path / "inside", programs.program(name, *sources))
    assert (run.returncode, run.stderr) == (0, b"")
    assert executions_by_statement(report) == calls
    assert table(report) == table(shared)
    assert findings(report) == findings(shared)


def test_doctor_says_that_it_is_followed(build, programs):
    text = build.view("doctor", "--", programs.program("pipeline", PROGRAMS / "pipeline.c")).stdout.decode()
    assert "seen        libpq (hidden inside)" in text and "followed by the server's protocol" in text and "not seen" not in text


@pytest.mark.skipif(not LONG, reason="libpq_pipeline comes with PostgreSQL's source package: make clients-protocol")
def test_the_pipelines_of_postgresql_itself(build, server, programs, tmp_path):
    program = programs.program("libpq_pipeline", programs.source_of_postgresql("src/test/modules/libpq_pipeline/libpq_pipeline.c"))
    names = subprocess.run([program, "tests"], capture_output=True, text=True, check=True).stdout.split()
    assert len(names) > 10
    differ = {}
    for name in names:
        run, report, calls = watch(build, server, tmp_path / name, program, name, "", "1000")
        assert run.returncode == 0, run.stderr.decode()
        if executions_by_statement(report) != calls:
            differ[name] = (executions_by_statement(report), calls)
    assert set(differ) <= UNENDED, differ
