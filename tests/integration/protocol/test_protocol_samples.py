"""The samples over drivers that speak the protocol themselves: each scene executes what it says, which is what the server counted; the lazy
ones are found at the lines that they mark, and nothing is found in the others."""
import os
import re
from collections import Counter

import pytest
from drivers.drivers import SAMPLES
from postgresql import alike, calls_by_statement, executions_by_statement

LONG = os.environ.get("NPLUS1_TEST_CLIENTS")  # of `make clients-protocol`
PROGRAMS = ("asyncpg_shop.py", "sqlalchemy_shop.py", "pg_shop.js", "sequelize_shop.js", "JdbcShop.java", *(("HibernateShop.java",) if LONG else ()))
SCENES = {"orders_customer_lazy": 1, "orders_customer_selectin": 0, "orders_customer_joined": 0, "users_posts_comments_lazy": 2,
          "users_posts_comments_selectin": 0}  # and how many loops each has
MARK = re.compile(r"N\+1 here")


def marked_lines(program, scene):
    """The lines with the mark in the function of a scene, or where it loads what it was given."""
    if not SCENES[scene]:
        return []
    lines = (SAMPLES / program).read_text().splitlines()
    function = "sum_of_words" if (program, scene) == ("sqlalchemy_shop.py", "users_posts_comments_lazy") else scene
    head = next(number for number, line in enumerate(lines) if re.search(rf"\b(def|function|int) {function}\(", line))
    found = [number for number, line in enumerate(lines, 1) if number > head and MARK.search(line)]
    return found[:SCENES[scene]]


@pytest.fixture(scope="module")
def databases(tcp_server):
    template, *names = tcp_server.new_databases(1 + len(SCENES))
    tcp_server.sql((SAMPLES / "fill.sql").read_text(), template)
    for name in names:
        tcp_server.sql(f"drop database {name}")
        tcp_server.sql(f"create database {name} template {template}")
    return dict(zip(SCENES, names))


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_scene_of(build, drivers, tcp_server, databases, tmp_path, program):
    if program == "HibernateShop.java":
        drivers.prepare_hibernate()
    tcp_server.forget_calls()
    output = drivers.run(program, *(f"{scene}={name}" for scene, name in databases.items()), server=tcp_server, database="postgres",
                         recording=tmp_path / "r.pb", folder=SAMPLES)
    report = build.report(tmp_path / "r.pb", cwd=SAMPLES)
    told = {name: (int(expected), result) for name, expected, result in (line.split() for line in output.splitlines())}
    assert len({result for name, (_, result) in told.items() if name.startswith("orders")}) == 1
    assert len({result for name, (_, result) in told.items() if name.startswith("users")}) == 1
    for scene, loops in SCENES.items():
        groups = {group["id"]: group for group in report["groups"] if group["database"]["name"] == databases[scene]}
        counts = executions_by_statement({"groups": groups.values()})
        assert alike(counts) == alike(calls_by_statement(build, tcp_server.calls(databases[scene])))
        loads = Counter({text: count for text, count in counts.items()
                         if re.search(r"\bfrom \"?(orders|customers|users|posts|comments)\b", text)})
        assert loads.total() == told[scene][0]
        findings = [finding for finding in report["findings"] if finding["group"] in groups]
        assert [(finding["kind"], finding["confidence"]) for finding in findings] == [("n_plus_one", "proven")] * loops
        assert all(finding["parent"] in groups for finding in findings)
        places = [finding["loop"] or finding["location"] for finding in findings]
        assert sorted((place["file"], place["line"]) for place in places) == [(str(SAMPLES / program), line)
                                                                             for line in marked_lines(program, scene)]
