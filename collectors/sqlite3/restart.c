#include "collectors/sqlite3/restart.h"

#include <dlfcn.h>
#include <errno.h>

#include "agent/loading/resolve.h"

/* PHP has the class in a shared extension, which exports one function of a common name, or inside of the program or libphp.so;
 * LuaSQL is a module of Lua. */
bool restart_is_habit(uintptr_t caller)
{
    static const char of_php[] = "zend_get_executed_lineno";
    int saved_errno = errno;
    bool extension = resolve_in_object("get_module", caller) && dlsym(RTLD_DEFAULT, of_php);

    dlerror();
    errno = saved_errno;
    return extension || resolve_in_object(of_php, caller) || resolve_in_object("luaopen_luasql_sqlite3", caller);
}
