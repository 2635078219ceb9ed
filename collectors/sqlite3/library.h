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

/* A call whose return address lies here is the library's own. */
static inline bool library_contains(const struct sqlite_library *library, uintptr_t address)
{
    return provider_contains(&library->provider, address);
}

static inline const struct sqlite_library *library_for_caller(const char *name, uintptr_t caller)
{
    return (const struct sqlite_library *)provider_for_caller(&library_kind, name, caller);
}

/* Where there is no library, or a copy lacks a function, that returns SQLITE_MISUSE. */
static inline const struct sqlite_api *library_for_call(const char *name, uintptr_t caller)
{
    return provider_for_call(&library_kind, name, caller);
}

#endif
