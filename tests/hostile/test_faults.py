"""Each system call of the agent that may be refused is refused once: the program does not notice."""
import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

JAVASCRIPT = Path(__file__).resolve().parents[1] / "programs/javascript"
FAULTS = "tests/programs/memory/libnplus1_faults.so"
SAMPLES = {"sqlite": ("customers_orders_items_lazy", ("6", "4", "3")), "postgresql": ("customers_orders_items_lazy", ("6", "4", "3"))}
LEAST = 15  # there are as many calls, or it is not the agent that is tried


def calls_of(path):
    return struct.unpack("l", path.read_bytes())[0]


def refuse_each(build, folder, command, **variables):
    """Runs the command with each call refused once; how many there are, and the numbers of those by which the program was another."""
    alone = build.run(command, **variables)

    def run(number):
        own = folder / str(number)
        own.mkdir()
        result = build.run(command, LD_PRELOAD=str(build.folder / FAULTS), NPLUS1_OUTPUT=f"{own}/", NPLUS1_FAULT_AT=str(number),
                           NPLUS1_FAULT_COUNT=str(own / "count"), **variables)
        lines = result.stderr.decode().splitlines()
        return number, own, (result.returncode, result.stdout) == (alone.returncode, alone.stdout), \
            len(lines) <= 1 and all(line.startswith("nplus1: ") for line in lines)

    _, own, same, quiet = run(0)
    assert same and quiet and list(own.glob("*.pb"))
    count = calls_of(own / "count")
    assert count >= LEAST
    with ThreadPoolExecutor(2) as pool:
        return count, [number for number, _, same, quiet in pool.map(run, range(1, count + 1)) if not (same and quiet)]


@pytest.mark.parametrize("system", SAMPLES)
def test_any_system_call_may_be_refused_once(build, request, tmp_path, system):
    name, sizes = SAMPLES[system]
    variables = request.getfixturevalue("server").variables if system == "postgresql" else {}
    count, differing = refuse_each(build, tmp_path, [build.sample(name, system), *sizes], **variables)
    print(f"\n{system}: {count} system calls of the agent, each refused once")  # pytest -s shows it, for docs/transparency.md
    assert differing == []


def test_any_system_call_may_be_refused_once_where_nodes_pool_executes(build, tmp_path):
    addon = tmp_path / "pool.node"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-I/usr/include/node", JAVASCRIPT / "pool.c", "-lsqlite3", "-o", addon], check=True)
    assert refuse_each(build, tmp_path, ["node", JAVASCRIPT / "pool.js", "20"], POOL=str(addon))[1] == []


@pytest.mark.parametrize("limit", ["1M", "2M"])
def test_a_further_library_works_when_memory_is_used_up(build, server, tmp_path, limit):
    command = [build.hostile("out_of_memory"), "3000"]
    alone = build.run(command, **server.variables)
    assert alone.returncode == 0, alone.stderr
    run = build.run_watched(command, tmp_path / "memory.pb", NPLUS1_MAX_MEMORY=limit, **server.variables)
    assert (run.returncode, run.stdout, run.stderr) == (0, alone.stdout, b"")
    report = build.report(tmp_path / "memory.pb")
    assert report["totals"]["executions"] >= 3000  # what comes on a connection that is not known any more is not seen
    assert sum(process["left_out"] for process in report["processes"]) > 0


def test_sixty_thousand_statements_fit_into_the_memory_there_is(build, tmp_path):
    run = build.run_watched([build.hostile("many_statements"), "70000"], tmp_path / "many.pb")
    assert (run.returncode, run.stderr) == (0, b"")
    report = build.report(tmp_path / "many.pb")
    assert report["totals"]["executions"] == 70000
    assert len(report["groups"]) >= 62500


def test_where_addresses_are_limited_few_are_taken(build, tmp_path):
    """How many MiB a program can still map, alone and watched, under RLIMIT_AS."""
    def mapped(**variables):
        command = ["/bin/sh", "-c", f"ulimit -v 204800; exec {build.hostile('mapped_addresses')}"]
        result = build.run(command, **variables)
        assert (result.returncode, result.stderr) == (0, b"")
        return int(result.stdout)
    alone = mapped()
    watched = mapped(LD_PRELOAD=str(build.agent), NPLUS1_OUTPUT=str(tmp_path / "recording.pb"))
    assert alone > 100 and alone - watched <= 16
    assert build.report(tmp_path / "recording.pb")["totals"]["executions"] == 1
