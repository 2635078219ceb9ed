"""Every lazy sample at two parents and at 2,000: proven at both, with the parent's statement and the column that the values come from."""
import os
import re
import statistics
from concurrent.futures import ThreadPoolExecutor

import pytest
import test_php
from python_samples import LAZY, PYTHON, SOURCES

SIZES = (2, 2000)
ON_SERVER = ("postgresql", "php_pdo_pgsql", "php_pgsql")
# Program, its sizes for so many parents.
PROGRAMS = {
    "orders_customer_lazy": lambda n: (2 * n, min(n, 100)),
    "orders_customer_identity_map": lambda n: (2 * n, min(n, 100)),
    "users_posts_lazy": lambda n: (n, 2),
    "users_posts_comments_lazy": lambda n: (n, 2),
    "customers_orders_items_lazy": lambda n: (n, 2),
    "authors_books_lazy": lambda n: (n,),
}
SAMPLES = [(system, program) for system in ("sqlite", "postgresql") for program in PROGRAMS] + LAZY
SAMPLES += [(f"php_{client}", scene) for client, scene in test_php.LAZY]
CASES = [(client, scene, parents) for client, scene in SAMPLES for parents in SIZES]


def expected(scene):
    """(table, column) where each loop's values come from."""
    words = scene.split("_")
    if words[:2] == ["orders", "customer"]:
        return {("orders", "customer_id")}
    tables = [word for word in words if word in ("customers", "orders", "items", "users", "posts", "comments", "authors", "books")]
    return {(table, "id") for table in tables[:-1]}


def source_of(group, column):
    """The table and the column, however a mapper spells them: users_id, t1."users_id"."""
    table = re.search(r"\bfrom \"?(\w+)", group["statement"]["text"]).group(1)
    return table, column.removeprefix(f"{table}_")


def findings_of(build, folder, variables, client, scene, parents):
    recording = folder / f"{client}-{scene}-{parents}.pb"
    if client in ("sqlite", "postgresql"):
        command = [build.sample(scene, client), *PROGRAMS[scene](parents)]
    elif client.startswith("php_"):
        command = ["php", test_php.SOURCES / f"{client.removeprefix('php_')}_shop.php", scene]
    else:
        command = [PYTHON, "-B", SOURCES / f"{client}_shop.py", scene]
    run = build.run_watched(command, recording, SAMPLE_PARENTS=str(parents), **variables)
    assert (run.returncode, run.stderr) == (0, b""), run.stderr.decode()
    report = build.report(recording)
    groups = {group["id"]: group for group in report["groups"]}
    return [(finding["confidence"], finding["executions"], source_of(groups[finding["parent"]], finding["parent_column"]))
            for finding in report["findings"] if finding["kind"] == "n_plus_one"]


@pytest.fixture(scope="module")
def found(build, server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sizes")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {case: pool.submit(findings_of, build, folder, server.variables if case[0] in ON_SERVER else {}, *case)
                for case in CASES}
        return {case: run.result() for case, run in runs.items()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(map(str, case)))
def test_a_loop_is_proven_whatever_its_size(found, case):
    _, scene, parents = case
    assert {source for _, _, source in found[case]} == expected(scene)
    assert {confidence for confidence, _, _ in found[case]} == {"proven"}
    assert len(found[case]) == len(expected(scene))


def test_the_loops_grew_with_the_parents(found):
    most = {size: statistics.median(max(count for _, count, _ in found[case]) for case in CASES if case[2] == size) for size in SIZES}
    assert most[2] <= 8 and most[2000] >= 2000
