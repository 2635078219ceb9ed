/* The copies of libsqlite3 in the process. See agent/loading/copies.h. */
#ifndef NPLUS1_COLLECTORS_SQLITE3_LIBRARY_H
#define NPLUS1_COLLECTORS_SQLITE3_LIBRARY_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/sqlite3/api.h"
#include "agent/loading/copies.h"

struct sqlite_library {
    struct loaded_copy loaded;
    struct sqlite_api api;
};

extern struct client_library library_kind;

/* Some copy is embedded (entry.h): no thread is plain. */
extern HIDDEN _Atomic bool library_some_embedded;
/* That, or another preload is in front of us. */
extern HIDDEN _Atomic bool library_unusual;

/* A call whose return address lies here is the library's own. */
static inline bool library_contains(const struct sqlite_library *library, uintptr_t address)
{
    return copies_contains(&library->loaded, address);
}

/* The copy for a call about a connection that we did not see coming (NULL: about none): the library calls itself in tail position
 * too, so who calls may not say it. The first word of a connection is its VFS, mostly one of the library's own (struct sqlite3,
 * src/sqliteInt.h). */
static inline const struct sqlite_library *library_for_caller(const char *name, const void *db, const uintptr_t *slot)
{
    const void *hints[2] = {db ? *(const void *const *)db : NULL, NULL};
    const struct loaded_copy *loaded = copies_first_with(&library_kind, (uintptr_t)hints[0]);

    if (!loaded && db)
        loaded = copies_pointed_to(&library_kind, db, 1);
    return (const struct sqlite_library *)(loaded ? loaded : copies_for_open(&library_kind, name, slot, hints));
}

/* The first word of a statement is its connection (struct Vdbe, src/vdbeInt.h). */
static inline const void *library_db_of(const sqlite3_stmt *handle)
{
    return handle ? *(const void *const *)(const void *)handle : NULL;
}

/* For a call that makes a connection: a module's own data among what it passes tells whose call it is. */
static inline const struct sqlite_library *library_for_open(const char *name, const uintptr_t *slot, const void *filename,
                                                            const void *db)
{
    return (const struct sqlite_library *)copies_for_open(&library_kind, name, slot, (const void *const[2]){db, filename});
}

COLD const struct sqlite_api *library_for_any_call(const char *name, const sqlite3_stmt *handle, const uintptr_t *slot);

/* For a statement that is not known. Where there is no library, or a copy lacks a function, that returns SQLITE_MISUSE. */
static inline __attribute__((always_inline)) const struct sqlite_api *
library_for_call(const char *name, const sqlite3_stmt *handle, const uintptr_t *slot)
{
    const void *db = library_db_of(handle);
    const struct loaded_copy *first = likely(db != NULL) ? copies_first_with(&library_kind, *(const uintptr_t *)db) : NULL;

    return likely(first != NULL) ? &((const struct sqlite_library *)first)->api : library_for_any_call(name, handle, slot);
}

#endif
