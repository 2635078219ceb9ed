// The header in C++.
#include <nplus1.h>
#include <sqlite3.h>

#include <cstdio>
#include <string>

int main()
{
    sqlite3 *db;
    int count = 0;

    if (!nplus1_present() || sqlite3_open(":memory:", &db) != SQLITE_OK)
        return 0;
    sqlite3_exec(db, "create table t(id integer primary key)", nullptr, nullptr, nullptr);
    nplus1_scope_begin("a scope");
    for (int i = 0; i < 20; i++)
        sqlite3_exec(db, ("select * from t where id = " + std::to_string(i * 37)).c_str(), nullptr, nullptr, nullptr);
    nplus1_scope_findings(
        [](const nplus1_finding *finding, void *data) {
            *static_cast<int *>(data) += static_cast<int>(finding->executions);
            return 0;
        },
        &count);
    nplus1_scope_end();
    nplus1_allow_begin("a reason");
    nplus1_allow_end();
    std::printf("%d\n", count);
    return sqlite3_close(db);
}
