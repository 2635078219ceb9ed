/* The names of the functions that are interposed or called, in the order of client.c. */
#include "collectors/openssl/table.h"

#include "agent/base/compiler.h"
#include "collectors/openssl/api.h"

/* Numbers of functions. */
enum {
#define SYMBOL(type, name, parameters) NUMBER_##name,
    SSL_INTERPOSED(SYMBOL) NUMBER_INTERPOSED
#undef SYMBOL
};

static const char *const names[] = {
#define SYMBOL(type, name, parameters) "SSL_" #name,
    SSL_INTERPOSED(SYMBOL) SSL_CALLED(SYMBOL)
#undef SYMBOL
};

/* What is found by its name stands where its name does. */
static const uint16_t slots[] = {0, 1, 2, 3, 4, 5};

_Static_assert(ARRAY_LENGTH(slots) == ARRAY_LENGTH(names), "a slot for each");

const struct copies_hidden ssl_table = {
    .file_name = "libssl.so",
    .interposed_count = NUMBER_INTERPOSED,
    .slots = slots,
    .names = names,
};

const size_t ssl_table_size = ARRAY_LENGTH(names);
