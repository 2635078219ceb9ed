"""nplus1 diff: what is new, gone and changed between recordings, and how statements grow with the data."""
import json
import re
import subprocess

import jsonschema
import pytest
from conftest import ROOT

SCHEMA = json.loads((ROOT / "docs/diff.schema.json").read_text())

# name: sample and its sizes
RECORDINGS = {
    "lazy5": ("users_posts_lazy", 5),
    "lazy5000": ("users_posts_lazy", 5000),
    "nested5": ("users_posts_comments_lazy", 5, 5),
    "nested50": ("users_posts_comments_lazy", 50, 5),
    "nested50x50": ("users_posts_comments_lazy", 50, 50),
    "nested5x500": ("users_posts_comments_lazy", 5, 500),
    "selectin5": ("users_posts_selectin", 5),
    "selectin500": ("users_posts_selectin", 500),
    "map10": ("orders_customer_identity_map", 100, 10),
    "map100": ("orders_customer_identity_map", 10000, 100),
}


@pytest.fixture(scope="module")
def folder(build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("diff")
    for name, (sample, *sizes) in RECORDINGS.items():
        assert build.run_watched([build.sample(sample), *sizes], folder / f"{name}.pb").returncode == 0
    return folder


@pytest.fixture
def diff(build, folder):
    """Compares two recordings by name; returns the run."""
    def run(old, new, *options):
        result = build.view("diff", *options, folder / f"{old}.pb", folder / f"{new}.pb")
        assert result.stderr == b""
        return result
    return run


@pytest.fixture
def compared(diff):
    """The same as JSON, valid by the schema."""
    def run(old, new, *options):
        found = json.loads(diff(old, new, "--json", *options).stdout)
        jsonschema.Draft202012Validator(SCHEMA).validate(found)
        for kind in ("findings", "groups"):
            states = [item["state"] for item in found[kind]]
            assert found["counts"][kind] == {state: states.count(state) for state in ("new", "gone", "changed", "same")}
        return found
    return run


def group_of(found, start):
    group, = (group for group in found["groups"] if group["statement"]["text"].startswith(start))
    return group


def test_a_recording_does_not_differ_from_itself(diff, compared):
    for name in RECORDINGS:
        assert diff(name, name).returncode == 0
        found = compared(name, name)
        assert {item["state"] for item in found["findings"] + found["groups"]} <= {"same"}
        assert found["data"] is None


def test_a_new_finding_is_status_1_and_one_that_is_gone_is_0(diff, compared):
    run = diff("selectin5", "lazy5")
    assert run.returncode == 1
    assert run.stdout.startswith(b"9 -> 13 executions, 1 finding new; ")
    assert b"\n1. new: n_plus_one, proven\n" in run.stdout and b"users_posts_lazy.c:10 in load_posts()" in run.stdout
    new, = compared("selectin5", "lazy5")["findings"]
    assert (new["state"], new["counts"], new["old"], new["new"]["executions"]) == ("new", True, None, 5)

    run = diff("lazy5", "selectin5")
    assert run.returncode == 0
    assert b" executions, 1 finding gone" in run.stdout.splitlines()[0]
    gone, = compared("lazy5", "selectin5")["findings"]
    assert (gone["state"], gone["counts"], gone["new"]) == ("gone", False, None)
    assert gone["signature"] == new["signature"]


def test_more_executions_of_a_known_finding_are_a_change_and_no_trouble(diff, compared):
    assert diff("lazy5", "lazy5000").returncode == 0
    changed, = compared("lazy5", "lazy5000")["findings"]
    assert (changed["state"], changed["counts"]) == ("changed", False)
    assert (changed["old"]["executions"], changed["new"]["executions"]) == (5, 5000)


def test_a_finding_stands_where_the_report_has_it(build, folder, diff, compared):
    """At its loop, and at the line that sends the statement, which is another one."""
    known, = build.report(folder / "lazy5.pb")["findings"]
    finding, = compared("selectin5", "lazy5")["findings"]
    assert finding["loop"] == known["loop"] and finding["location"] == known["location"] != known["loop"]
    said = build.view("report", folder / "lazy5.pb").stdout.decode()
    for label in ("where", "query"):
        line, = re.findall(f"^   {label}   .*$", said, re.MULTILINE)
        assert line in diff("selectin5", "lazy5").stdout.decode().splitlines()


def test_fail_on_and_suppressions_choose_what_counts(build, folder, diff, tmp_path):
    for option, status in (("possible", 1), ("proven", 1), ("write_loop", 0), ("n_plus_one:proven", 1)):
        assert diff("selectin5", "lazy5", "--fail-on", option).returncode == status
    suppressions = tmp_path / "suppressions"
    assert build.view("check", f"--gen-suppressions={suppressions}", folder / "lazy5.pb").returncode == 0
    run = diff("selectin5", "lazy5", "--suppressions", suppressions)
    assert run.returncode == 0
    assert b"new: n_plus_one, proven (does not count)" in run.stdout


def test_what_was_too_unsure_before_counts_when_it_is_sure(build, folder, diff, tmp_path):
    """The same loop with values from nowhere, in one go: 3 times is below the threshold, 30 times is likely."""
    program = tmp_path / "loop.py"
    program.write_text("import sqlite3, sys\n"
                       "db = sqlite3.connect(':memory:')\n"
                       "db.execute('create table t(id integer primary key, v)')\n"
                       "for i in range(int(sys.argv[1])):\n"
                       "    db.execute('select v from t where id = ?', (i * i,)).fetchall()\n")
    for times in (3, 30):
        build.run_watched(["/usr/bin/python3", program, times], tmp_path / f"{times}.pb")
    assert build.report(tmp_path / "3.pb")["findings"] == []
    run = build.view("diff", tmp_path / "3.pb", tmp_path / "30.pb")
    assert run.returncode == 1
    assert b"ran     3 -> 30 executions" in run.stdout


@pytest.mark.parametrize("old, new, start, expected, exponent, predicted", [
    ("lazy5", "lazy5000", "select id, likes from posts", "linear", 1, 50000),
    ("lazy5", "lazy5000", "select id, name from users", "constant", 0, 1),
    ("nested5", "nested50", "select id, words from comments", "linear", 1, 2500),
    ("nested5", "nested50x50", "select id, words from comments", "quadratic", 2, 250000),
    ("nested5", "nested50x50", "select id, likes from posts", "linear", 1, 500),
    ("nested5", "nested5x500", "select id, words from comments", "linear", 1, 25000),
    ("nested5", "nested5x500", "select id, likes from posts", "constant", 0, 5),
    ("selectin5", "selectin500", "select user_id, id, likes from posts", "constant", 0, 1),
    ("selectin5", "selectin500", "select id, name from users", "constant", 0, 1),
    ("map10", "map100", "select name, discount from customers", "sublinear", 0.5, 316),
    ("lazy5000", "lazy5", "select id, likes from posts", "linear", 1, 50),
])
def test_growth_is_measured_by_the_rows_of_the_root(compared, old, new, start, expected, exponent, predicted):
    group = group_of(compared(old, new), start)
    growth = group["growth"]
    assert (growth["class"], round(growth["exponent"], 2), growth["predicted"]) == (expected, exponent, predicted)
    assert growth["data"]["source"] in ("parent", "rows")


def test_a_group_names_its_parent_and_the_data_behind_it(compared):
    found = compared("nested5", "nested50x50")
    users, posts, comments = (group_of(found, start) for start in ("select id, name", "select id, likes", "select id, words"))
    assert (users["parent"], posts["parent"], comments["parent"]) == (None, users["id"], posts["id"])
    assert found["data"] == comments["growth"]["data"]
    assert (found["data"]["group"], found["data"]["old"], found["data"]["new"]) == (users["id"], 5, 50)


def test_the_text_says_what_production_will_be_like(diff):
    text = re.sub(r"\s+", " ", diff("lazy5", "lazy5000").stdout.decode())
    assert 'data: 5 -> 5,000 rows (1,000 times) of "select id, name from users order by id"' in text
    assert ('grows with the data (linear, exponent 1.00): 5 -> 5,000 executions for 1,000 times the rows of "select id, name from users '
            'order by id", one execution for each row; 50,000 rows will be about 50,000 executions, ') in text
    assert re.search(r"50,000 executions, \S+ m?s in the database at \S+ [un]s each", text) and "round trips" not in text  # it is a file
    text = re.sub(r"\s+", " ", diff("nested5", "nested50x50", "--at=1000").stdout.decode())
    assert ('25 -> 2,500 executions for 10 times the rows of "select id, name from users order by id", and for each of them 10 times the '
            'rows of "select id, likes from posts where user_id = ? order by id"') in text
    assert "1,000 rows will be about 1,000,000 executions" in text


REQUESTS = """\
import sqlite3, sys
requests, users = map(int, sys.argv[1:])
db = sqlite3.connect(":memory:", isolation_level=None)
db.executescript("CREATE TABLE users(id INTEGER PRIMARY KEY); CREATE TABLE posts(id INTEGER PRIMARY KEY, user_id);"
                 f"INSERT INTO users WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {users}) SELECT i FROM n;"
                 "INSERT INTO posts SELECT id + 100000, id FROM users")
for request in range(requests):
    ids = [user for (user,) in db.execute("SELECT id FROM users")]
    for user in ids:
        db.execute("SELECT id FROM posts WHERE user_id = ?", (user,)).fetchall()
    for start in range(0, users, 50):
        part = ids[start:start + 50]
        db.execute(f"SELECT user_id FROM posts WHERE user_id IN ({','.join('?' * len(part))})", part).fetchall()
"""


def test_more_requests_are_not_more_data(build, tmp_path):
    """Each request loads what there is, once lazily and once in chunks of 50."""
    program = tmp_path / "requests.py"
    program.write_text(REQUESTS)
    for requests, users in ((3, 20), (30, 20), (30, 1000)):
        assert build.run_watched(["/usr/bin/python3", program, requests, users], tmp_path / f"{requests}x{users}.pb").returncode == 0

    def compare(old, new):
        found = json.loads(build.view("diff", "--json", tmp_path / f"{old}.pb", tmp_path / f"{new}.pb").stdout)
        return found, *(group_of(found, start) for start in ("select id from posts", "select user_id from posts"))

    found, lazy, chunks = compare("3x20", "30x20")
    assert (lazy["new"]["executions"], lazy["growth"], chunks["growth"], found["data"]) == (600, None, None, None)
    for old in ("3x20", "30x20"):
        found, lazy, chunks = compare(old, "30x1000")
        assert (found["data"]["old"], found["data"]["new"], found["data"]["new_units"]) == (20, 1000, 30)
        assert (lazy["growth"]["class"], lazy["growth"]["exponent"], lazy["growth"]["predicted"]) == ("linear", 1, 300000)
        assert (chunks["new"]["executions"], chunks["growth"]["class"], chunks["growth"]["predicted"]) == (600, "chunked", 6000)


def test_an_eager_load_is_constant_however_many_rows_it_brings(diff):
    lines = diff("selectin5", "selectin500").stdout.decode().splitlines()
    assert sum(re.match(r"   constant +1 -> 1 x select ", line) is not None for line in lines) == 2
    assert not any(re.match(r"   (linear|quadratic)", line) for line in lines)


def test_the_user_can_say_how_much_the_data_grew(compared):
    found = compared("lazy5", "lazy5000", "--scale", "10:100000", "--at", "1000000")
    assert found["data"]["source"] == "given"
    growth = group_of(found, "select id, likes")["growth"]
    assert (growth["class"], growth["exponent"], growth["scale"]) == ("sublinear", 0.75, 10000)
    assert found["predicted_for"] == 10


@pytest.mark.parametrize("old, new", [("lazy5", "lazy5000"), ("nested5", "nested50x50"), ("selectin5", "lazy5")])
def test_the_same_recordings_give_the_same_bytes(diff, old, new):
    for options in ([], ["--json"], ["--color=always"]):
        assert diff(old, new, *options).stdout == diff(old, new, *options).stdout


def test_folders_are_compared_as_a_whole(build, folder, tmp_path):
    for side, names in (("old", ("lazy5", "selectin5")), ("new", ("nested5", "lazy5", "selectin5"))):
        (tmp_path / side).mkdir()
        for name in names:
            (tmp_path / side / f"{name}.pb").write_bytes((folder / f"{name}.pb").read_bytes())
    run = build.view("diff", "--json", tmp_path / "old", tmp_path / "new")
    assert run.returncode == 1
    found = json.loads(run.stdout)
    assert found["counts"]["findings"] == {"new": 2, "gone": 0, "changed": 0, "same": 1}
    assert len(found["new"]["recordings"]) == 3


@pytest.mark.parametrize("words, said", [
    ([], "give two recordings"),
    (["a"], "give two recordings"),
    (["a", "b", "c"], "give two recordings"),
    (["--scale=5", "a", "b"], "--scale: '5' is not OLD:NEW"),
    (["--scale=5:", "a", "b"], "is not OLD:NEW"),
    (["--scale=0:5", "a", "b"], "is not OLD:NEW"),
    (["--scale=-5:5", "a", "b"], "is not OLD:NEW"),
    (["--scale=5:5x", "a", "b"], "is not OLD:NEW"),
    (["--scale=5:99999999999999999999", "a", "b"], "is not OLD:NEW"),
    (["--at=many", "a", "b"], "--at: 'many' is not a number"),
    (["--at"], "option --at needs a value"),
    (["--fail-on=sure", "a", "b"], "'sure' is not a kind"),
    (["--html", "a", "b"], "unknown option --html"),
])
def test_wrong_usage_is_one_line_and_status_2(build, words, said):
    run = build.view("diff", *words)
    assert (run.returncode, run.stdout) == (2, b"")
    line, = run.stderr.decode().splitlines()
    assert line.startswith("nplus1: diff: ") and said in line


def test_nothing_of_a_recording_reaches_the_terminal_as_a_control_character(build, tmp_path):
    for kind in ("hostile", "nested", "clean"):
        subprocess.run([build.program("tools", "make_recording"), kind, tmp_path / f"{kind}.pb"], check=True)
    for sides in (("hostile", "nested"), ("nested", "hostile"), ("hostile", "hostile"), ("clean", "nested")):
        paths = [tmp_path / f"{side}.pb" for side in sides]
        for options in ([], ["--scale=1:18446744073709551615"], ["--at=18446744073709551615"]):
            text = build.view("diff", *options, *paths).stdout
            assert text and not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]", text)
            jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(build.view("diff", "--json", *options, *paths).stdout))


def test_one_side_that_cannot_be_read_is_trouble(build, folder, tmp_path):
    bad = tmp_path / "bad.pb"
    bad.write_text("This is no recording.\n")
    for sides in ([bad, folder / "lazy5.pb"], [folder / "lazy5.pb", bad], [tmp_path / "missing.pb", folder / "lazy5.pb"]):
        run = build.view("diff", *sides)
        assert (run.returncode, run.stdout) == (2, b"")
        assert len(run.stderr.splitlines()) == 1
