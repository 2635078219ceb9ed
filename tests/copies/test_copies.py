"""However SQLite was compiled into a program, its loop is counted and proven and its eager twin is silent, or nothing at all is
seen of it and doctor says why; and the program prints the same.

What was executed the program says itself: it has SQLite's trace count."""
import os
import shutil
from pathlib import Path

import pytest
from builds import LIBRARIES, PROGRAMS, VERSIONS, Copies, Way
from conftest import prepared

ALL = "COPIES" in os.environ
BEHAVIOUR = sorted(PROGRAMS.glob("behaviour*.c"))
HOWS = {"lazy": [("n_plus_one", "proven", 300)], "callback": [("n_plus_one", "proven", 300)], "eager": []}
# In `make test`: these are compiled within seconds.
FEW = [
    Way("gcc -O0", flags=("-O0",)),
    Way("gcc -O0, a module", flags=("-O0",), module=True),
]
BARE = ("-fno-asynchronous-unwind-tables", "-fno-unwind-tables")
MANY = [
    Way("gcc -O0, static and position independent", flags=("-O0",), link=("-static-pie", "-s"), patched=False),
    Way("gcc -O0, one translation unit", flags=("-O0",), one=True),
    Way("clang -O0, one translation unit", "clang", ("-O0",), one=True),
    Way("gcc -O0, linked as one", flags=("-O0", "-flto"), link=("-O0", "-flto", "-s")),
    Way("clang -O0, linked as one", "clang", ("-O0", "-flto"), ("-O0", "-flto", "-s")),
    Way("gcc -O1", flags=("-O1",)),
    Way("gcc -Os", flags=("-Os",)),
    Way("gcc -O3 of this machine", flags=("-O3", "-march=native")),
    Way("gcc -O2"),
    Way("gcc -O2, guarded branches", flags=("-O2", "-fcf-protection=full")),
    Way("gcc -O2, frame pointers", flags=("-O2", "-fno-omit-frame-pointer", "-fcf-protection=none")),
    Way("gcc -O2, a fixed address", flags=("-O2", "-fno-pie"), link=("-no-pie", "-s")),
    Way("gcc -O2, a fixed address, constants among its code", flags=("-O2", "-fno-pie"), link=("-no-pie", "-s", "-Wl,-z,noseparate-code")),
    Way("gcc -O2, a section each", flags=("-O2", "-ffunction-sections", "-fdata-sections"), link=("-s", "-Wl,--gc-sections")),
    Way("gcc -O1, a section each, no call frame information", flags=("-O1", "-ffunction-sections", *BARE), link=("-s", "-Wl,--gc-sections")),
    Way("clang -O1, a section each, no call frame information", "clang", ("-O1", "-ffunction-sections", *BARE)),
    Way("gcc -O1, linked as one", flags=("-O1", "-flto"), link=("-O1", "-flto", "-s")),
    Way("gcc -O2, linked as one", flags=("-O2", "-flto"), link=("-O2", "-flto", "-s")),
    Way("gcc -O1, one translation unit", flags=("-O1",), one=True),
    Way("gcc -O2, one translation unit", one=True),
    Way("gcc -O3, one translation unit", flags=("-O3",), one=True),
    Way("gcc -O2, one translation unit, a fixed address", flags=("-O2", "-fno-pie"), link=("-no-pie", "-s"), one=True),
    Way("gcc -O3, one translation unit, a module", flags=("-O3",), one=True, module=True),
    Way("clang -O0", "clang", ("-O0",)),
    Way("clang -O1", "clang", ("-O1",)),
    Way("clang -O2", "clang"),
    Way("clang -O3 of this machine", "clang", ("-O3", "-march=native")),
    Way("clang -Os", "clang", ("-Os",)),  # its sqlite3_close is too short
    Way("clang -O1, linked as one", "clang", ("-O1", "-flto"), ("-O1", "-flto", "-s")),
    Way("clang -O2, linked as one", "clang", ("-O2", "-flto"), ("-O2", "-flto", "-s")),
    Way("clang -O2, linked as one, thin", "clang", ("-O2", "-flto=thin"), ("-O2", "-flto=thin", "-s")),
    Way("clang -O1, one translation unit", "clang", ("-O1",), one=True),
    Way("clang -O2, one translation unit", "clang", one=True),
    Way("clang -O3, one translation unit", "clang", ("-O3",), one=True),
    Way("of 2022, gcc -Os", flags=("-Os",), version="middle"),
    Way("of 2020, gcc -O2", version="old"),
    Way("of 2020, gcc -O2, one translation unit", version="old", one=True),
    Way("of 2022, clang -O2, one translation unit", "clang", version="middle", one=True),
]


@pytest.fixture(scope="session")
def copies(build):
    return prepared(Copies(build.folder))


def run(build, folder, words):
    variables = {"HIDDEN_COUNT": str(folder / "count")}
    alone = build.run(words, cwd=folder, **variables)
    watched = build.run_watched(words, folder / "recording.pb", cwd=folder, NPLUS1_HIDDEN="1", **variables)
    assert (watched.returncode, watched.stdout, watched.stderr) == (0, alone.stdout, b"")
    recording = folder / "recording.pb"
    return int((folder / "count").read_text()), build.report(recording) if recording.exists() else None


def check(build, folder, way, path, how):
    count, report = run(build, folder, [*([build.program("hidden", "shop_host"), 1] if way.module else []), path, how, 300])
    said = build.view("doctor", path).stdout.decode()
    assert VERSIONS[way.version] in said
    if not way.patched:
        assert report is None
        reason = "a static program: it has no loader" if "-static-pie" in way.link else "a copy of SQLite is hidden inside, and "
        assert reason in " ".join(said.split()) and "seen by" not in said
        return
    assert report["totals"]["executions"] == count
    assert [(finding["kind"], finding["confidence"], finding["executions"]) for finding in report["findings"]] == HOWS[how]


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("way", FEW, ids=str)
def test_a_few_ways(build, copies, tmp_path, way, how):
    check(build, tmp_path, way, copies.program(way), how)


@pytest.mark.skipif(not ALL, reason="compiles for up to an hour: make copies")
@pytest.mark.parametrize("way", MANY, ids=str)
def test_many_ways(build, copies, tmp_path, way):
    for how in HOWS:
        (tmp_path / how).mkdir()
        check(build, tmp_path / how, way, copies.program(way), how)


def test_two_versions_at_once_are_kept_apart(build, copies, tmp_path):
    """A module with today's version, one with Debian's; each loads before either runs."""
    other = copies.program(FEW[1])
    words = [build.program("hidden", "shop_host"), 2, build.program("hidden", "shop_module.so"), "lazy", 50, "--", other, "callback", 50]
    alone = build.run(words, cwd=tmp_path)
    assert len({line.split()[-1] for line in alone.stdout.splitlines()}) == 2  # each says its version
    count, report = run(build, tmp_path, words)
    assert report["totals"]["executions"] == 4 * count


def numbers(report):
    """Executions, rows and errors of each statement."""
    found = {}
    for group in report["groups"]:
        before = found.get(group["statement"]["text"], (0, 0, 0))
        found[group["statement"]["text"]] = tuple(map(sum, zip(before, (group["executions"], group["rows"], group["errors"]))))
    return found


@pytest.mark.parametrize("rounds, threads", [(1, 1), (3, 4), *([(50, 8)] if ALL else [])])
def test_a_copy_behaves_and_is_counted_as_the_library_whatever_it_is_asked_for(build, tmp_path, rounds, threads):
    words = [rounds, threads, tmp_path]
    alone = build.run([build.program("hidden", "behaviour"), *words], cwd=tmp_path)
    assert (alone.returncode, alone.stderr) == (0, b"")
    found = {}
    for program in ("behaviour", "behaviour_bare", "behaviour_inside", "behaviour_shared"):
        result = build.run_watched([build.program("hidden", program), *words], tmp_path / f"{program}.pb", cwd=tmp_path, NPLUS1_HIDDEN="1")
        assert (result.returncode, result.stdout, result.stderr) == (0, alone.stdout, b"")
        report = build.report(tmp_path / f"{program}.pb")
        assert [process["left_out"] for process in report["processes"]] == [0]
        found[program] = numbers(report)
    assert found["behaviour"] == found["behaviour_bare"] == found["behaviour_inside"] == found["behaviour_shared"]
    assert sum(number[0] for number in found["behaviour"].values()) > 1500 * rounds


# Library and program are linked as one, or not; gcc puts functions of sqlite3_exec's into it from -O1 on.
ALIKE = [
    Way("gcc -O0", flags=("-O0",)),
    Way("gcc -O2"),
    Way("gcc -O2, linked as one", flags=("-O2", "-flto"), link=("-O2", "-flto", "-s")),
    Way("gcc -O3, linked as one", flags=("-O3", "-flto"), link=("-O3", "-flto", "-s")),
    Way("clang -O2, linked as one", "clang", ("-O2", "-flto"), ("-O2", "-flto", "-s")),
]


@pytest.mark.skipif(not ALL, reason="compiles SQLite for minutes: make copies")
def test_a_copy_behaves_and_is_counted_alike_however_it_was_compiled(build, copies, tmp_path):
    found = {}
    for way in ALIKE:
        folder = tmp_path / way.name.replace(" ", "")
        folder.mkdir()
        words = [copies.program(way, *BEHAVIOUR), 3, 4, folder]
        alone = build.run(words, cwd=folder)
        watched = build.run_watched(words, folder / "recording.pb", cwd=folder, NPLUS1_HIDDEN="1")
        assert (watched.returncode, watched.stdout, watched.stderr) == (0, alone.stdout, b"")
        found[way.name] = numbers(build.report(folder / "recording.pb"))
        assert found[way.name] == found["gcc -O0"], way
    assert sum(number[0] for number in found["gcc -O0"].values()) > 1500 * 3


SANITIZED = ("-g1", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined")


def behaves(build, folder, program, rounds, threads, compiler="gcc"):
    """With the sanitizer's library beside it: one within the program is called by SQLite and by the rest, as what it is made of."""
    words = [program, rounds, threads, folder]
    name = {"gcc": "libasan.so", "clang": "libclang_rt.asan-x86_64.so"}[compiler]
    library = os.path.realpath(build.run([compiler, f"-print-file-name={name}"]).stdout.decode().strip())
    variables = {"ASAN_OPTIONS": "detect_leaks=0"}  # what is left at the end is the program's
    alone = build.run(words, cwd=folder, LD_PRELOAD=library, **variables)
    assert (alone.returncode, alone.stderr) == (0, b"")
    watched = build.run_watched(words, folder / "recording.pb", cwd=folder, NPLUS1_HIDDEN="1", LD_PRELOAD=f"{library}:{build.agent}", **variables)
    assert (watched.returncode, watched.stdout, watched.stderr) == (0, alone.stdout, b"")
    return build.report(folder / "recording.pb")["totals"]["executions"]


def test_a_program_with_address_sanitizer_behaves_over_a_copy(build, tmp_path):
    program = tmp_path / "program"
    archive = build.run(["gcc", "-print-file-name=libsqlite3.a"]).stdout.decode().strip()
    built = build.run(["gcc", "-O0", *SANITIZED, "-Wl,--exclude-libs,ALL", *BEHAVIOUR, archive, "-lz", *LIBRARIES, "-s", "-o", program])
    assert built.returncode == 0, built.stderr
    assert behaves(build, tmp_path, program, 1, 4) > 1500


@pytest.mark.skipif(not ALL, reason="compiles SQLite with sanitizers, for minutes: make copies")
@pytest.mark.parametrize("compiler, level, link", [("gcc", "-O0", ("-s",)), ("clang", "-O1", ("-shared-libasan", "-s"))])
def test_a_copy_with_address_sanitizer_behaves(build, copies, tmp_path, compiler, level, link):
    program = copies.program(Way("sanitized", compiler, (level, *SANITIZED), link), *BEHAVIOUR)
    for time in range(10):  # 50 rounds, in runs that end in time
        (tmp_path / f"{time}").mkdir()
        assert behaves(build, tmp_path / f"{time}", program, 5, 8, compiler) > 7500


@pytest.mark.skipif(not ALL, reason="compiles SQLite with sanitizers, for minutes: make copies")
@pytest.mark.parametrize("how", HOWS)
def test_a_copy_with_address_sanitizer_in_the_program_is_watched_by_its_steps(build, copies, tmp_path, how, monkeypatch):
    """SQLite and the rest call the sanitizer's functions alike, as if they were what SQLite is made of."""
    monkeypatch.setenv("ASAN_OPTIONS", "detect_leaks=0:verify_asan_link_order=0")
    program = copies.program(Way("sanitized", flags=("-O0", *SANITIZED), link=("-static-libasan", "-s")))
    assert "watched by its steps" in " ".join(build.view("doctor", program).stdout.decode().split())
    count, report = run(build, tmp_path, [program, how, 300])
    assert report["totals"]["executions"] == count
    assert [(finding["kind"], finding["confidence"], finding["executions"]) for finding in report["findings"]] == HOWS[how]


# Of the time of a thread that runs alone; a machine may be slower than ours, and what else runs on it takes of its caches.
TOLERANCE = 6


@pytest.mark.alone
def test_the_search_takes_50_us_of_most_modules_and_of_a_large_one_50_us_for_1_mb(build, tmp_path):
    modules = sorted(path for path in Path("/usr/lib/x86_64-linux-gnu").glob("*.so.*") if path.is_file())
    text = "".join(f"{path}\n" for path in modules[:300]) + f"{shutil.which('python3')}\n"
    result = build.run([build.program("hidden", "find_tables"), "-t"], input=text.encode())
    took = {}
    for line in result.stdout.decode().splitlines():
        words = line.split()
        if " us, " in line:
            took[words[4]] = (float(words[0]), int(words[2]))
    assert len(took) > 50
    assert sorted(took.values())[len(took) // 2][0] < 50 * TOLERANCE
    assert {path: time for path, (time, size) in took.items() if time > TOLERANCE * (150 + 50 * size / 2**20)} == {}
