// C++ exceptions that pass through the interposed functions, as a program's callbacks throw them. SQLite is C without unwind
// tables for clean-up: what it held is lost, so each connection is used for one exception only.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sqlite3.h>
#include <stdexcept>

static long executions, rows;

static sqlite3 *open_database()
{
    sqlite3 *db;
    if (sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK)
        std::exit(99);
    return db;
}

static int throw_from_exec(void *, int, char **values, char **)
{
    throw std::runtime_error(values[0]);
}

static void throw_from_function(sqlite3_context *, int, sqlite3_value **)
{
    throw std::logic_error("from a function");
}

// What has a destructor must see it run.
struct guard {
    long *destroyed;
    ~guard()
    {
        ++*destroyed;
    }
};

static void count_normally()
{
    sqlite3 *db = open_database();
    sqlite3_stmt *stmt;
    sqlite3_prepare_v2(db, "VALUES (1), (2)", -1, &stmt, nullptr);
    for (int i = 0; i < 10; i++) {
        while (sqlite3_step(stmt) == SQLITE_ROW)
            rows++;
        executions++;
        sqlite3_reset(stmt);
    }
    sqlite3_finalize(stmt);
    sqlite3_exec(db, "SELECT 1; SELECT 2", nullptr, nullptr, nullptr);
    executions += 2;
    rows += 2;
    sqlite3_exec(db, "CREATE VIRTUAL TABLE f USING fts5(t); INSERT INTO f VALUES ('word')", nullptr, nullptr, nullptr);
    executions += 2;
    sqlite3_close(db);
}

int main()
{
    long destroyed = 0;
    for (int i = 0; i < 10; i++) {
        try {
            guard on_the_way{&destroyed};
            executions++;
            rows++;
            sqlite3_exec(open_database(), "VALUES ('first'), ('second')", throw_from_exec, nullptr, nullptr);
        } catch (const std::runtime_error &error) {
            if (std::strcmp(error.what(), "first") != 0)
                return 98;
        }
        count_normally();
        try {
            guard on_the_way{&destroyed};
            sqlite3 *db = open_database();
            sqlite3_stmt *stmt;
            sqlite3_create_function(db, "throws", 0, SQLITE_UTF8, nullptr, throw_from_function, nullptr, nullptr);
            sqlite3_prepare_v2(db, "SELECT throws()", -1, &stmt, nullptr);
            executions++;
            sqlite3_step(stmt);
        } catch (const std::logic_error &) {
        }
        count_normally();
    }
    std::printf("%ld\n{\"executions\": %ld, \"rows\": %ld, \"errors\": 0}\n", destroyed, executions, rows);
    return 0;
}
