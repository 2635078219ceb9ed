/* A module for RTLD_DEEPBIND: it is linked with functions whose names the program and libc have, too, and with SQLite. */
#include <poll.h>
#include <sqlite3.h>
#include <stddef.h>
#include <unistd.h>

const char *helper_name(void);
const char *module_name(void);
int module_poll(void);
int module_read(void);
int module_lookup(int times);

static int (*const table[])(sqlite3_stmt *) = {sqlite3_step}; /* a reference that is no call */

const char *module_name(void)
{
    return helper_name();
}

int module_poll(void)
{
    return poll(NULL, 0, 0);
}

int module_read(void)
{
    return (int)read(-1, NULL, 0);
}

int module_lookup(int times)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;
    int wrong = sqlite3_open(":memory:", &db) + sqlite3_prepare_v2(db, "SELECT ?", -1, &stmt, NULL);

    for (int i = 0; i < times; i++) {
        sqlite3_bind_int(stmt, 1, i);
        wrong += (i % 2 ? table[0](stmt) : sqlite3_step(stmt)) != SQLITE_ROW || sqlite3_column_int(stmt, 0) != i;
        wrong += sqlite3_step(stmt) != SQLITE_DONE;
        sqlite3_reset(stmt);
    }
    wrong += sqlite3_finalize(stmt);
    return wrong + sqlite3_close(db);
}
