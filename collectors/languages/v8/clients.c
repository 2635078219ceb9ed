#include "collectors/languages/v8/clients.h"

#include <stddef.h>
#include <string.h>

static const char own[] = "node:", package[] = "/node_modules/";

const char *const v8_clients[] = {
    own,
    "/node_modules/pg/",
    "/node_modules/pg-",
    "/node_modules/postgres/",
    "/node_modules/libpq/",
    "/node_modules/sqlite3/",
    "/node_modules/@louislam/sqlite3/",
    "/node_modules/@vscode/sqlite3/",
    "/node_modules/@journeyapps/sqlcipher/",
    "/node_modules/better-sqlite3/",
    "/node_modules/bindings/",
    NULL,
};

bool v8_is_of_node(const char *script)
{
    return strncmp(script, own, sizeof own - 1) == 0;
}

static bool has_one_of(const char *script, const char *const *parts)
{
    for (; *parts; parts++) {
        if (strstr(script, *parts))
            return true;
    }
    return false;
}

bool v8_is_of_client(const char *script)
{
    return has_one_of(script, v8_clients);
}

bool v8_sends_for_others(const char *script)
{
    static const char *const parts[] = {"/node_modules/pg/", "/node_modules/pg-", "/node_modules/postgres/", NULL};

    return has_one_of(script, parts);
}

bool v8_sends_when_asked(const char *script)
{
    static const char *const parts[] = {"/node_modules/sqlite3/", "/node_modules/@louislam/sqlite3/",
                                        "/node_modules/@vscode/sqlite3/", "/node_modules/@journeyapps/sqlcipher/", NULL};

    return has_one_of(script, parts);
}

bool v8_is_of_program(const char *script)
{
    return !v8_is_of_node(script) && !strstr(script, package);
}
