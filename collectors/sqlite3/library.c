#include "collectors/sqlite3/library.h"

_Atomic bool library_some_embedded, library_unusual;

const struct sqlite_api *library_for_any_call(const char *name, const sqlite3_stmt *handle, const uintptr_t *slot)
{
    const struct sqlite_library *library = library_for_caller(name, library_db_of(handle), slot);

    return library ? &library->api : (const struct sqlite_api *)copies_for_call(&library_kind, name, slot);
}
