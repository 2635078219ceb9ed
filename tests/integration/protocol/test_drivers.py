"""Drivers that speak the protocol themselves: executions are those that the server counted, statement by statement; a loop is proven at
the program's own line, its eager twin is silent, and what the program prints is the same as without the agent."""
import os

import pytest
from bundlers.bundlers import Bundlers
from conftest import prepared
from drivers.drivers import LOOP, PROGRAMS, fill
import postgresql
from postgresql import alike, calls_by_statement, executions_by_statement

CASES = {
    "asyncpg": ("asyncpg_shop.py",),
    "asyncpg-pool": ("asyncpg_shop.py", "pool"),
    "asyncpg-each": ("asyncpg_shop.py", "each"),
    "asyncpg-fresh": ("asyncpg_shop.py", "fresh"),
    "asyncpg-uvloop": ("asyncpg_shop.py", "uvloop"),
    "asyncpg-uvloop-each": ("asyncpg_shop.py", "each", "uvloop"),
    "sqlalchemy": ("sqlalchemy_shop.py",),
    "pg8000": ("pg8000_shop.py",),
    "pg": ("pg_shop.js",),
    "pg-pool": ("pg_shop.js", "pool"),
    "postgres.js": ("postgres_shop.js",),
    "sequelize": ("sequelize_shop.js",),
    "knex": ("knex_shop.js",),
    "typeorm": ("typeorm_shop.js",),
    "jdbc": ("Shop.java", ""),
    "jdbc-unprepared": ("Shop.java", "&prepareThreshold=0"),
    "jdbc-binary": ("Shop.java", "&prepareThreshold=-1"),
    "jdbc-simple": ("Shop.java", "&preferQueryMode=simple"),
}
if os.environ.get("NPLUS1_TEST_CLIENTS"):  # of `make clients-protocol`
    CASES.update({"tokio-postgres": ("tokio_postgres_shop.rs",), "sqlx": ("sqlx_shop.rs",)})
# By the library that node has inside, exports and calls itself.
BEHIND_TLS = {"pg": ("pg_shop.js",), "pg-pool": ("pg_shop.js", "pool"), "postgres.js": ("postgres_shop.js", "tls")}
# Where another task sends, the statement is what is told.
WITHOUT_A_LINE = {"tokio-postgres"}
# Ways of await_shop.js: the lines that send, and the loops. The loop of `one` is its own; seen from the parent, who sent the orders
# of another function, it is the line that both have in common.
WAYS = {
    "one": [("first", "of main")],
    "two": [("first", "of two"), ("second", "of two")],
    "together": [("first", "of together"), ("second", "of together")],
    "all": [("all", "of all")],
    "nested": [("helper", "loop")],
    "returned": [("of returned", "of returned")],
    "then": [("then", "then")],
    "race": [("race", "race")],
    "generator": [("generator", "of generator")],
}
STRESS = {"compaction": "--stress-compaction", "collections": "--gc-interval=100", "interpreted": "--no-opt --no-sparkplug", "baseline": "--always-sparkplug"}


def marked(program, mark="N+1 here"):
    return next(number for number, line in enumerate((PROGRAMS / program).read_text().splitlines(), 1) if mark in line)


@pytest.fixture(scope="module")
def database(tcp_server):
    return fill(tcp_server)


@pytest.fixture(scope="module")
def bundlers(build):
    return prepared(Bundlers(build))


def expect_a_loop_and_its_twin(build, drivers, server, database, tmp_path, name, case, **variables):
    program, *words = case
    for way in ("lazy", "eager"):
        recording = tmp_path / f"{way}.pb"
        plain = drivers.run(program, way, *words, server=server, database=database, **variables)
        server.forget_calls()
        assert drivers.run(program, way, *words, server=server, database=database, recording=recording, **variables) == plain
        report = build.report(recording, cwd=PROGRAMS)
        calls = calls_by_statement(build, server.calls(database))
        assert alike(executions_by_statement(report)) == alike(calls)
        if way == "eager":
            assert report["findings"] == []
            continue
        [finding] = report["findings"]
        assert (finding["kind"], finding["confidence"]) == ("n_plus_one", "proven")
        groups = {group["id"]: group for group in report["groups"]}
        assert (groups[finding["group"]]["executions"], groups[finding["group"]]["rows"]) == (LOOP, LOOP)
        if name not in WITHOUT_A_LINE:
            place = finding["loop"] or finding["location"]
            assert (place["file"], place["line"]) == (str(PROGRAMS / program), marked(program))


@pytest.mark.parametrize("name", CASES)
def test_a_loop_and_its_twin(build, drivers, tcp_server, database, tmp_path, name):
    if CASES[name][0].endswith(".rs"):
        drivers.prepare_rust()
    expect_a_loop_and_its_twin(build, drivers, tcp_server, database, tmp_path, name, CASES[name])


@pytest.mark.parametrize("name", BEHIND_TLS)
def test_a_loop_and_its_twin_behind_tls(build, drivers, tls_server, tmp_path, name):
    expect_a_loop_and_its_twin(build, drivers, tls_server, fill(tls_server), tmp_path, name, BEHIND_TLS[name], NPLUS1_HIDDEN="1",
                               PGHOST="127.0.0.1", PGSSLMODE="no-verify")


def test_a_connection_that_is_encrypted_at_once(build, drivers, tcp_server, database, tmp_path):
    with postgresql.running_tls_proxy(tcp_server) as variables:
        expect_a_loop_and_its_twin(build, drivers, tcp_server, database, tmp_path, "pg", ("pg_shop.js",), NPLUS1_HIDDEN="1",
                                   PGSSLMODE="no-verify", PGSSLNEGOTIATION="direct", **variables)


@pytest.mark.parametrize("name, words, variables", [("Shop.java", ["&sslmode=require"], {}),  # Java encrypts by itself
                                                    ("pg_shop.js", [], {"PGHOST": "127.0.0.1", "PGSSLMODE": "no-verify"})])  # not asked for
def test_what_is_encrypted_and_not_seen_is_told(build, drivers, tls_server, tmp_path, name, words, variables):
    database = fill(tls_server)
    drivers.run(name, "lazy", *words, server=tls_server, database=database, recording=tmp_path / "r.pb", **variables)
    report = build.report(tmp_path / "r.pb")
    assert [(process["left_out_connections"], process["left_out"]) for process in report["processes"]] == [(1, 0)]
    assert report["totals"]["executions"] == 0
    said = " ".join(build.view("report", tmp_path / "r.pb").stdout.decode().split())
    assert "1 connection to PostgreSQL was not followed: encrypted by a library that is not seen" in said


@pytest.mark.parametrize("way, function, mark", [("lazy", "names.<locals>.<genexpr>", "N+1 here"), ("awaitable", "awaitable", "awaited here"),
                                                 ("execute", "execute", "executed here")])
def test_asynchronous_sqlalchemy_names_the_loop_of_a_greenlet_and_the_line_of_an_await(build, drivers, tcp_server, database, tmp_path, way,
                                                                                      function, mark):
    drivers.run("sqlalchemy_shop.py", way, server=tcp_server, database=database, recording=tmp_path / "r.pb")
    report = build.report(tmp_path / "r.pb", cwd=PROGRAMS)
    [finding] = report["findings"]
    assert (finding["kind"], finding["confidence"], finding["executions"]) == ("n_plus_one", "proven", LOOP)
    assert (finding["location"]["line"], finding["location"]["function"]) == (marked("sqlalchemy_shop.py", mark), function)
    # What waits stands outside of what it waits for, each once, and nothing else is in between.
    stack = [frame["function"] for group in report["groups"] if group["id"] == finding["group"] for frame in group["stack"] if frame["in_app"]]
    assert stack == {"lazy": [function, "names", "lazy", "main", "<module>"]}.get(way, [way, "main", "<module>"])


def test_java_names_the_line_of_the_query_too(build, drivers, tcp_server, database, tmp_path):
    drivers.run("Shop.java", "lazy", server=tcp_server, database=database, recording=tmp_path / "r.pb")
    [finding] = build.report(tmp_path / "r.pb", cwd=PROGRAMS)["findings"]
    assert (finding["location"]["line"], finding["location"]["function"]) == (marked("Shop.java", "// query"), "Shop.name")


def test_javascript_names_the_line_where_its_caller_is_on_the_stack(build, drivers, tcp_server, database, tmp_path):
    drivers.run("pg_shop.js", "lazy", server=tcp_server, database=database, recording=tmp_path / "r.pb")
    [finding] = build.report(tmp_path / "r.pb", cwd=PROGRAMS)["findings"]
    assert (finding["location"]["line"], finding["location"]["function"]) == (marked("pg_shop.js"), "lazy")


def awaited(build, drivers, server, database, recording, *words, **variables):
    """A report of await_shop.js, which prints the same as without the agent, and whose statements the server counted."""
    plain = drivers.run("await_shop.js", *words, server=server, database=database, **variables)
    server.forget_calls()
    assert drivers.run("await_shop.js", *words, server=server, database=database, recording=recording, **variables) == plain
    report = build.report(recording, cwd=PROGRAMS)
    assert alike(executions_by_statement(report)) == alike(calls_by_statement(build, server.calls(database)))
    return report


def lines_of(way):
    return sorted((marked("await_shop.js", f"// {line}"), marked("await_shop.js", f"// {loop}")) for line, loop in WAYS[way])


def callers(report):
    """How each finding's function was found; none: it was on the stack."""
    groups = {group["id"]: group for group in report["groups"]}
    return {groups[finding["group"]].get("caller") for finding in report["findings"]}


def told(report, executions=LOOP, source=PROGRAMS / "await_shop.js"):
    """The line and the loop of each finding; all of them proven."""
    for finding in report["findings"]:
        assert (finding["kind"], finding["confidence"], finding["executions"]) == ("n_plus_one", "proven", executions)
        assert {finding["location"]["file"], finding["loop"]["file"]} == {str(source)}
    return sorted((finding["location"]["line"], finding["loop"]["line"]) for finding in report["findings"])


@pytest.mark.parametrize("driver", ["pool", "postgres"])
@pytest.mark.parametrize("way", WAYS)
def test_javascript_is_told_by_who_awaits_what_a_pool_sends(build, drivers, tcp_server, database, tmp_path, way, driver):
    assert told(awaited(build, drivers, tcp_server, database, tmp_path / "r.pb", way, driver)) == lines_of(way)


def test_the_report_says_that_a_line_was_found_by_its_promise(build, drivers, tcp_server, database, tmp_path):
    assert callers(awaited(build, drivers, tcp_server, database, tmp_path / "r.pb", "one", "pool")) == {"promise"}
    assert "\n   await   found by the promise or the callback that waits for it" in build.run([build.viewer, "report", tmp_path / "r.pb"]).stdout.decode()


@pytest.mark.parametrize("way", ["pool", "named", "queue", "then"])
def test_javascript_is_told_by_the_function_that_is_called_with_the_answer(build, drivers, tcp_server, database, tmp_path, way):
    """One of a client's own is sent on the spot, and the others wait, which is one place; of a pool's, all do."""
    plain = drivers.run("callbacks_shop.js", way, server=tcp_server, database=database)
    tcp_server.forget_calls()
    assert drivers.run("callbacks_shop.js", way, server=tcp_server, database=database, recording=tmp_path / "r.pb") == plain
    report = build.report(tmp_path / "r.pb", cwd=PROGRAMS)
    assert alike(executions_by_statement(report)) == alike(calls_by_statement(build, tcp_server.calls(database)))
    [finding] = report["findings"]
    group, parent = ({group["id"]: group for group in report["groups"]}[id] for id in (finding["group"], finding["parent"]))
    assert (finding["kind"], finding["confidence"], finding["executions"]) == ("n_plus_one", "proven", LOOP)
    assert (finding["location"]["line"], group.get("caller")) == (marked("callbacks_shop.js", f"// {way}"), None if way == "queue" else "promise")
    assert marked("callbacks_shop.js", "// orders") in [frame["line"] for frame in parent["stack"] if frame["in_app"]]


def test_a_mapper_s_loop_is_told_by_the_function_that_is_called_when_the_mapper_s_have_returned(build, drivers, tcp_server, database, tmp_path):
    plain = drivers.run("knex_then_shop.js", server=tcp_server, database=database)
    assert drivers.run("knex_then_shop.js", server=tcp_server, database=database, recording=tmp_path / "r.pb") == plain
    [finding] = build.report(tmp_path / "r.pb", cwd=PROGRAMS)["findings"]
    assert (finding["confidence"], finding["executions"], finding["location"]["line"]) == ("proven", LOOP, marked("knex_then_shop.js", "// then"))


def test_a_loop_of_callbacks_one_after_the_other_is_told_at_its_line(build, drivers, tcp_server, database, tmp_path):
    drivers.run("callback_shop.js", server=tcp_server, database=database, recording=tmp_path / "r.pb")
    [finding] = build.report(tmp_path / "r.pb", cwd=PROGRAMS)["findings"]
    assert (finding["confidence"], finding["executions"], finding["location"]["line"]) == ("proven", LOOP, marked("callback_shop.js", "where id = $1"))


@pytest.mark.parametrize("options", ["", "--stress-compaction"])
def test_a_loop_has_one_line_however_its_code_is_run(build, drivers, tcp_server, tmp_path, options):
    rows = 400 if options else 3000
    drivers.run("together_shop.js", server=tcp_server, database=fill(tcp_server, rows), recording=tmp_path / "r.pb", options=options)
    [finding] = build.report(tmp_path / "r.pb", cwd=PROGRAMS)["findings"]
    line = marked("together_shop.js", "// together")
    assert (finding["confidence"], finding["executions"], finding["location"]["line"]) == ("proven", rows, line)


def test_the_report_says_where_nobody_awaits(build, drivers, tcp_server, database, tmp_path):
    """Listeners: what the program goes on with is known to the driver alone. Proven it is all the same."""
    plain = drivers.run("listener_shop.js", server=tcp_server, database=database)
    assert drivers.run("listener_shop.js", server=tcp_server, database=database, recording=tmp_path / "r.pb") == plain
    report = build.report(tmp_path / "r.pb", cwd=PROGRAMS)
    [finding] = report["findings"]
    assert (finding["kind"], finding["confidence"], finding["executions"]) == ("n_plus_one", "proven", LOOP - 1)
    assert callers(report) == {"unknown"}
    assert "\n   await   who waits for it was not found" in build.run([build.viewer, "report", tmp_path / "r.pb"]).stdout.decode()


def test_the_report_does_not_speak_of_promises_where_the_stack_has_the_line(build, drivers, tcp_server, database, tmp_path):
    drivers.run("pg_shop.js", "lazy", server=tcp_server, database=database, recording=tmp_path / "r.pb")
    assert callers(build.report(tmp_path / "r.pb", cwd=PROGRAMS)) == {None}


def test_a_lazy_relation_of_typeorm_is_told_by_who_awaits_it(build, drivers, tcp_server, database, tmp_path):
    """The mapper reacts to the same promise, to keep what was loaded; nobody awaits that."""
    drivers.run("typeorm_shop.js", "relation", server=tcp_server, database=database, recording=tmp_path / "r.pb")
    report = build.report(tmp_path / "r.pb", cwd=PROGRAMS)
    line = marked("typeorm_shop.js", "// awaited here")
    assert told(report, source=PROGRAMS / "typeorm_shop.js") == [(line, line)]
    # Another row is loaded than the parent's, though by the parent's key.
    assert [finding["advice"]["strategy"] for finding in report["findings"]] == ["join"]


LOADER = """
class Loader {
  constructor(load, query) { this.load_all = load; this.query = query; this.waiting = null; }
  load(key) {
    if (!this.waiting) { this.waiting = []; process.nextTick(() => this.send((keys) => this.load_all(keys))); }
    return new Promise((resolve, reject) => this.waiting.push({ key, resolve, reject }));
  }
  single(key) {
    if (!this.waiting) {
      this.waiting = [];
      process.nextTick(() => this.send(async ([key]) => (await this.query('select id, name from customers where id = $1', key)).rows));
    }
    return new Promise((resolve, reject) => this.waiting.push({ key, resolve, reject }));
  }
  send(load) {
    const sent = this.waiting;
    this.waiting = null;
    load(sent.map(({ key }) => key)).then((rows) => sent.forEach(({ resolve }, i) => resolve(rows[i]))).catch((why) => sent.forEach(({ reject }) => reject(why)));
  }
}
exports.Loader = Loader;
"""


@pytest.fixture
def with_loader(tmp_path):
    """A folder with loader_shop.js and its package."""
    package = tmp_path / "shop/node_modules/keyed-loader"
    package.mkdir(parents=True)
    (package / "index.js").write_text(LOADER)
    (tmp_path / "shop/loader_shop.js").write_text((PROGRAMS / "loader_shop.js").read_text())
    return tmp_path / "shop"


def test_who_awaits_what_a_package_settles_is_told(build, drivers, tcp_server, database, tmp_path, with_loader):
    """As Prisma's findUnique does it: between the statement and the program is a list of callers."""
    plain = drivers.run("loader_shop.js", "one", server=tcp_server, database=database, folder=with_loader)
    assert drivers.run("loader_shop.js", "one", server=tcp_server, database=database, folder=with_loader, recording=tmp_path / "r.pb") == plain
    report = build.report(tmp_path / "r.pb")
    place = marked("loader_shop.js"), marked("loader_shop.js", "// of main")
    assert told(report, source=with_loader / "loader_shop.js") == [place]


def test_a_loader_that_asks_once_is_silent(build, drivers, tcp_server, database, tmp_path, with_loader):
    drivers.run("loader_shop.js", "all", server=tcp_server, database=database, folder=with_loader, recording=tmp_path / "r.pb")
    report = build.report(tmp_path / "r.pb")
    assert report["findings"] == []
    assert sorted(group["location"]["function"] for group in report["groups"]) == ["load", "main"]


RESOLVER_SHOP = """\
const { Pool } = require('pg');
const { find, serve } = require('row-server');

const pool = new Pool({ max: 4 });
const orders = () => find(pool, 'select id, customer_id from orders order by id', []);
const customer = (order) => find(pool, 'select name from customers where id = $1', [order.customer_id]);

serve(orders, customer, (answers) => {
  console.log(answers.reduce((total, [each]) => total + each.name.length, 0));
  pool.end();
});
"""
ROW_SERVER = """\
exports.find = async (pool, text, values) => (await pool.query(text, values)).rows;
exports.serve = async (list, resolve, done) => {
  const rows = await list();
  setImmediate(done, await Promise.all(rows.map(resolve)));
};
"""


def test_what_packages_alone_await_is_told_by_their_lines(build, drivers, tcp_server, database, tmp_path):
    """As a GraphQL server calls resolvers that await nothing: the statements of all of them are one place, however they come to be sent."""
    folder, package = tmp_path / "shop", tmp_path / "shop/node_modules/row-server"
    package.mkdir(parents=True)
    (package / "index.js").write_text(ROW_SERVER)
    (folder / "resolver_shop.js").write_text(RESOLVER_SHOP)
    plain = drivers.run("resolver_shop.js", server=tcp_server, database=database, folder=folder)
    assert drivers.run("resolver_shop.js", server=tcp_server, database=database, folder=folder, recording=tmp_path / "r.pb") == plain
    report = build.report(tmp_path / "r.pb")
    [finding] = report["findings"]
    assert (finding["kind"], finding["confidence"], finding["executions"]) == ("n_plus_one", "proven", LOOP)
    assert (finding["loop"]["file"], finding["loop"]["line"]) == (str(package / "index.js"), 4)
    assert callers(report) == {"promise"}


def test_what_a_list_hands_out_to_a_fresh_pool_is_likely(build, drivers, tcp_server, database, tmp_path):
    """Each connection is a task's of its own, but one result made all of them ask. In which order they do says nothing of small numbers."""
    drivers.run("fresh_pool_shop.js", "20", server=tcp_server, database=database, recording=tmp_path / "r.pb")
    report = build.report(tmp_path / "r.pb", cwd=PROGRAMS)
    [finding] = [finding for finding in report["findings"] if finding["kind"] == "n_plus_one"]
    assert (finding["confidence"] in ("likely", "proven"), finding["executions"], finding["distinct_values"]) == (True, 20, 20)
    assert finding["location"]["line"] == marked("fresh_pool_shop.js")


@pytest.mark.parametrize("driver", ["pool", "postgres"])
def test_javascript_that_awaits_a_batch_is_silent(build, drivers, tcp_server, database, tmp_path, driver):
    assert awaited(build, drivers, tcp_server, database, tmp_path / "r.pb", "eager", driver)["findings"] == []


@pytest.mark.parametrize("driver", ["pool", "postgres"])
@pytest.mark.parametrize("options", STRESS.values(), ids=STRESS)
def test_who_awaits_is_told_while_objects_move_and_code_is_thrown_away(build, drivers, tcp_server, database, tmp_path, options, driver):
    report = awaited(build, drivers, tcp_server, database, tmp_path / "r.pb", "together", driver, options=options)
    assert told(report) == lines_of("together")


@pytest.mark.parametrize("driver", ["pool", "postgres"])
def test_who_awaits_is_told_by_the_newest_node(build, drivers, tcp_server, database, tmp_path, driver):
    """In its loop of 10,000 all of postgres.js that sends has become a part of node's own function."""
    report = awaited(build, drivers, tcp_server, database, tmp_path / "r.pb", "two", driver, "10", node=drivers.newest_node())
    report["findings"] = [finding for finding in report["findings"] if finding["kind"] != "duplicate_query"]  # the orders, ten times
    assert told(report, 10 * LOOP) == lines_of("two")


@pytest.mark.parametrize("driver", ["pool", "postgres"])
def test_who_awaits_is_told_by_what_was_written(build, drivers, bundlers, tcp_server, database, tmp_path, driver):
    """TypeScript that became one line."""
    source = tmp_path / "src/await_shop.ts"
    source.parent.mkdir()
    source.write_text((PROGRAMS / "await_shop.js").read_text())
    bundlers.bundle(tmp_path, "src/await_shop.ts", "--external:pg", "--external:postgres", "--minify", "--sourcemap", "--outfile=out/shop.js")
    drivers.run("shop.js", "together", driver, server=tcp_server, database=database, recording=tmp_path / "r.pb", folder=tmp_path / "out")
    assert told(build.report(tmp_path / "r.pb"), source=source) == lines_of("together")


def test_threads_of_javascript_that_come_and_go_take_no_more_memory_each(build, drivers, tcp_server, database, tmp_path):
    """The state of each goes to the next; 200 of them had 5.6 MiB of their own."""
    drivers.run("pg_workers.js", "200", server=tcp_server, database=database, recording=tmp_path / "%p.pb", NPLUS1_MAX_MEMORY="4M")
    recording, = tmp_path.glob("*.pb")
    found = build.report(recording)["groups"]
    assert sum(group["executions"] for group in found if "customers" in group["statement"]["text"]) == 200 * 20
    assert "out of memory       0\n" in build.view("info", recording).stdout.decode()
