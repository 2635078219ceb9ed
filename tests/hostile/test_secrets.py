"""A secret is planted wherever a value can stand, and looked for in the recording and in everything that the viewer makes of it, in every
form that it may have taken."""
import base64
import os
import re
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

SECRET = "Zq7Secret"  # looks like a name, so that only its position says that it is a value
PYTHON = "/usr/bin/python3"


def forms_of(secret):
    """What a value may look like once it was copied, decoded, escaped or packed."""
    raw = secret.encode()
    forms = {raw, raw.lower(), raw.upper(), raw[::-1], raw.hex().encode(), raw.hex().upper().encode(), secret.encode("utf-16-le"),
             secret.encode("utf-16-be"), secret.encode("utf-32-le")}
    for shift in range(3):  # of base64, what does not depend on its neighbours
        forms.add(base64.b64encode(b"\0" * shift + raw + b"\0" * 3)[(0, 2, 3)[shift]:][:(len(raw) - 3) * 4 // 3])
    return forms


def formats(build):
    """All that `export --help` lists."""
    names = re.findall(r"^  ([a-z]+) +\S", build.view("export", "--help").stdout.decode().split("Formats:")[1], re.MULTILINE)
    assert {"folded", "json"} <= set(names), names
    return names


def outputs_of(build, recording):
    """Everything that the viewer says of a recording, by name."""
    views = {"report": ["report", recording], "json": ["report", "--json", recording], "dump": ["dump", recording],
             "info": ["info", recording], "check": ["check", recording], "diff": ["diff", recording, recording],
             **{f"export {name}": ["export", "-f", name, recording] for name in formats(build)}}
    found = {name: build.view(*words) for name, words in views.items()}
    for name, result in found.items():
        assert result.returncode in (0, 1), (name, result.stderr)
    outputs = {name: result.stdout + result.stderr for name, result in found.items()}
    outputs["recording"] = recording.read_bytes()
    return outputs


def assert_hidden(build, recording, *secrets):
    for name, data in outputs_of(build, recording).items():
        for secret in secrets or (SECRET,):
            for form in forms_of(secret):
                at = data.find(form)
                assert at < 0, f"{form!r} in {name}: {data[max(0, at - 80):at + 80]!r}"


SQLITE = r"""
import sqlite3, sys
secret = "Zq7Secret"
db = sqlite3.connect("file:shop.db?mode=rwc&key=" + secret + "&hexkey=" + secret.encode().hex(), uri=True)
db.isolation_level = None
def run(text, *values):
    try:
        return db.execute(text.replace("$SECRET", secret), values).fetchall()
    except sqlite3.Error:
        pass
run("create table t(id integer primary key, name text default '$SECRET', data blob, check (name <> 'x$SECRET'))")
run('create table u(name text default "$SECRET")')
for i in range(12):
    run("insert into t(name, data) values (?, ?)", secret, secret.encode())
    run("insert into t(name, data) values ('$SECRET', x'" + secret.encode().hex() + "')")
    run('insert into t(name) values ("$SECRET"), ("$SECRET")')
    run("select name, data from t where name = ?", secret)
    run("select * from t where name = '$SECRET' and id in (1, 2, '$SECRET')")
    run('select * from t where name = "$SECRET" or name in ("$SECRET", "x$SECRET") or name like "%$SECRET%"')
    run('select "$SECRET", \'$SECRET\' || "$SECRET", length("$SECRET")')
    run('select case when id > 1 then "$SECRET" else "$SECRET" end from t where name is not "$SECRET" limit "1"')
    run('select json_extract(data, "$.$SECRET"), strftime("%Y$SECRET", name) from t')
    run("select name /* $SECRET */ from t -- $SECRET")
    run("update t set name = \"$SECRET\" where id = 1")
    run("insert into t(name) select \"$SECRET\"")
    run("insert into t(id, name) values (1, '$SECRET')")  # fails with a message
    run("select raise_$SECRET from t")  # is refused with one
    run("select abs('$SECRET'), json('$SECRET'), load_extension('$SECRET')")
    run("create temp table tmp_3f2a9c1d(a)")
    run("drop table tmp_3f2a9c1d")
    run("savepoint $SECRET"), run("release $SECRET")
for text in ("key = $SECRET", "key = '$SECRET'", 'key = "$SECRET"', "key = \"x'$SECRET'\"", "key($SECRET)", "main.key = $SECRET", "rekey = $SECRET",
             "hexkey = '$SECRET'", "key = [$SECRET]", "temp_store_directory = '$SECRET'", "table_info($SECRET)", "key = -$SECRET"):
    run("pragma " + text), run("explain pragma " + text), run("PRAGMA  " + text.upper().replace("$SECRET".upper(), "$SECRET"))
for text in ("attach ':memory:' as a key '$SECRET'", 'attach "file:$SECRET?mode=memory" as b', "attach ':memory:' as c key $SECRET",
             'attach database "file:x?mode=memory&key=$SECRET" as d key "$SECRET"', "attach [:memory:] as e", "attach '' || '$SECRET' as f"):
    run(text)
run("vacuum into '$SECRET.db'"), run('vacuum into "$SECRET.db"')
run("create virtual table v using fts5(a, tokenize=\"unicode61 tokenchars '$SECRET'\")")
run("create virtual table w using csv(filename=$SECRET, data='$SECRET')")
run("detach a")
"""


def test_no_value_of_a_program_with_sqlite_is_in_its_recording(build, tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "shop.py").write_text(SQLITE)
    recording = tmp_path / "recording.pb"
    run = build.run_watched([PYTHON, tmp_path / "shop.py", SECRET, f"--password={SECRET}", "--token", SECRET, f"-p{SECRET}"], recording,
                            cwd=tmp_path / "work", SECRET=SECRET)
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")
    report = build.report(recording)
    assert report["totals"]["executions"] > 250
    assert report["processes"][0]["command"] == [PYTHON, str(tmp_path / "shop.py"), "?", "--password=?", "--token", "?", "-p?"]
    assert_hidden(build, recording)


POSTGRESQL = r"""
SET my.secret = Zq7Secret; SET SESSION my.secret TO "Zq7Secret", Zq7Secret; SET LOCAL my.secret TO 'Zq7Secret';
SET search_path = Zq7Secret, public; SET ROLE Zq7Secret; SET SESSION AUTHORIZATION "Zq7Secret"; SET NAMES Zq7Secret; SET TIME ZONE Zq7Secret;
SET application_name = Zq7Secret; RESET my.secret;
CREATE TABLE t (id serial PRIMARY KEY, name text DEFAULT 'Zq7Secret', data bytea);
INSERT INTO t (name) VALUES ('Zq7Secret'), (E'\x5aq7Secret'), (U&'Zq7Secret'), ($$Zq7Secret$$), ($a$Zq7Secret$a$), (N'Zq7Secret');
SELECT * FROM t WHERE name = 'Zq7Secret' AND id IN (1, 2) /* Zq7Secret */; -- Zq7Secret
SELECT 'it\'s Zq7Secret', 'Zq7Secret' -- don't
;
SELECT 'C:\', 'Zq7Secret' -- don't
;
SELECT set_config('my.secret', 'Zq7Secret', false), current_setting('my.secret');
ALTER ROLE postgres SET my.secret = Zq7Secret; ALTER DATABASE postgres SET my.secret TO Zq7Secret, "Zq7Secret";
ALTER SYSTEM SET "my.secret" = Zq7Secret; ALTER SYSTEM SET my.secret = 'Zq7Secret';
CREATE ROLE planted PASSWORD 'Zq7Secret'; ALTER ROLE planted WITH ENCRYPTED PASSWORD 'Zq7Secret' VALID UNTIL 'infinity';
ALTER USER planted PASSWORD Zq7Secret; CREATE USER planted2 PASSWORD "Zq7Secret"; ALTER ROLE planted PASSWORD $$Zq7Secret$$;
DROP ROLE planted;
CREATE EXTENSION postgres_fdw; CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'Zq7Secret', dbname 'Zq7Secret');
CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (user 'Zq7Secret', password 'Zq7Secret');
ALTER USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (SET password 'Zq7Secret');
ALTER USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (SET password Zq7Secret);
CREATE SUBSCRIPTION sub CONNECTION 'password=Zq7Secret' PUBLICATION p WITH (connect = false, slot_name = Zq7Secret);
LISTEN channel; NOTIFY channel, 'Zq7Secret'; SELECT pg_notify('channel', 'Zq7Secret');
COPY t FROM PROGRAM 'echo Zq7Secret'; COPY t FROM '/Zq7Secret'; COPY t TO PROGRAM $$cat >/dev/null # Zq7Secret$$; COPY t FROM Zq7Secret;
DO $$ BEGIN PERFORM 'Zq7Secret'; RAISE NOTICE 'Zq7Secret'; RAISE EXCEPTION 'Zq7Secret'; END $$;
CREATE FUNCTION f(a text DEFAULT 'Zq7Secret') RETURNS text LANGUAGE plpgsql SET my.secret = Zq7Secret AS $$ BEGIN RETURN 'Zq7Secret'; END $$;
CREATE FUNCTION g() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT 'Zq7Secret'; END;
ALTER FUNCTION f(text) SET my.secret TO Zq7Secret; SELECT f(), g();
COMMENT ON TABLE t IS 'Zq7Secret'; COMMENT ON TABLE t IS Zq7Secret; SECURITY LABEL ON TABLE t IS 'Zq7Secret';
PREPARE p AS SELECT 'Zq7Secret', $1::text; EXECUTE p('Zq7Secret'); DEALLOCATE p;
DECLARE Zq7Secret CURSOR WITH HOLD FOR SELECT 'Zq7Secret'; FETCH 1 FROM Zq7Secret; CLOSE Zq7Secret;
BEGIN; SAVEPOINT Zq7Secret; ROLLBACK TO Zq7Secret; COMMIT;
SELECT 'Zq7Secret'::int; SELECT * FROM t WHERE id = 'Zq7Secret'; INSERT INTO t (id) VALUES (1);
LOAD 'Zq7Secret'; PREPARE TRANSACTION 'Zq7Secret';
SET standard_conforming_strings = off;
INSERT INTO t (name) VALUES ('it\'Zq7Secret'), ('a\\\'Zq7Secret');
SELECT 'it\'', 'Zq7Secret', 'a\'b; Zq7Secret';
SELECT 'it\'', 'Zq7Secret' \; SELECT 'a\'; Zq7Secret', 1 \; SELECT 2;
SET standard_conforming_strings = on;
COPY t (name) FROM STDIN;
Zq7Secret
\.
COPY t TO STDOUT;
"""


@pytest.mark.parametrize("conninfo", ["user=postgres password={secret} dbname={database} host={host} port={port}",
                                      "postgresql://postgres:{secret}@/{database}?host={host}&port={port}&application_name={secret}"])
def test_no_value_of_a_program_with_postgresql_is_in_its_recording(build, server, tmp_path, conninfo):
    database = server.new_database()
    recording = tmp_path / "recording.pb"
    where = conninfo.format(secret=SECRET, database=database, host=server.variables["PGHOST"], port=server.variables.get("PGPORT", "5432"))
    where = where.replace("postgres:", f"{server.variables.get('PGUSER', 'postgres')}:").replace("user=postgres", "user=" + server.variables.get(
        "PGUSER", "postgres"))
    run = build.run_watched([server.bin / "psql", "-X", "-v", f"token={SECRET}", "-f", "-", "-d", where], recording,
                            input=POSTGRESQL.encode(), **server.variables)
    assert run.returncode == 0, run.stderr
    report = build.report(recording)
    assert report["totals"]["executions"] > 60
    assert {group["database"]["name"] for group in report["groups"]} == {database}
    assert report["processes"][0]["command"][1:] == ["-X", "-v", "?", "-f", "-", "-d", "?"]
    assert_hidden(build, recording)


def test_the_values_of_libpqs_parameters_and_results_are_not_in_its_recording(build, server, tmp_path):
    program = tmp_path / "program.py"
    program.write_text("import os, psycopg2, sys\n"
                       "db = psycopg2.connect(sys.argv[1]); at = db.cursor(); secret = os.environ['SECRET']\n"
                       "for i in range(10):\n"
                       "    at.execute('select %s, %s::bytea', (secret, secret.encode())); at.fetchall()\n"
                       "    at.execute('select md5(%s)', (secret + str(i),)); at.fetchall()\n")
    recording = tmp_path / "recording.pb"
    where = f"dbname={server.new_database()} password={SECRET}"
    run = build.run_watched([PYTHON, program, where], recording, SECRET=SECRET, **server.variables)
    assert (run.returncode, run.stderr) == (0, b"")
    assert build.report(recording)["totals"]["executions"] >= 20
    assert_hidden(build, recording)


def test_command_lines_are_kept_whole_when_values_are_asked_for(build, tmp_path):
    recording = tmp_path / "recording.pb"
    words = ["/usr/bin/sqlite3", ":memory:", f"select '{SECRET}'"]
    build.run_watched(words, recording)
    assert build.report(recording)["processes"][0]["command"] == ["/usr/bin/sqlite3", "?", "?"]
    recording.unlink()
    build.run_watched(words, recording, NPLUS1_CAPTURE_VALUES="1")
    assert build.report(recording)["processes"][0]["command"] == words
    assert SECRET.encode() in recording.read_bytes()  # what is looked for can be found


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_a_recording_is_its_owners_alone(build, tmp_path, mask):
    recording = tmp_path / "recording.pb"
    before = os.umask(mask)
    try:
        build.run_watched(["/usr/bin/sqlite3", ":memory:", "select 1"], recording)
    finally:
        os.umask(before)
    assert stat.S_IMODE(recording.stat().st_mode) == 0o600


def test_a_recording_never_goes_through_a_link(build, tmp_path):
    target = tmp_path / "target"
    for name, there in (("dangling.pb", False), ("link.pb", True)):
        if there:
            target.write_text("precious")
        (tmp_path / name).symlink_to(target)
        run = build.run_watched(["/usr/bin/sqlite3", ":memory:", "select 1"], tmp_path / name)
        assert run.stdout == b"1\n" and run.returncode == 0
        assert target.exists() == there
    assert target.read_text() == "precious"


@pytest.mark.skipif(os.getuid() != 0, reason="needs root: a set-user-id program, run by another user")
def test_a_program_with_more_rights_than_its_user_is_not_recorded(build):
    """The loader itself drops LD_PRELOAD there; here the agent is linked with the program, as /etc/ld.so.preload would have it."""
    with tempfile.TemporaryDirectory(prefix="nplus1-secure-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "recordings").mkdir()
        (folder / "recordings").chmod(0o777)
        shutil.copy(build.agent, folder)
        (folder / "program.c").write_text('#include <sqlite3.h>\n#include <sys/auxv.h>\nint main(void) { sqlite3 *db; '
                                          'sqlite3_open(":memory:", &db); sqlite3_exec(db, "select 1", 0, 0, 0); '
                                          'return getauxval(AT_SECURE) ? 42 : 0; }\n')
        subprocess.run(["gcc", "program.c", "-o", "program", "-Wl,--no-as-needed", "./libnplus1.so", f"-Wl,-rpath,{folder}", "-lsqlite3"],
                       cwd=folder, check=True)
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", folder / "program"]
        output = f"{folder}/recordings/"
        assert build.run(command, NPLUS1_OUTPUT=output).returncode == 0
        recorded = sorted((folder / "recordings").iterdir())
        assert len(recorded) == 1
        (folder / "program").chmod(0o4755)
        secure = build.run(command, NPLUS1_OUTPUT=output, NPLUS1_LOG="debug", NPLUS1_THRESHOLD="wrong")
        assert (secure.returncode, secure.stdout, secure.stderr) == (42, b"", b"")
        assert sorted((folder / "recordings").iterdir()) == recorded
