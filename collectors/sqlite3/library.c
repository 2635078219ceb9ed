#include "library.h"

#include "read.h"

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

static const struct provider_symbol symbols[] = {
#define SYMBOL(type, name, parameters) {"sqlite3_" #name, offsetof(struct sqlite_api, name), (void (*)(void))missing},
    SQLITE_INTERPOSED(SYMBOL)
#undef SYMBOL
#define SYMBOL(type, name, parameters) {"sqlite3_" #name, offsetof(struct sqlite_api, name), (void (*)(void))nothing},
        SQLITE_READING(SYMBOL)
#undef SYMBOL
#define SYMBOL(type, name, parameters) {"sqlite3_" #name, offsetof(struct sqlite_api, name), NULL},
            SQLITE_CALLED(SYMBOL)
#undef SYMBOL
};

static struct sqlite_api none;

struct provider_kind library_kind = {
    .symbols = symbols,
    .symbol_count = ARRAY_LENGTH(symbols),
    .size = sizeof(struct sqlite_library),
    .none = &none,
    .copy_added = read_copy_added,
};

_Static_assert(offsetof(struct sqlite_library, api) == sizeof(struct provider), "the api follows the provider");
