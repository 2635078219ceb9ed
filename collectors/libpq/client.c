/* libpq as a client library: its functions, and what stands in for those that a copy lacks. */
#include "collectors/libpq/library.h"
#include "collectors/libpq/read.h"

/* Stands in for an interposed function that is not there; the caller's arguments are simply not used. */
static void *missing(void)
{
    return NULL;
}

/* In entries.S. */
#define ENTRIES(type, name, parameters) extern HIDDEN const char given_PQ##name[];
PQ_INTERPOSED(ENTRIES)
#undef ENTRIES

static const struct copies_symbol symbols[] = {
#define SYMBOL(type, name, parameters) {"PQ" #name, offsetof(struct pq_api, name), (void (*)(void))missing, given_PQ##name},
    PQ_INTERPOSED(SYMBOL)
#undef SYMBOL
#define SYMBOL(type, name, parameters) {"PQ" #name, offsetof(struct pq_api, name), NULL, NULL},
        PQ_CALLED(SYMBOL)
#undef SYMBOL
};

static struct pq_api none;
static struct pq_library copies[COPIES_MAX];

struct client_library pq_library_kind = {
    .symbols = symbols,
    .symbol_count = ARRAY_LENGTH(symbols),
    .size = sizeof(struct pq_library),
    .storage = copies,
    .none = &none,
    .copy_added = pq_read_copy_added,
};

_Static_assert(offsetof(struct pq_library, api) == sizeof(struct loaded_copy), "the api follows the loaded");
