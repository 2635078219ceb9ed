#include "collectors/sqlite3/restart.h"

#include "agent/loading/exports.h"

/* PHP has the class in a shared extension, which exports one function of a common name, or inside of the program or libphp.so;
 * LuaSQL is a module of Lua. */
bool restart_is_habit(uintptr_t caller)
{
    static const char of_php[] = "zend_get_executed_lineno";

    return exports_find_in(of_php, caller) || exports_find_in("luaopen_luasql_sqlite3", caller) ||
           (exports_find_in("get_module", caller) && exports_find(of_php));
}
