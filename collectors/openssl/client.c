/* libssl as a client library: its functions, and what stands in for those that a copy lacks. */
#include "collectors/openssl/api.h"
#include "collectors/openssl/table.h"

/* Stands in for an interposed function that is not there; 0 is failure for all of them. */
static int missing(void)
{
    return 0;
}

/* In entries.S. */
#define ENTRIES(type, name, parameters) extern HIDDEN const char given_SSL_##name[];
SSL_INTERPOSED(ENTRIES)
#undef ENTRIES

static const struct copies_symbol symbols[] = {
#define SYMBOL(type, name, parameters)                                                                                           \
    {"SSL_" #name, offsetof(struct ssl_api, name), (void (*)(void))missing, given_SSL_##name, (void (*)(void))SSL_##name},
    SSL_INTERPOSED(SYMBOL)
#undef SYMBOL
#define SYMBOL(type, name, parameters) {"SSL_" #name, offsetof(struct ssl_api, name), NULL, NULL, NULL},
        SSL_CALLED(SYMBOL)
#undef SYMBOL
};

static struct ssl_api none;
static struct ssl_library copies[COPIES_MAX];

struct client_library ssl_library_kind = {
    .symbols = symbols,
    .symbol_count = ARRAY_LENGTH(symbols),
    .size = sizeof(struct ssl_library),
    .storage = copies,
    .none = &none,
    .direct = &ssl_table,
};

_Static_assert(offsetof(struct ssl_library, api) == sizeof(struct loaded_copy), "the api follows the loaded");
