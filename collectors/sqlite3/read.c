/* Values as the program reads them: sqlite3_column_*. Each cell of each row comes this way: one jump, see agent/group/watch.h. */
#include "collectors/sqlite3/read.h"

#include "collectors/sqlite3/handle.h"
#include "collectors/sqlite3/library.h"
#include "agent/probe/probe.h"

/* The functions that look who reads what, and the library's own where it is the only one; NULL: several are there, or none. */
#define WATCHED(type, name, parameters)                                                                                          \
    static type watched_##name parameters;                                                                                       \
    static type(*target_##name) parameters = watched_##name;                                                                     \
    static type(*only_##name) parameters;
SQLITE_READING(WATCHED)

static const struct sqlite_library *only_library(void)
{
    return (const struct sqlite_library *)copies_only(&library_kind);
}

/* With several copies the statement knows better than the caller, whom a call in tail position hides. */
static COLD const struct sqlite_api *api_of(const char *name, sqlite3_stmt *handle, const uintptr_t *slot)
{
    const struct sqlite_library *only = only_library();
    const struct stmt *stmt = only ? NULL : stmt_find(handle);

    if (stmt)
        return &stmt->library->api;
    return only ? &only->api : library_for_call(name, handle, slot);
}

#define READ(type, name, parameters)                                                                                             \
    static type watched_##name parameters                                                                                        \
    {                                                                                                                            \
        type(*only) parameters;                                                                                                  \
                                                                                                                                 \
        watch_read(&read_gate, stmt, 0, column);                                                                                 \
        only = __atomic_load_n(&only_##name, __ATOMIC_RELAXED);                                                                  \
        return likely(only != NULL) ? only(stmt, column) : api_of("sqlite3_" #name, stmt, STACK_SLOT)->name(stmt, column);       \
    }                                                                                                                            \
    EXPORT type sqlite3_##name parameters                                                                                        \
    {                                                                                                                            \
        return target_##name(stmt, column);                                                                                      \
    }
SQLITE_READING(READ)

/* With several copies of the library it takes a look each time to know which one is meant. */
static void set(bool open)
{
    const struct sqlite_library *only = only_library();

#define SET(type, name, parameters)                                                                                              \
    __atomic_store_n(&only_##name, only ? only->api.name : NULL, __ATOMIC_RELAXED);                                              \
    __atomic_store_n(&target_##name, only && !open ? only->api.name : watched_##name, __ATOMIC_RELAXED);
    SQLITE_READING(SET)
}

void read_copy_added(void)
{
    set(true);
}

struct watch_gate read_gate = {.set = set};
