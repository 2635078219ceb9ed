"""What doctor says of programs is so: each program is also run under the agent, and is recorded just when doctor says so."""
import json
import os
import random
import re
import shutil
import struct
import subprocess
from pathlib import Path

import jsonschema
import pytest
from conftest import ROOT

CLIENT = r"""
#include <sqlite3.h>
int main(void)
{
    sqlite3 *db;
    return sqlite3_open(":memory:", &db) || sqlite3_exec(db, "select 1", 0, 0, 0);
}
"""
BY_NAME = r"""
#include <dlfcn.h>
int main(void)
{
    void *library = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL), *db;
    int (*open)(const char *, void **) = dlsym(library, "sqlite3_open");
    int (*exec)(void *, const char *, void *, void *, void *) = dlsym(library, "sqlite3_exec");
    return open(":memory:", &db) || exec(db, "select 1", 0, 0, 0);
}
"""
# A library with SQLite's names inside, as a driver that was built with its source has them.
EMBEDDED = "int sqlite3_step(void *s) { return s != 0; }\nint sqlite3_exec(void *s) { return sqlite3_step(s); }\n"
USES_EMBEDDED = "int sqlite3_exec(void *);\nint main(void) { return sqlite3_exec(0); }\n"
NOTHING = "int main(void) { return 0; }\n"
SCHEMA = json.loads((ROOT / "docs/doctor.schema.json").read_text())


def compile(folder, name, source, *flags, compiler="gcc"):
    (folder / f"{name}.c").write_text(source)
    command = [compiler, "-O1", "-w", "-o", folder / name, folder / f"{name}.c", *flags]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / name


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """name -> path; compiled once."""
    folder = tmp_path_factory.mktemp("programs")
    static = ["-l:libsqlite3.a", "-lm", "-lz", "-ldl", "-lpthread"]
    made = {
        "linked": compile(folder, "linked", CLIENT, "-lsqlite3"),
        "by name": compile(folder, "by_name", BY_NAME),
        "static": compile(folder, "static", CLIENT, "-static", *static),
        "hidden": compile(folder, "hidden", CLIENT, "-s", *static),
        "exports its own": compile(folder, "rdynamic", CLIENT, "-rdynamic", *static),
        "nothing": compile(folder, "nothing", NOTHING),
    }
    made["other rights"] = folder / "other_rights"
    shutil.copy(made["linked"], made["other rights"])
    if os.geteuid() == 0:
        os.chmod(folder, 0o755)
        os.chown(made["other rights"], 65534, 65534)
        os.chmod(made["other rights"], 0o4755)
    return made


def examine(build, *words, **more):
    run = build.view("doctor", "--json", *words, **more)
    assert (run.returncode, run.stderr) == (0, b""), run.stderr
    report = json.loads(run.stdout)
    jsonschema.validate(report, SCHEMA)
    return report


def agent_exports(build, name):
    names = subprocess.run(["nm", "-D", "--defined-only", build.agent], capture_output=True, text=True, check=True).stdout
    return re.search(rf"\b{name}$", names, re.MULTILINE) is not None


@pytest.mark.parametrize("name", ["linked", "by name", "static", "hidden", "exports its own", "other rights"])
def test_a_program_is_recorded_just_when_doctor_says_that_it_would_be(build, programs, tmp_path, name):
    if name == "other rights" and os.geteuid() != 0:
        pytest.skip("only root can make a set-user-id program of somebody else")
    report = examine(build, "--", programs[name])
    run = build.run_watched([programs[name]], tmp_path / "recording.pb", NPLUS1_HIDDEN="1")  # as `nplus1 run` does it
    assert run.returncode == 0
    library, = report["libraries"]
    assert library["system"] == "sqlite"
    assert (library["seen"] == "yes") == (tmp_path / "recording.pb").exists()
    assert (library["why"] is None) == (library["seen"] == "yes")


def test_a_linked_library_is_named_with_its_version_and_build_id(build, programs):
    library, = examine(build, "--", programs["linked"])["libraries"]
    version = subprocess.run(["sqlite3", "--version"], capture_output=True, text=True).stdout.split()[0]
    notes = subprocess.run(["readelf", "-n", library["path"]], capture_output=True, text=True).stdout
    assert (library["version"], library["copy"], library["seen"]) == (version, "shared", "yes")
    assert f"Build ID: {library['build_id']}" in notes
    assert library["bound"] == "the program, which is linked with it"


def test_a_library_that_is_opened_by_name_counts_as_the_agent_can(build, programs):
    library, = examine(build, "--", programs["by name"])["libraries"]
    assert "dlopen by name" in library["bound"]
    assert library["seen"] == ("yes" if agent_exports(build, "dlsym") else "no")


@pytest.mark.parametrize("name, kind", [("static", "static"), ("other rights", "setuid")])
def test_what_is_in_the_way_is_named(build, programs, name, kind):
    if kind == "setuid" and os.geteuid() != 0:
        pytest.skip("only root can make a set-user-id program of somebody else")
    report = examine(build, "--", programs[name])
    obstacle, = report["obstacles"]
    assert obstacle["kind"] == kind and obstacle["fix"]
    assert {library["seen"] for library in report["libraries"]} == {"no"}


@pytest.mark.parametrize("name", ["static", "hidden", "exports its own"])
def test_a_copy_inside_is_found_by_its_table(build, programs, name):
    library, = examine(build, "--", programs[name])["libraries"]
    version = subprocess.run(["sqlite3", "--version"], capture_output=True, text=True).stdout.split()
    assert library["version"] == version[0]
    assert f"built from {version[1]} {version[2]}" in library["bound"]
    assert library["seen"] == ("no" if name == "static" else "yes")


@pytest.mark.parametrize("flags, seen", [([], "yes"), (["-Wl,-Bsymbolic"], "no")])
def test_a_driver_that_carries_sqlite_is_seen_when_it_calls_by_name(build, tmp_path, flags, seen):
    compile(tmp_path, "libdriver.so", EMBEDDED, "-shared", "-fPIC", "-fsemantic-interposition", "-fno-inline", *flags)
    program = compile(tmp_path, "plain", NOTHING, "-L", tmp_path, "-Wl,--no-as-needed,-rpath,$ORIGIN", "-l:libdriver.so")
    library, = examine(build, "--", program)["libraries"]
    assert (library["copy"], library["seen"]) == ("embedded", seen)


def test_a_renamed_copy_as_wheels_carry_it_is_found_by_the_runpath(build, tmp_path):
    name = "libsqlite3-1a2b3c4d.so.0.8.6"
    (tmp_path / "libs").mkdir()
    compile(tmp_path / "libs", name, EMBEDDED, "-shared", "-fPIC", f"-Wl,-soname,{name}")
    program = compile(tmp_path, "program", USES_EMBEDDED, "-L", tmp_path / "libs", "-Wl,-rpath,$ORIGIN/libs", f"-l:{name}")
    library, = examine(build, "--", program)["libraries"]
    assert (library["copy"], library["seen"], library["path"]) == ("private", "yes", f"{tmp_path}/libs/{name}")


def test_a_library_that_is_not_there_is_said(build, tmp_path):
    compile(tmp_path, "libgone.so", EMBEDDED, "-shared", "-fPIC")
    program = compile(tmp_path, "program", USES_EMBEDDED, "-L", tmp_path, "-l:libgone.so")
    assert "the loader does not find libgone.so" in examine(build, "--", program)["notes"]


def test_a_program_of_musl_says_so(build, tmp_path):
    program = compile(tmp_path, "program", NOTHING, compiler="musl-gcc")
    obstacle, = examine(build, "--", program)["obstacles"]
    assert obstacle["kind"] == "musl" and "ld-musl-x86_64" in obstacle["why"]


def test_an_old_glibc_is_said(build, tmp_path):
    compile(tmp_path, "libc.so.6", 'const char banner[] = "GNU C Library (Debian) stable release version 2.31.\\n";', "-shared", "-fPIC",
            "-Wl,-soname,libc.so.6")
    program = compile(tmp_path, "program", NOTHING, "-Wl,-rpath,$ORIGIN")
    obstacle, = examine(build, "--", program)["obstacles"]
    assert obstacle["kind"] == "glibc" and obstacle["why"].startswith("glibc 2.31: ")


def test_a_program_of_another_machine_says_so(build, programs, tmp_path):
    data = bytearray(programs["linked"].read_bytes())
    data[18:20] = struct.pack("<H", 183)
    (tmp_path / "arm").write_bytes(data)
    (tmp_path / "arm").chmod(0o755)
    obstacle, = examine(build, "--", tmp_path / "arm")["obstacles"]
    assert obstacle["kind"] == "machine" and "64-bit ARM" in obstacle["why"]


@pytest.mark.parametrize("module, system", [("github.com/jackc/pgx/v5", "postgresql"), ("github.com/uptrace/bun/driver/pgdriver", "postgresql"),
                                            ("github.com/go-pg/pg/v10", "postgresql"), ("github.com/ncruces/go-sqlite3", "sqlite")])
def test_a_go_program_with_its_own_driver_says_so(build, tmp_path, module, system):
    program = compile(tmp_path, "program", 'const char info[] = "\\xff Go buildinf:", modules[] = "mod\\tshop\\n'
                      f'dep\\t{module}\\tv5.5.0\\n";\nint main(void) {{ return info[0] + modules[0] == 1; }}\n', "-static")
    report = examine(build, "--", program)
    library, = report["libraries"]
    assert (library["copy"], library["system"], library["seen"]) == ("own protocol", system, "no")
    assert "written in Go" in report["obstacles"][0]["why"]


def test_each_driver_of_a_go_program_is_told(build, tmp_path):
    program = compile(tmp_path, "program", 'const char info[] = "\\xff Go buildinf:", modules[] = "mod\\tshop\\ndep\\tgithub.com/jackc/pgx/v5\\tv5.5.0\\n'
                      'dep\\tmodernc.org/sqlite\\tv1.29.0\\n";\nint main(void) { return info[0] + modules[0] == 1; }\n', "-static")
    libraries = examine(build, "--", program)["libraries"]
    assert sorted((library["copy"], library["system"]) for library in libraries) == [("own protocol", "postgresql"), ("own protocol", "sqlite")]


def test_a_driver_that_speaks_the_protocol_through_libc_is_seen(build, tmp_path):
    (tmp_path / "asyncpg").mkdir()
    (tmp_path / "asyncpg/__init__.py").touch()
    (tmp_path / "shop.py").write_text("import asyncpg\n")
    report = examine(build, "--", "/usr/bin/python3", tmp_path / "shop.py")
    library = next(library for library in report["libraries"] if library["name"] == "asyncpg")
    assert (library["copy"], library["system"], library["seen"]) == ("own protocol", "postgresql", "yes")


@pytest.mark.parametrize("line", ["#!/usr/bin/python3", "#!/usr/bin/env python3", "#!/usr/bin/env -S python3 -B"])
def test_a_script_is_followed_to_its_interpreter_and_its_drivers(build, tmp_path, line):
    (tmp_path / "shop").write_text(f"{line}\nimport sqlite3\n")
    (tmp_path / "shop").chmod(0o755)
    report = examine(build, "--", "./shop", cwd=tmp_path, PATH="/usr/bin:/bin")
    version = subprocess.run(["/usr/bin/python3", "-V"], capture_output=True, text=True).stdout.split()[1]
    assert report["program"] == "/usr/bin/python3" and line in report["steps"][0]
    language, = report["languages"]
    assert (language["name"], language["version"], language["frames"]) == ("CPython", version, "yes")
    library, = (library for library in report["libraries"] if library["system"] == "sqlite")
    assert library["seen"] == "yes" and "Python's sqlite3" in library["bound"] and "dlopen" in library["bound"]


@pytest.mark.parametrize("command, name", [("sqlite3", "libsqlite3"), ("psql", "libpq")])
def test_the_shells_of_the_databases_are_seen(build, command, name):
    library, = examine(build, "--", command)["libraries"]
    assert (library["name"], library["seen"], library["copy"]) == (name, "yes", "shared")
    assert re.fullmatch(r"\d+(\.\d+)+", library["version"])


def test_a_wrapper_is_followed_to_the_program_that_it_becomes(build, programs, tmp_path):
    (tmp_path / "wrapper").write_text(f'#!/bin/sh\nexport A=b\nexec "{programs["linked"]}" "$@"\n')
    (tmp_path / "wrapper").chmod(0o755)
    report = examine(build, "--", tmp_path / "wrapper")
    assert report["program"] == str(programs["linked"]) and report["libraries"][0]["seen"] == "yes"


def test_a_shell_says_that_it_passes_the_agent_on(build):
    report = examine(build, "--", "sh", "-c", "sqlite3")
    assert "inherit the agent" in report["notes"][0] and report["libraries"] == []


@pytest.mark.parametrize("words", [["-i"], ["-u", "LD_PRELOAD"], ["-uLD_PRELOAD"], ["-"], ["-u", "HOME", "A=b"]], ids=" ".join)
def test_env_that_takes_the_preload_away_says_so(build, programs, tmp_path, words):
    command = ["/usr/bin/env", *words, programs["linked"]]
    report = examine(build, "--", *command)
    run = build.run_watched(command, tmp_path / "recording.pb")
    cleared = words[-1] != "A=b"
    assert [obstacle["kind"] for obstacle in report["obstacles"]] == ["environment"] * cleared
    assert run.returncode == 0 and report["program"] == str(programs["linked"])
    assert ("yes" if list(tmp_path.iterdir()) else "no") == report["libraries"][0]["seen"]


def test_php_extensions_look_past_an_agent_that_lets_them(build):
    if not shutil.which("php", path="/usr/bin"):
        pytest.skip("php is not installed")
    report = examine(build, "--", "/usr/bin/php")
    for library in report["libraries"]:
        assert "RTLD_DEEPBIND" in library["bound"]
        assert library["seen"] == ("yes" if agent_exports(build, "dlopen") else "no")


@pytest.mark.parametrize("program, language", [("python3", "python"), ("ruby", "ruby"), ("php", "php"), ("perl", "perl"),
                                               ("tclsh", "tcl"), ("lua5.4", "lua")])
def test_frames_are_promised_of_the_languages_that_the_agent_has_a_walker_for(build, program, language):
    if not shutil.which(program, path="/usr/bin"):
        pytest.skip(f"{program} is not installed")
    found, = examine(build, "--", f"/usr/bin/{program}")["languages"]
    has_walker = (ROOT / "collectors/languages" / language).is_dir()
    assert (found["language"], found["frames"]) == (language, "yes" if has_walker else "no")
    assert re.fullmatch(r"\d+\.\d+\.\d+", found["version"])


def test_erlang_is_seen_without_its_frames(build):
    machine, = Path("/usr/lib/erlang").glob("erts-*/bin/beam.smp")
    report = examine(build, "--", machine)
    found, = report["languages"]
    assert (found["language"], found["frames"], found["version"]) == ("erlang", "no", machine.parts[-3].removeprefix("erts-"))
    assert any("postgrex" in note and "TLS" in note for note in report["notes"])


def test_what_node_encrypts_is_seen_where_it_has_a_library_inside(build):
    found = [note for note in examine(build, "--", shutil.which("node"))["notes"] if "TLS" in note]
    exported = subprocess.run(["nm", "-D", "--defined-only", Path(shutil.which("node")).resolve()], capture_output=True, text=True, check=True).stdout
    assert [("is seen by `nplus1 run`" in note, "OpenSSL inside" in note) for note in found] == [(True, True)] * (" SSL_write\n" in exported)


RUNNING = "import sqlite3, sys; sqlite3.connect(':memory:').execute('select 1'); print('ready', flush=True); sys.stdin.read()"


@pytest.mark.parametrize("loaded", [False, True])
def test_a_process_is_looked_into(build, tmp_path, loaded):
    variables = {"LD_PRELOAD": str(build.agent), "NPLUS1_OUTPUT": str(tmp_path / "recording.pb")} if loaded else {}
    with subprocess.Popen(["/usr/bin/python3", "-c", RUNNING], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          env={**os.environ, **variables}) as process:
        assert process.stdout.readline() == b"ready\n"
        report = examine(build, process.pid)
        process.stdin.close()
    assert (report["pid"], report["agent"]["loaded"], report["obstacles"]) == (process.pid, loaded, [])
    library, = report["libraries"]
    assert (library["name"], library["seen"]) == ("libsqlite3", "yes") and "_sqlite3." in library["bound"]
    assert report["languages"][0]["frames"] == "yes"


def test_a_process_whose_agent_is_switched_off_says_so(build):
    with subprocess.Popen(["/usr/bin/python3", "-c", RUNNING], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          env={**os.environ, "LD_PRELOAD": str(build.agent), "NPLUS1_DISABLE": "1"}) as process:
        assert process.stdout.readline() == b"ready\n"
        report = examine(build, process.pid)
        process.stdin.close()
    assert [obstacle["kind"] for obstacle in report["obstacles"]] == ["disabled"]
    assert report["libraries"][0]["seen"] == "no"


def test_a_command_that_would_inherit_the_switch_is_told_so(build):
    program = build.sample("orders_customer_lazy")
    report = json.loads(build.view("doctor", "--json", "--", program, NPLUS1_DISABLE="1").stdout)
    assert [obstacle["kind"] for obstacle in report["obstacles"]] == ["disabled"] and report["libraries"][0]["seen"] == "no"
    assert json.loads(build.view("doctor", "--json", "--", program, NPLUS1_DISABLE="0").stdout)["obstacles"] == []


def test_a_library_that_was_replaced_since_is_said(build, tmp_path):
    name = "libsqlite3-1a2b3c4d.so.0"
    (tmp_path / "program.c").write_text('#include <unistd.h>\nint sqlite3_exec(void *);\n'
                                        'int main(void) { sqlite3_exec(0); write(1, "x", 1); return (int)read(0, &(char){0}, 1); }\n')
    compile(tmp_path, name, EMBEDDED, "-shared", "-fPIC", f"-Wl,-soname,{name}")
    program = compile(tmp_path, "program", (tmp_path / "program.c").read_text(), "-L", tmp_path, "-Wl,-rpath,$ORIGIN", f"-l:{name}")
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.read(1) == b"x"
        (tmp_path / name).unlink()
        program.unlink()
        report = examine(build, process.pid)
        process.stdin.close()
    assert [note for note in report["notes"] if note.startswith(f"{tmp_path}/{name} was replaced or deleted")]
    assert report["program"] == f"{program} (deleted)"
    if os.geteuid() == 0:  # who may look at what is mapped
        assert [(library["copy"], library["seen"]) for library in report["libraries"]] == [("private", "yes")]


def make_bad(kind, folder):
    path = folder / "bad"
    if kind == "directory":
        path.mkdir()
        return path
    path.write_bytes({"empty": b"", "bytes": bytes(range(256)), "loop": f"#!{path}\n".encode(), "not executable": b"#!/bin/sh\n",
                      "no interpreter": b"#!/nowhere/python3\n", "only magic": b"\177ELF", "env": b"#!/usr/bin/env A=b\n"}[kind])
    path.chmod(0o644 if kind == "not executable" else 0o755)
    return path


@pytest.mark.parametrize("kind", ["directory", "empty", "bytes", "loop", "not executable", "no interpreter", "only magic"])
def test_what_cannot_be_run_is_one_line_and_status_2(build, tmp_path, kind):
    run = build.view("doctor", "--", make_bad(kind, tmp_path))
    assert (run.returncode, run.stdout) == (2, b"")
    line, = run.stderr.decode().splitlines()
    assert line.startswith("nplus1: ")


@pytest.mark.parametrize("words", [["--", "no-such-command"], ["--", "/nowhere/program"], ["--", ""], [], ["--"], ["0"], ["99999999999"],
                                   ["--", "123456"], ["--unknown"], ["4194305"]], ids=str)
def test_what_is_not_there_is_one_line_and_status_2(build, words):
    run = build.view("doctor", *words)
    assert (run.returncode, run.stdout) == (2, b"")
    line, = run.stderr.decode().splitlines()
    assert line.startswith("nplus1: ")


def damage(data, choose):
    """Lying headers first of all: offsets, sizes and counts stand there."""
    data = bytearray(data)
    tables = [(0, 64), (64, 64 + 56 * 13), (len(data) - 64 * 30, len(data)), (0, len(data))]
    for _ in range(choose.choice([1, 4, 40])):
        start, end = choose.choice(tables)
        at = choose.randrange(start, end - 8) & ~7
        data[at:at + 8] = choose.choice([struct.pack("<Q", 10 << 30), b"\xff" * 8, bytes(8), struct.pack("<Q", len(data) - 1),
                                         choose.randbytes(8)])
    return data[:choose.choice([len(data), len(data), len(data) // 2, choose.randrange(4, len(data))])]


@pytest.mark.parametrize("name", ["linked", "exports its own"])
def test_a_hostile_program_is_never_a_crash(build, programs, tmp_path, name):
    data, choose, path = programs[name].read_bytes(), random.Random(17), tmp_path / "hostile"
    for number in range(200 if name == "linked" else 40):
        path.write_bytes(b"\177ELF" + damage(data, choose)[4:])
        path.chmod(0o755)
        run = build.view("doctor", "--json", "--", path)
        assert run.returncode in (0, 2), (number, run.returncode)
        assert len(run.stderr.splitlines()) == (run.returncode == 2), (number, run.stderr)
        if run.returncode == 0:
            jsonschema.validate(json.loads(run.stdout), SCHEMA)


def test_the_page_says_the_same_in_words(build, programs):
    run = build.view("doctor", "--", programs["static"])
    text = run.stdout.decode()
    assert run.returncode == 0 and "\033" not in text
    assert re.search(r"^not seen    libsqlite3 .* \(hidden inside\)", text, re.MULTILINE)
    assert text.endswith("verdict     nothing that was found can be seen\n")
    assert "\033[1;31mnot seen\033[0m" in build.view("doctor", "--color=always", "--", programs["static"]).stdout.decode()
    assert "verdict     no database client was found" in build.view("doctor", "--", programs["nothing"]).stdout.decode()


@pytest.mark.parametrize("says, name, version, frames", [("node.js/v20.11.1", "Node.js", "20.11.1", "yes"), ("node.js/v99.0.0", "Node.js", "99.0.0", "no"),
                                                         ("Bun/1.3.4", "Bun", None, "no"), ("Deno/2.6.1", "Deno", None, "no"),
                                                         ("Else/2.6.1", "Node.js", None, "unknown")])
def test_machines_that_load_node_s_addons_are_told_apart(build, tmp_path, says, name, version, frames):
    source = f'void napi_module_register(void *m) {{ (void)m; }}\nint main(int n, char **a) {{ return n > 9 ? a[0][0] == "{says}"[n] : 0; }}\n'
    program = compile(tmp_path, "machine", source, "-rdynamic")
    [language] = examine(build, "--", program)["languages"]
    assert (language["name"], language["frames"]) == (name, frames)
    assert language.get("version") == version


def test_which_statements_of_npm_sqlite3_have_no_lines_is_said(build, tmp_path):
    compile(tmp_path, "node_sqlite3.node", EMBEDDED, "-shared", "-fPIC")
    program = compile(tmp_path, "program", USES_EMBEDDED, tmp_path / "node_sqlite3.node", f"-Wl,-rpath,{tmp_path}")
    assert any("without a callback" in note for note in examine(build, "--", program)["notes"])
