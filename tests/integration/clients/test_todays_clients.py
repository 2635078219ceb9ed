"""Mappers and drivers of today: executions as the library itself counts them, a loop that is proven at the program's line with advice in
the mapper's words, twins that follow the advice and are silent, and output as without the agent."""
import pytest
from postgresql import calls_by_statement, executions_by_statement

from clients.todays import CASES, PROGRAMS, Clients, fill_postgresql, fill_sqlite, loops_of, marked, executions_of
from conftest import prepared

ROWS = 200


@pytest.fixture(scope="module")
def clients(build):
    return prepared(Clients(build))


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return fill_sqlite(tmp_path_factory.mktemp("shop") / "shop.db", ROWS)


@pytest.fixture(scope="module")
def postgresql_shop(server):
    return fill_postgresql(server, ROWS)


@pytest.mark.parametrize("case", [case for case in CASES if not case.postgresql], ids=str)
def test_a_mappers_loop_and_its_twins(build, clients, shop, tmp_path, case):
    given = {}
    for function in (case.loop, *case.twins):
        recording = tmp_path / f"{function}.pb"
        given[function] = clients.run(case, function, shop, recording)
        report = build.report(recording)
        assert executions_of(report) == given[function]["told"]
        if function != case.loop:
            assert loops_of(report) == []
            assert function.endswith("_raise") or given[function]["gave"] == given[case.loop]["gave"]
            continue
        assert given[function]["told"] == ROWS + 1
        assert given[function] == clients.run(case, function, shop)
        [finding] = loops_of(report)
        assert_is_the_loop(case, finding)


@pytest.mark.parametrize("case", [case for case in CASES if case.postgresql], ids=str)
def test_a_drivers_loop_and_its_twin(build, clients, server, postgresql_shop, tmp_path, case):
    variables = {**server.variables, "PGDATABASE": postgresql_shop}
    given = {}
    for function in (case.loop, *case.twins):
        plain = clients.run(case, function, postgresql_shop, **variables)
        server.forget_calls()
        recording = tmp_path / f"{function}.pb"
        given[function] = clients.run(case, function, postgresql_shop, recording, **variables)
        assert given[function] == plain
        report = build.report(recording)
        assert executions_by_statement(report) == calls_by_statement(build, server.calls(postgresql_shop))
        assert executions_of(report) == given[function]["told"]
        if function != case.loop:
            assert loops_of(report) == []
            assert given[function]["gave"] == given[case.loop]["gave"]
            continue
        [finding] = loops_of(report)
        assert_is_the_loop(case, finding)


def assert_is_the_loop(case, finding):
    assert (finding["kind"], finding["confidence"]) == ("n_plus_one", "proven")
    assert (finding["location"]["file"], finding["location"]["line"]) == (str(PROGRAMS / case.program), marked(case))
    assert case.words in finding["advice"]["text"], finding["advice"]["text"]
