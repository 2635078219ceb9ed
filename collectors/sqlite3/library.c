#include "collectors/sqlite3/library.h"

#include "collectors/sqlite3/read.h"

/* What stands in for a function that is not there. All interposed ones return int; the caller's arguments are simply not used. */
static int missing(void)
{
    return SQLITE_MISUSE;
}

/* For those that return values. */
static intptr_t nothing(void)
{
    return 0;
}

#define ENTRIES(type, name, parameters)                                                                                          \
    PROVIDER_ENTRIES("given_sqlite3_" #name, "sqlite3_" #name);                                                                  \
    extern HIDDEN const char given_sqlite3_##name[];
SQLITE_INTERPOSED(ENTRIES)
SQLITE_READING(ENTRIES)
#undef ENTRIES

static const struct provider_symbol symbols[] = {
#define SYMBOL(type, name, parameters)                                                                                           \
    {"sqlite3_" #name, offsetof(struct sqlite_api, name), (void (*)(void))missing, given_sqlite3_##name},
    SQLITE_INTERPOSED(SYMBOL)
#undef SYMBOL
#define SYMBOL(type, name, parameters)                                                                                           \
    {"sqlite3_" #name, offsetof(struct sqlite_api, name), (void (*)(void))nothing, given_sqlite3_##name},
        SQLITE_READING(SYMBOL)
#undef SYMBOL
#define SYMBOL(type, name, parameters) {"sqlite3_" #name, offsetof(struct sqlite_api, name), NULL, NULL},
            SQLITE_CALLED(SYMBOL)
#undef SYMBOL
};

static struct sqlite_api none;

_Atomic bool library_some_embedded;

struct provider_kind library_kind = {
    .symbols = symbols,
    .symbol_count = ARRAY_LENGTH(symbols),
    .size = sizeof(struct sqlite_library),
    .none = &none,
    .copy_added = read_copy_added,
};

_Static_assert(offsetof(struct sqlite_library, api) == sizeof(struct provider), "the api follows the provider");

const struct sqlite_api *library_for_any_call(const char *name, const sqlite3_stmt *handle, const uintptr_t *slot)
{
    const struct sqlite_library *library = library_for_caller(name, library_db_of(handle), slot);

    return library ? &library->api : (const struct sqlite_api *)provider_for_call(&library_kind, name, slot);
}
