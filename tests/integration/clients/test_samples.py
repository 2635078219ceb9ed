"""What nplus1 reports of each sample is what the sample counted itself, number by number."""
import json
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from conftest import ROOT, line_of_marker

SOURCES = ROOT / "samples/c"


@dataclass(frozen=True)
class NPlusOne:
    child: str  # functions of the sample
    parent: str
    column: str
    executions: int
    distinct_values: int
    episodes: int
    max_per_episode: int
    root: str
    callers: tuple = field(compare=False, default=())  # functions between the child and main


@dataclass(frozen=True)
class Load:
    program: str
    sizes: tuple
    executions: int  # of the load, without filling the tables
    findings: tuple = ()
    tolerated: tuple = ()  # kinds of other findings that would be true of it
    must_be_proven: bool = False
    system: str = "sqlite"

    def __str__(self):
        return "-".join([self.system, self.program, *map(str, self.sizes)])


def n_plus_one(child, parent, column, executions, distinct_values=None, callers=None):
    return NPlusOne(child, parent, column, executions, distinct_values or executions, 1, executions, parent, callers or (parent,))


def nested(child, parent, column, episodes, per_episode, root):
    executions = episodes * per_episode
    return NPlusOne(child, parent, column, executions, executions, episodes, per_episode, root, (parent, root))


def posts_of(users):
    return n_plus_one("load_posts", "load_users", "id", users)


def comments_of(users):
    return nested("load_comments", "load_posts", "id", users, 5, "load_users")


JOINED = ("join_fanout",)
LARGE_LIST = ("large_in_list",)

LOADS = [
    Load("orders_customer_lazy", (100, 10), 101, (n_plus_one("load_customer", "load_orders", "customer_id", 100, 10),)),
    Load("orders_customer_identity_map", (100, 10), 11, (
        n_plus_one("load_customer", "load_orders", "customer_id", 10, callers=("get_customer", "load_orders")),
    )),
    Load("orders_customer_selectin", (100, 10), 2),
    Load("orders_customer_joined", (100, 10), 1, tolerated=JOINED),
    Load("users_posts_lazy", (3,), 4, (posts_of(3),), must_be_proven=True),
    Load("users_posts_selectin", (3,), 2),
    Load("users_posts_lazy", (20,), 21, (posts_of(20),)),
    Load("users_posts_selectin", (20,), 2),
    Load("users_posts_joined", (20,), 1, tolerated=JOINED),
    Load("users_posts_comments_lazy", (20, 5), 121, (posts_of(20), comments_of(20))),
    Load("users_posts_comments_selectin", (20, 5), 3),
    Load("users_posts_comments_lazy", (100, 5), 601, (posts_of(100), comments_of(100))),
    Load("users_posts_comments_selectin", (100, 5), 3),
    Load("customers_orders_items_lazy", (3000, 4), 15001, (
        n_plus_one("load_orders", "load_customers", "id", 3000),
        nested("load_items", "load_orders", "id", 3000, 4, "load_customers"),
    )),
    Load("customers_orders_items_selectin", (3000, 4), 3, tolerated=LARGE_LIST),
    Load("customers_orders_items_joined", (3000, 4), 1, tolerated=JOINED),
    Load("customers_orders_items_group_by", (3000, 4), 1),
    Load("authors_books_lazy", (100,), 101, (n_plus_one("load_books", "load_authors", "id", 100),)),
    Load("authors_books_joined", (100,), 1, tolerated=JOINED),
    Load("authors_books_selectin", (100,), 2),
    Load("authors_books_subquery", (100,), 2),
]
SYSTEMS = {"sqlite": ":memory:", "postgresql": "postgres"}  # and the name of the database


class Watched:
    """A sample run once without the agent and once with it."""

    def __init__(self, build, load, folder, variables):
        self.load = load
        self.source = SOURCES / load.system / f"{load.program}.c"
        command = [build.sample(load.program, load.system), *load.sizes, "--counts"]
        self.alone = build.run([*command, folder / "alone.json"], **variables)
        self.run = build.run_watched([*command, folder / "counts.json"], folder / "recording.pb", **variables)
        self.files = sorted(path.name for path in folder.iterdir())
        self.counts = json.loads((folder / "counts.json").read_text())
        self.counts_alone = json.loads((folder / "alone.json").read_text())
        self.report = build.report(folder / "recording.pb")

    def groups_of(self, function):
        return [group for group in self.report["groups"] if group["location"]["function"] == function]

    def group_of(self, function):
        groups = self.groups_of(function)
        assert len(groups) == 1, f"{function} has {len(groups)} groups"
        return groups[0]

    def findings(self):
        return [finding for finding in self.report["findings"] if finding["kind"] == "n_plus_one"]


def variables_of(request, system):
    return request.getfixturevalue("server").variables if system == "postgresql" else {}


@pytest.fixture(scope="module", params=[replace(load, system=system) for system in SYSTEMS for load in LOADS], ids=str)
def watched(request, build, tmp_path_factory):
    return Watched(build, request.param, tmp_path_factory.mktemp("sample"), variables_of(request, request.param.system))


def test_the_sample_runs_what_its_way_of_loading_needs(watched):
    assert watched.counts_alone == watched.counts
    assert watched.counts["load"] == watched.load.executions
    assert watched.counts["total"] == watched.counts["load"] + watched.counts["seed"]


def test_the_program_behaves_as_without_the_agent(watched):
    assert (watched.run.returncode, watched.run.stdout, watched.run.stderr) == (0, watched.alone.stdout, b"")
    assert watched.files == ["alone.json", "counts.json", "recording.pb"]


def test_the_sums_are_what_the_program_executed(watched):
    report, counts = watched.report, watched.counts
    assert report["totals"]["executions"] == counts["total"]
    assert report["totals"]["rows"] == sum(group["rows"] for group in counts["groups"])
    assert report["totals"]["errors"] == 0
    assert report["totals"]["groups"] == len(report["groups"])
    assert report["totals"]["statements"] == len({group["statement"]["fingerprint"] for group in report["groups"]})
    for number in ("executions", "rows", "errors", "time_ns"):
        assert sum(group[number] for group in report["groups"]) == report["totals"][number]
    assert [(process["program"], process["ended"], process["left_out"]) for process in report["processes"]] == [
        (watched.load.program, "exit", 0)]


def test_each_group_is_what_the_program_counted_for_it(watched):
    for own in watched.counts["groups"]:
        group = watched.group_of(own["name"])
        assert (group["executions"], group["rows"], group["errors"]) == (own["executions"], own["rows"], 0)
        if own["distinct_values"] is None:  # no parameter, or a list of them
            assert group["distinct_values"] <= 1
        else:
            assert group["distinct_values"] == own["distinct_values"]
        assert group["database"] == {"system": watched.load.system, "name": SYSTEMS[watched.load.system]}


def test_filling_the_tables_is_the_rest(watched):
    functions = {own["name"] for own in watched.counts["groups"]}
    rest = [group for group in watched.report["groups"] if group["location"]["function"] not in functions]
    assert {group["location"]["function"] for group in rest} == {"run_seed"}
    assert [group["executions"] for group in rest] == [1] * watched.counts["seed"]


def test_the_findings_are_the_ones_expected_and_no_other(watched):
    names = {group["id"]: group["location"]["function"] for group in watched.report["groups"]}
    found = [NPlusOne(names[finding["group"]], names.get(finding["parent"]), finding["parent_column"], finding["executions"],
                      finding["distinct_values"], finding["episodes"], finding["max_per_episode"], names.get(finding["root"]))
             for finding in watched.findings()]
    assert Counter(found) == Counter(watched.load.findings)
    others = {finding["kind"] for finding in watched.report["findings"]} - {"n_plus_one"}
    assert others <= set(watched.load.tolerated)


def test_the_findings_are_certain_enough(watched):
    enough = {"proven"} if watched.load.must_be_proven else {"proven", "likely"}
    assert {finding["confidence"] for finding in watched.findings()} <= enough
    assert {finding["parameter"] for finding in watched.findings()} <= {1}


def test_a_finding_names_the_line_of_the_child_query(watched):
    for finding in watched.findings():
        location = finding["location"]
        assert Path(location["file"]).parts[-4:] == ("samples", "c", watched.load.system, watched.source.name)
        assert location["line"] == line_of_marker(watched.source, location["function"])
        group, = (group for group in watched.report["groups"] if group["id"] == finding["group"])
        assert group["location"] == location


def test_the_callers_of_the_child_query_are_on_its_stack(watched):
    for expected in watched.load.findings:
        stack = watched.group_of(expected.child)["stack"]
        functions = [frame["function"] for frame in stack if frame["in_app"]]
        assert functions[:len(expected.callers) + 2] == [expected.child, *expected.callers, "main"]


def test_every_way_of_loading_a_scene_gives_the_same_result_on_every_database(build, request):
    results = {}
    for load, system in ((load, system) for load in LOADS for system in SYSTEMS):
        scene = load.program.split("_")
        words = 3 if scene[2] in ("comments", "items") else 2
        result = build.run([build.sample(load.program, system), *load.sizes], **variables_of(request, system))
        assert (result.returncode, result.stderr) == (0, b"")
        results.setdefault(("_".join(scene[:words]), load.sizes), set()).add(result.stdout)
    assert len(results) == 7
    assert all(len(outputs) == 1 for outputs in results.values())


def test_a_database_in_a_file_goes_by_its_absolute_name(build, tmp_path):
    command = [build.sample("users_posts_lazy"), "--db", tmp_path / "shop.db", 3]
    assert build.run_watched(command, tmp_path / "recording.pb").returncode == 0
    report = build.report(tmp_path / "recording.pb")
    assert {group["database"]["name"] for group in report["groups"]} == {str(tmp_path / "shop.db")}
    assert [finding["confidence"] for finding in report["findings"]] == ["proven"]
