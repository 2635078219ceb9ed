"""A loop that OpenMP shares out is one loop, though the thread that came to it has other callers than those of the pool."""
import subprocess

import pytest

ROWS = 40
PROGRAM = """
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static const char *path;
static sqlite3 *open_database(void)
{
    sqlite3 *db;
    if (sqlite3_open(path, &db))
        exit(1);
    return db;
}
static int size_of(sqlite3 *db, int key)
{
    sqlite3_stmt *statement;
    int size = 0;
    sqlite3_prepare_v2(db, "select v from c where k = ?", -1, &statement, NULL);
    sqlite3_bind_int(statement, 1, key);
    while (sqlite3_step(statement) == SQLITE_ROW)
        size += sqlite3_column_bytes(statement, 0);
    sqlite3_finalize(statement);
    return size;
}
int main(int argc, char **argv)
{
    int keys[100], count = 0, sum = 0;
    path = argv[1];
    sqlite3 *db = open_database();
    sqlite3_stmt *statement;
    sqlite3_prepare_v2(db, "select k from p", -1, &statement, NULL);
    while (sqlite3_step(statement) == SQLITE_ROW)
        keys[count++] = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
#pragma omp parallel num_threads(3) reduction(+ : sum)
    {
        sqlite3 *own = open_database();
#pragma omp for schedule(SCHEDULE)
        for (int i = 0; i < count; i++) {
            sum += size_of(own, keys[i]); /* loop */
            usleep(1000);
        }
        sqlite3_close(own);
    }
    printf("%d\\n", sum);
    return 0;
}
"""
TABLES = ("create table p(id integer primary key, k); create table c(k, v);"
          f"with recursive n(i) as (select 1 union all select i + 1 from n where i < {ROWS}) insert into p select i, 500 + i * 37 % 101 from n;"
          "insert into c select k, 'v' || id from p")


@pytest.mark.parametrize("schedule", ["dynamic", "static, 1", "guided"])
def test_a_loop_that_openmp_shares_out_is_one(build, tmp_path, schedule):
    (tmp_path / "program.c").write_text(PROGRAM)
    subprocess.run(["gcc", "-g", "-O2", "-fopenmp", f"-DSCHEDULE={schedule}", "-o", "program", "program.c", "-lsqlite3"], cwd=tmp_path, check=True)
    subprocess.run(["sqlite3", "shop.db", TABLES], cwd=tmp_path, check=True)
    result = build.run_watched(["./program", "shop.db"], tmp_path / "recording.pb", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, b"")
    finding, = build.report(tmp_path / "recording.pb")["findings"]
    assert (finding["kind"], finding["confidence"], finding["parent_column"], finding["executions"]) == ("n_plus_one", "proven", "k", ROWS)
    assert finding["location"]["function"] == "size_of"
