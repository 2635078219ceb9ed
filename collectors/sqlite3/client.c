/* libsqlite3 as a client library: its functions, and what stands in for those that a copy lacks. */
#include "collectors/sqlite3/handle.h"
#include "collectors/sqlite3/late/late.h"
#include "collectors/sqlite3/library.h"
#include "collectors/sqlite3/read.h"
#include "collectors/sqlite3/table.h"

/* Stands in for a function that is not there. All interposed ones return int; the caller's arguments are simply not used. */
static int missing(void)
{
    return SQLITE_MISUSE;
}

/* For those that return values. */
static intptr_t nothing(void)
{
    return 0;
}

/* In entries.S. */
#define ENTRIES(type, name, parameters) extern HIDDEN const char given_sqlite3_##name[];
SQLITE_INTERPOSED(ENTRIES)
SQLITE_READING(ENTRIES)
#undef ENTRIES

static const struct copies_symbol symbols[] = {
#define SYMBOL(type, name, parameters)                                                                                           \
    {"sqlite3_" #name, offsetof(struct sqlite_api, name), (void (*)(void))missing, given_sqlite3_##name,                         \
     (void (*)(void))sqlite3_##name},
    SQLITE_INTERPOSED(SYMBOL)
#undef SYMBOL
#define SYMBOL(type, name, parameters)                                                                                           \
    {"sqlite3_" #name, offsetof(struct sqlite_api, name), (void (*)(void))nothing, given_sqlite3_##name,                         \
     (void (*)(void))sqlite3_##name},
        SQLITE_READING(SYMBOL)
#undef SYMBOL
#define SYMBOL(type, name, parameters) {"sqlite3_" #name, offsetof(struct sqlite_api, name), NULL, NULL, NULL},
            SQLITE_CALLED(SYMBOL)
#undef SYMBOL
};

static struct sqlite_api none;
static struct sqlite_library copies[COPIES_MAX];

static void copy_added(void)
{
    read_copy_added();
    if (!copies_only(&library_kind))
        stmt_none_rests();
}

struct client_library library_kind = {
    .symbols = symbols,
    .symbol_count = ARRAY_LENGTH(symbols),
    .size = sizeof(struct sqlite_library),
    .storage = copies,
    .none = &none,
    .copy_added = copy_added,
    .direct = &sqlite_table,
    .late = (void (*)(void))late_step,
};

_Static_assert(offsetof(struct sqlite_library, api) == sizeof(struct loaded_copy), "the api follows the loaded");
