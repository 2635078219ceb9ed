"""nplus1 check: what lets it fail, and what does not."""
import json
import re
import subprocess

import pytest


@pytest.fixture(scope="module")
def recordings(build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("check")
    for name, size in (("users_posts_lazy", [20]), ("users_posts_selectin", [20]), ("authors_books_lazy", [30])):
        assert build.run_watched([build.sample(name), *size], folder / f"{name}.pb").returncode == 0
    return folder


def lines(run):
    return run.stdout.decode().splitlines()


def test_findings_are_status_1_and_a_line_each(build, recordings):
    run = build.view("check", recordings / "users_posts_lazy.pb")
    findings = build.report(recordings / "users_posts_lazy.pb")["findings"]
    assert run.returncode == 1
    assert len(lines(run)) == len(findings) == 1
    finding, = findings
    assert "users_posts_lazy.c:" in lines(run)[0] and "n_plus_one" in lines(run)[0]
    assert lines(run)[0].endswith(f"[{finding['signature']}]")
    assert len(run.stderr.splitlines()) == 1


def test_none_is_status_0_and_silence(build, recordings):
    run = build.view("check", recordings / "users_posts_selectin.pb")
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")


def test_several_recordings_are_checked_together(build, recordings):
    run = build.view("check", recordings)
    assert run.returncode == 1
    assert len(lines(run)) == 2


def test_fail_on_chooses(build, recordings):
    path = recordings / "users_posts_lazy.pb"
    confidence = build.report(path)["findings"][0]["confidence"]
    assert build.view("check", "--fail-on", "possible", path).returncode == 1
    assert build.view("check", "--fail-on", "n_plus_one", path).returncode == 1
    assert build.view("check", "--fail-on", "write_loop", path).returncode == 0
    assert build.view("check", "--fail-on", "write_loop,n_plus_one:likely", path).returncode == 1
    assert build.view("check", "--fail-on", "proven", path).returncode == (1 if confidence == "proven" else 0)
    assert build.view("check", "--fail-on", "n_plus_one:certain", path).returncode == 2


def test_what_the_baseline_has_does_not_count(build, recordings, tmp_path):
    baseline = tmp_path / "baseline.json"
    baseline.write_bytes(build.view("report", "--json", recordings / "users_posts_lazy.pb").stdout)
    assert build.view("check", "--baseline", baseline, recordings / "users_posts_lazy.pb").returncode == 0
    run = build.view("check", "--baseline", baseline, recordings)
    assert run.returncode == 1
    assert len(lines(run)) == 1 and "authors_books_lazy.c" in lines(run)[0]


def test_a_baseline_can_be_a_recording_or_a_directory(build, recordings, tmp_path):
    path = recordings / "users_posts_lazy.pb"
    (tmp_path / "main").mkdir()
    (tmp_path / "main/1.pb").write_bytes(path.read_bytes())
    for baseline in (path, tmp_path / "main"):
        assert build.view("check", "--baseline", baseline, path).returncode == 0
        run = build.view("check", "--baseline", baseline, recordings)
        assert run.returncode == 1
        assert len(lines(run)) == 1 and "authors_books_lazy.c" in lines(run)[0]
    (tmp_path / "cut.pb").write_bytes(path.read_bytes()[:3])
    for bad in (tmp_path, tmp_path / "cut.pb", tmp_path / "missing.pb", "/dev/null"):
        run = build.view("check", "--baseline", bad, path)
        assert (run.returncode, run.stdout) == (2, b"")
        assert len(run.stderr.splitlines()) == 1


def test_a_place_is_one_finding_on_however_many_databases_it_works(build, tmp_path):
    """As tenants have a file each, and tests: one more is no new finding, and one less none that is gone."""
    script = tmp_path / "shop.py"
    script.write_text("""
import sqlite3, sys
def work(path):
    db = sqlite3.connect(path)
    db.executescript("create table a(id integer primary key, b integer); create table b(id integer primary key, name text);")
    db.executemany("insert into a values (?, ?)", [(i, 7919 * i + 11) for i in range(9)])
    db.commit()
    for b, in db.execute("select b from a").fetchall():
        db.execute("select name from b where id = ?", (b,)).fetchall()
for path in sys.argv[1:]:
    work(path)
""")

    def record(*names):
        path = tmp_path / f"{len(names)}.pb"
        run = build.run_watched(["/usr/bin/python3", script, *(tmp_path / f"{path.stem}-{name}.db" for name in names)], path, cwd=tmp_path)
        assert run.returncode == 0, run.stderr.decode()
        found = build.report(path)["findings"]
        return path, [finding for finding in found if "listed_with" not in finding], [finding for finding in found if "listed_with" in finding]

    (one, [alone], []), (few, [both], [other]), (many, [all_of_them], others) = record("a"), record("a", "b"), record("a", "b", "c", "d")
    first = alone["signature"]
    assert "databases" not in alone and {both["signature"], all_of_them["signature"]} == {first}
    assert [other["group"]] == [found["group"] for found in both["databases"][1:]] and other["listed_with"] == both["group"]
    assert len({first, *(finding["signature"] for finding in others)}) == 4 and [finding["executions"] for finding in others] == [9] * 3
    assert [(other["name"].rpartition("-")[2], other["executions"]) for other in all_of_them["databases"]] == [(f"{name}.db", 9) for name in "abcd"]
    assert all_of_them["databases"][0]["group"] == all_of_them["group"] and all_of_them["executions"] == 9
    run = build.view("check", many)
    assert run.returncode == 1 and len(lines(run)) == 1 and "36 executions" in lines(run)[0] and "in 4 databases" in lines(run)[0], run
    assert b"1 of 1 findings" in run.stderr
    text = build.view("report", many).stdout.decode()
    assert text.startswith("1 N+1 found") and "36 of " in text.splitlines()[0]
    assert re.search(r"also on 3 more databases, 36 executions in all: 4-b\.db, 4-c\.db, 4-d\.db ", " ".join(text.split())), text
    assert build.view("export", "-f", "github", many).stdout.count(b"::error") == 1
    baseline = tmp_path / "baseline.json"
    baseline.write_bytes(build.view("report", "--json", few).stdout)
    for known in (few, baseline):
        run = build.view("check", "--baseline", known, many)
        assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")
    suppressions = tmp_path / "suppressions"
    suppressions.write_text(first + "\n")
    assert build.view("check", "--suppressions", suppressions, many).returncode == 0
    for old, new in ((few, many), (many, few)):
        run = build.view("diff", "--json", old, new)
        counts = json.loads(run.stdout)["counts"]["findings"]
        assert run.returncode == 0 and (counts["new"], counts["gone"]) == (0, 0), counts
    assert build.view("diff", "--fail-on=proven", one, many).returncode == 0


MIGRATION = """
from django.db import migrations, models

def fill(apps, schema_editor):
    Shelf = apps.get_model("shop", "Shelf")
    for number in range(20):
        Shelf.objects.create(name=str(number))
    for shelf in list(Shelf.objects.all()):
        Shelf.objects.filter(name=shelf.name).count()

class Migration(migrations.Migration):
    initial = True
    operations = [migrations.CreateModel("Shelf", [("id", models.AutoField(primary_key=True)), ("name", models.TextField())]), *OWN]
"""


@pytest.mark.parametrize("own", [False, True])
def test_what_packages_alone_do_to_set_a_database_up_is_allowed(build, tmp_path, own):
    """Nobody who runs Django's migrations can change how they are noted down; what a migration of the program's own does counts."""
    (tmp_path / "shop/migrations").mkdir(parents=True)
    (tmp_path / "shop/migrations/__init__.py").write_text("")
    (tmp_path / "shop/migrations/0001_initial.py").write_text(MIGRATION.replace("*OWN", "migrations.RunPython(fill)" if own else ""))
    (tmp_path / "settings.py").write_text("""
SECRET_KEY = "x"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.db"}}
""")
    (tmp_path / "manage.py").write_text("""
from django.core.management import execute_from_command_line
import os, sys
def main():
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    execute_from_command_line(sys.argv)
main()
""")
    path = tmp_path / "migrate.pb"
    run = build.run_watched(["/usr/bin/python3", tmp_path / "manage.py", "migrate"], path, cwd=tmp_path)
    assert run.returncode == 0, run.stderr.decode()
    findings = build.report(path)["findings"]
    ours = [f for f in findings if "allowed" not in f]
    assert len(findings) > len(ours) and all("package" in f["allowed"] for f in findings if f not in ours)
    run = build.view("check", path)
    assert run.returncode == own and len(lines(run)) == len(ours), run
    assert {f["location"]["file"].rpartition("/")[2] for f in ours} == ({"0001_initial.py"} if own else set())
    for asked in ("setup", "likely,setup"):
        run = build.view("check", "--fail-on", asked, path)
        assert run.returncode == 1 and len(lines(run)) > len(ours), run
    assert build.view("export", "-f", "junit", path).stdout.count(b"<failure") == len({f["location"]["function"] for f in ours})


def test_files_of_an_editor_that_marks_utf_8_and_ends_lines_with_cr_are_read(build, recordings, tmp_path):
    path = recordings / "users_posts_lazy.pb"
    report = build.view("report", "--json", path).stdout.decode()
    (tmp_path / "suppressions").write_bytes("kind=n_plus_one file=users_posts_lazy.c\n# all\n".replace("\n", "\r\n").encode("utf-8-sig"))
    (tmp_path / "baseline").write_bytes(report.replace("\n", "\r\n").encode("utf-8-sig"))
    (tmp_path / ".nplus1").write_bytes(b"\xef\xbb\xbf[check]\r\nsuppressions = suppressions\r\n")
    for words in (["--suppressions", "suppressions"], ["--baseline", "baseline", "--suppressions", "none"], []):
        (tmp_path / "none").write_text("")
        run = build.view("check", *words, path, cwd=tmp_path)
        assert (run.returncode, run.stdout, run.stderr) == (0, b"", b""), words


LOOPS = """
import sqlite3
db = sqlite3.connect(":memory:")
db.executescript("create table a(id integer primary key, b integer); create table b(id integer primary key, name text);")
db.executemany("insert into a values (?, ?)", [(i, 7919 * i + 11) for i in range(9)])
db.commit()
def lazy():
    for b, in db.execute("select b from a").fetchall():
        db.execute("select name from b where id = ?", (b,)).fetchall()
lazy()
"""


def test_a_finding_of_the_baseline_under_another_name_is_told(build, tmp_path):
    """Its file or its function was renamed: it fails, as two findings may well ask the same, but nobody has to search for why."""
    def record(name, text):
        (tmp_path / f"{name}.py").write_text(text)
        assert build.run_watched(["/usr/bin/python3", f"{name}.py"], tmp_path / f"{name}.pb", cwd=tmp_path).returncode == 0
        return tmp_path / f"{name}.pb"

    def told(baseline, path):
        run = build.view("check", "--baseline", baseline, path, cwd=tmp_path)
        return run.returncode, [line for line in run.stderr.decode().splitlines() if "of the baseline, which is gone" in line]

    old, renamed = record("shop", LOOPS), record("store", LOOPS)
    baseline = tmp_path / "baseline.json"
    baseline.write_bytes(build.view("report", "--json", old).stdout)
    names = [build.report(path)["findings"][0]["signature"] for path in (old, renamed)]
    for known in (old, baseline):
        status, [line] = told(known, renamed)
        assert status == 1 and line == (f"nplus1: check: {names[1]} may be {names[0]} of the baseline, which is gone from {tmp_path}/shop.py:9: "
                                        "same statement and parent, in a file or a function of another name")
        assert told(known, old) == (0, [])
    assert told(old, record("both", LOOPS + LOOPS.replace("lazy", "also"))) == (1, [])  # which of the two is not known
    assert told(old, record("other", LOOPS.replace("name from", "id from"))) == (1, [])


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": 1}', "null"])
def test_a_baseline_that_is_none_is_trouble(build, recordings, tmp_path, content):
    baseline = tmp_path / "baseline.json"
    baseline.write_text(content)
    run = build.view("check", "--baseline", baseline, recordings)
    assert run.returncode == 2
    assert len(run.stderr.splitlines()) == 1


def test_suppressions_by_signature_and_by_glob(build, recordings, tmp_path):
    path = recordings / "users_posts_lazy.pb"
    signature = build.report(path)["findings"][0]["signature"]
    file = tmp_path / "suppressions"
    for line, status in ((signature, 0), ("0123456789abcdef", 1), ("kind=n_plus_one", 0), ("kind=write_loop", 1),
                         ("file=users_*.c function=load_posts", 0), ("file=users_*.c function=other", 1),
                         ('statement="select*from posts*"', 0), ("# only a comment", 1), ("", 1)):
        file.write_text(f"# a comment\n{line}\n")
        assert build.view("check", "--suppressions", file, path).returncode == status, line


def read_back(build, path, file):
    """What check says with the suppressions, and the signatures in the file."""
    run = build.view("check", "--suppressions", file, path)
    return run, [line.split()[0] for line in file.read_text().splitlines() if line and not line.startswith("#")]


def pattern_of(build, path):
    """What stands behind the signature, where there is one finding."""
    pattern, = re.findall("^[0-9a-f]{16} (kind=.*)$", build.view("check", "--gen-suppressions", path).stdout.decode(), re.M)
    return pattern


def test_generated_suppressions_let_check_pass(build, recordings, tmp_path):
    file = tmp_path / "suppressions"
    run = build.view("check", "--gen-suppressions", recordings)
    findings = build.report(recordings)["findings"]
    assert run.returncode == 0
    assert len(run.stderr.splitlines()) == 1 and b"2 of 2 findings" in run.stderr
    file.write_bytes(run.stdout)
    again, signatures = read_back(build, recordings, file)
    assert (again.returncode, again.stdout, again.stderr) == (0, b"", b"")
    assert signatures == [finding["signature"] for finding in findings]
    comments = [line for line in lines(run) if line.startswith("# n_plus_one, ")]
    assert len(comments) == 2 and all(any(name in line for line in comments) for name in ("users_posts_lazy.c:10 in load_posts()",
                                                                                          "authors_books_lazy.c:"))
    assert "# select id, likes from posts where user_id = ? order by id" in lines(run)


def test_the_pattern_behind_the_signature_matches_alone(build, recordings, tmp_path):
    path = recordings / "users_posts_lazy.pb"
    file = tmp_path / "suppressions"
    file.write_text(pattern_of(build, path) + "\n")
    assert build.view("check", "--suppressions", file, path).returncode == 0
    run = build.view("check", "--suppressions", file, recordings)
    assert run.returncode == 1 and len(lines(run)) == 1 and "authors_books_lazy.c" in lines(run)[0]


def test_whatever_a_recording_holds_can_be_suppressed(build, tmp_path):
    """Quotes, stars, brackets, control characters, stray bytes: in the comment and in the pattern."""
    path = tmp_path / "hostile.pb"
    subprocess.run([build.program("tools", "make_recording"), "hostile", path], check=True)
    written = build.view("check", "--gen-suppressions", path).stdout
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", written)
    file = tmp_path / "suppressions"
    file.write_bytes(written)
    assert read_back(build, path, file)[0].returncode == 0
    file.write_text(pattern_of(build, path) + "\n")
    run = build.view("check", "--suppressions", file, path)
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")


@pytest.mark.parametrize("statement", ["select * from t where a = ? and b = 'x'", 'select "a""b" from [t] where a = ?',
                                       'select "back\\slash", "*[a]?" from t where a = ?',
                                       "select a from t where id = ? " + "or b = c " * 100, 'select "a" as "gr\u00f6\u00dfe \u20ac" from t where id = ?'],
                         ids=["star", "quotes", "specials", "long", "letters"])
def test_a_pattern_of_any_statement_matches_it(build, tmp_path, statement):
    program = tmp_path / "loop.py"
    program.write_text("import sqlite3\n"
                       "db = sqlite3.connect(':memory:')\n"
                       'db.execute("""create table t(id integer primary key, a, b, c, "a""b")""")\n'
                       "for i in range(9):\n"
                       f"    db.execute({statement!r}, (i,)).fetchall()\n")
    path = tmp_path / "loop.pb"
    assert build.run_watched(["/usr/bin/python3", program], path).returncode == 0
    assert build.view("check", path).returncode == 1
    file = tmp_path / "suppressions"
    file.write_text(pattern_of(build, path) + "\n")
    assert build.view("check", "--suppressions", file, path).returncode == 0


def test_a_signature_decides_whatever_the_patterns_behind_it_say(build, recordings, tmp_path):
    path = recordings / "users_posts_lazy.pb"
    signature = build.report(path)["findings"][0]["signature"]
    file = tmp_path / "suppressions"
    for line, status in ((f"{signature} kind=write_loop file=elsewhere.c", 0), ("0123456789abcdef kind=n_plus_one", 1)):
        file.write_text(f"{line}\n")
        assert build.view("check", "--suppressions", file, path).returncode == status, line


def test_generated_suppressions_go_to_a_new_file_only(build, recordings, tmp_path):
    path = recordings / "users_posts_lazy.pb"
    file = tmp_path / "suppressions"
    run = build.view("check", f"--gen-suppressions={file}", path)
    assert (run.returncode, run.stdout) == (0, b"")
    first = file.read_bytes()
    assert read_back(build, path, file)[0].returncode == 0
    run = build.view("check", f"--gen-suppressions={file}", recordings)
    assert (run.returncode, run.stdout) == (2, b"")
    line, = run.stderr.decode().splitlines()
    assert "suppressions: File exists" in line and ">>" in line
    assert file.read_bytes() == first
    for bad in (tmp_path / "missing/file", tmp_path, "/dev/full"):
        assert build.view("check", f"--gen-suppressions={bad}", path).returncode == 2


def test_only_what_is_not_suppressed_yet_is_generated(build, recordings, tmp_path):
    file = tmp_path / "suppressions"
    assert build.view("check", f"--gen-suppressions={file}", recordings / "users_posts_lazy.pb").returncode == 0
    more = build.view("check", "--suppressions", file, "--gen-suppressions", recordings).stdout
    with file.open("ab") as out:
        out.write(more)
    run, signatures = read_back(build, recordings, file)
    assert (run.returncode, len(signatures)) == (0, 2)
    assert build.view("check", "--suppressions", file, "--gen-suppressions", recordings).stdout == b""


def test_a_suppression_that_is_wrong_is_trouble_with_its_line(build, recordings, tmp_path):
    file = tmp_path / "suppressions"
    file.write_text("# fine\ncolour=blue\n")
    run = build.view("check", "--suppressions", file, recordings)
    assert run.returncode == 2
    assert b"2" in run.stderr and len(run.stderr.splitlines()) == 1
    assert build.view("check", "--suppressions", tmp_path / "missing", recordings).returncode == 2


def test_a_suppression_that_nothing_needed_is_mentioned(build, recordings, tmp_path):
    file = tmp_path / "suppressions"
    file.write_text("kind=write_loop\n")
    run = build.view("check", "--suppressions", file, recordings / "users_posts_selectin.pb")
    assert run.returncode == 0
    assert b"suppressions" in run.stderr


def test_signatures_stay_when_the_data_grows(build, recordings, tmp_path):
    assert build.run_watched([build.sample("users_posts_lazy"), 50], tmp_path / "grown.pb").returncode == 0
    small, grown = (json.loads(build.view("report", "--json", path).stdout)["findings"]
                    for path in (recordings / "users_posts_lazy.pb", tmp_path / "grown.pb"))
    assert [finding["signature"] for finding in small] == [finding["signature"] for finding in grown]


def test_suppressions_that_match_nothing_are_one_line(build, recordings, tmp_path):
    """And no advice to remove what another program may need."""
    rules = tmp_path / "suppressions"
    rules.write_text("".join(f"{number:016x}\n" for number in range(1000)))
    run = build.view("check", "--suppressions", rules, recordings / "users_posts_selectin.pb")
    line, = run.stderr.decode().splitlines()
    assert run.returncode == 0 and line.startswith(f"nplus1: {rules}:1, 2, 3, ") and " more: this suppression matches nothing here" in line


@pytest.mark.parametrize(("content", "why"), [(None, "No such file or directory"), ("", "is empty"), ("{", "is no JSON: ")])
def test_a_baseline_that_cannot_be_read_is_said_in_one_line(build, recordings, tmp_path, content, why):
    baseline = tmp_path / "baseline.json"
    if content is not None:
        baseline.write_text(content)
    run = build.view("check", "--baseline", baseline, recordings)
    assert (run.returncode, run.stdout) == (2, b"")
    line, = run.stderr.decode().splitlines()
    assert line.startswith(f"nplus1: {baseline}: {why}") and line.count(str(baseline)) == 1


def test_a_baseline_can_come_through_a_pipe(build, recordings):
    path = recordings / "users_posts_lazy.pb"
    words = f"{build.viewer} check --baseline <({build.viewer} report --json {path}) {path}"
    run = build.run(["bash", "-c", words], XDG_CONFIG_HOME="/nowhere")
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")


MANY = """
import sqlite3
db = sqlite3.connect(":memory:")
for i in range(3000):
    db.execute(f"select 1 as a{i}").fetchall()
"""


def test_what_did_not_fit_is_said_by_those_who_find_nothing(build, tmp_path):
    """A recording that is full has no finding in what it lacks: silence would say more than is known."""
    path = tmp_path / "full.pb"
    assert build.run_watched(["/usr/bin/python3", "-c", MANY], path, NPLUS1_MAX_STREAM="64K").returncode == 0
    process, = build.report(path)["processes"]
    assert process["left_out"] > 0
    for words in (["check", path], ["diff", path, path]):
        run = build.view(*words)
        assert run.returncode == 0
        for line in run.stderr.decode().splitlines():
            assert line.startswith(f"nplus1: {path}: is incomplete: {process['left_out']} executions count in the totals only")
            assert "NPLUS1_MAX_STREAM" in line
        assert len(run.stderr.splitlines()) == len(words) - 1
