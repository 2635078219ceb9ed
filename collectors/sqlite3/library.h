/* The copies of libsqlite3 in the process. See agent/provider.h. */
#ifndef NPLUS1_SQLITE3_LIBRARY_H
#define NPLUS1_SQLITE3_LIBRARY_H

#include <stdbool.h>
#include <stdint.h>

#include "api.h"
#include "provider.h"

struct sqlite_library {
    struct provider provider;
    struct sqlite_api api;
};

extern struct provider_kind library_kind;

/* Some copy is embedded (entry.h): no thread is plain. */
extern HIDDEN _Atomic bool library_some_embedded;

/* A call whose return address lies here is the library's own. */
static inline bool library_contains(const struct sqlite_library *library, uintptr_t address)
{
    return provider_contains(&library->provider, address);
}

static inline const struct sqlite_library *library_for_caller(const char *name, const uintptr_t *slot)
{
    return (const struct sqlite_library *)provider_for_caller(&library_kind, name, slot);
}

/* For a call that makes a connection: a module's own data among what it passes tells whose call it is. */
static inline const struct sqlite_library *library_for_open(const char *name, const uintptr_t *slot, const void *filename,
                                                            const void *db)
{
    return (const struct sqlite_library *)provider_for_open(&library_kind, name, slot, (const void *const[2]){db, filename});
}

/* Where there is no library, or a copy lacks a function, that returns SQLITE_MISUSE. */
static inline const struct sqlite_api *library_for_call(const char *name, const uintptr_t *slot)
{
    return provider_for_call(&library_kind, name, slot);
}

#endif
