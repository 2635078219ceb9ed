"""Programs that are built with a sanitizer start, and what it reports is what it reports without the agent."""
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "programs/hostile/sanitized.c"
SANITIZERS = [("gcc", "address"), ("gcc", "thread"), ("gcc", "undefined"), ("gcc", "leak"), ("clang", "address"), ("clang", "thread"),
              ("clang", "memory"), ("clang", "undefined"), ("clang", "leak")]
# Libraries that are not built with MemorySanitizer are full of what it takes for faults: it is to go on. Some of SQLite's memory is
# nobody's at the end.
VARIABLES = {"MSAN_OPTIONS": "halt_on_error=0:exit_code=0", "ASAN_OPTIONS": "detect_leaks=0", "LSAN_OPTIONS": "exitcode=0"}


def reports(stderr):
    """What was found, and in which function of which file."""
    return sorted(re.findall(rb"(?:WARNING|ERROR|SUMMARY): (?:\w+Sanitizer): ([\w-]+)|#0 0x[0-9a-f]+ (?:in )?(\w+)", stderr))


@pytest.mark.parametrize("compiler, sanitizer", SANITIZERS)
def test_a_program_with_a_sanitizer_runs_as_without_the_agent(build, tmp_path, compiler, sanitizer):
    program = tmp_path / "program"
    built = build.run([compiler, "-g", "-O1", f"-fsanitize={sanitizer}", SOURCE, "-o", program, "-lsqlite3", "-pthread"])
    assert built.returncode == 0, built.stderr
    preloads = [str(build.agent)]
    if (compiler, sanitizer) in (("gcc", "address"), ("gcc", "leak")):  # AddressSanitizer insists on being the first
        library = build.run([compiler, "-print-file-name=lib" + {"address": "asan", "leak": "lsan"}[sanitizer] + ".so"]).stdout
        preloads.insert(0, str(Path(library.decode().strip()).resolve()))
    alone = build.run([program], **VARIABLES)
    run = build.run_watched([program], tmp_path / "recording.pb", LD_PRELOAD=":".join(preloads), **VARIABLES)
    assert (alone.returncode, alone.stdout) == (0, b"164\n")
    assert (run.returncode, run.stdout) == (0, b"164\n"), run.stderr.decode()
    assert reports(run.stderr) == reports(alone.stderr)
    assert b"libnplus1" not in b"".join(re.findall(rb"#0 .*", run.stderr))
    assert build.report(tmp_path / "recording.pb")["totals"]["executions"] == 164


@pytest.mark.parametrize("sanitizer", ["asan", "tsan"])
def test_a_program_with_libpq_ends_under_a_runtime_that_starts_before_all_constructors(build, server, sanitizer):
    """Without the second of the preloads it waits for a lock of the C library, for ever (tests/programs/preloads/sanitizer_first.c)."""
    runtime = Path(build.run(["gcc", f"-print-file-name=lib{sanitizer}.so"]).stdout.decode().strip()).resolve()
    preloads = f"{runtime}:{build.program('preloads', 'sanitizer_first.so')}"
    run = build.run(["setarch", "-R", "env", f"LD_PRELOAD={preloads}", "timeout", "60", build.program("postgresql", "statements")],
                    **VARIABLES, **server.variables)
    assert run.returncode == 0, run.stderr.decode()
