/* A program with one state of Lua after the other, each of which asks through a module and is closed. It asks by itself in
 * between, and while the script calls a function of its. Without Lua's headers. */
#include <dlfcn.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "find.h"

#define STATES 40

static sqlite3 *db;

static int lookup(void *state)
{
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v2(db, "SELECT 'own'", -1, &stmt, NULL) != SQLITE_OK)
        exit(99);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        continue;
    sqlite3_finalize(stmt);
    return 0;
}

static const char script[] = "local store = require('store').open()\n"
                             "store:fill(1, 2)\n"
                             "store:count(1)\n"
                             "lookup()\n";

int main(void)
{
    void *lua = dlopen("liblua5.4.so.0", RTLD_NOW | RTLD_GLOBAL); /* its modules look for its functions there */
    void *(*newstate)(void);
    void (*openlibs)(void *), (*pushcclosure)(void *, int (*)(void *), int), (*setglobal)(void *, const char *), (*close)(void *);
    int (*loadstring)(void *, const char *), (*call)(void *, int, int, int, long, void *);
    const char *(*text)(void *, int, size_t *);

    if (!lua || sqlite3_open(":memory:", &db) != SQLITE_OK)
        return 77;
    newstate = find(lua, "luaL_newstate");
    openlibs = find(lua, "luaL_openlibs");
    pushcclosure = find(lua, "lua_pushcclosure");
    setglobal = find(lua, "lua_setglobal");
    close = find(lua, "lua_close");
    loadstring = find(lua, "luaL_loadstring");
    call = find(lua, "lua_pcallk");
    text = find(lua, "lua_tolstring");
    for (int i = 0; i < STATES; i++) {
        void *state = newstate();
        openlibs(state);
        pushcclosure(state, lookup, 0);
        setglobal(state, "lookup");
        if (loadstring(state, script) || call(state, 0, 0, 0, 0, NULL)) {
            fprintf(stderr, "%s\n", text(state, -1, NULL));
            return 1;
        }
        lookup(NULL);
        close(state);
        lookup(NULL);
    }
    sqlite3_close(db);
    return 0;
}
