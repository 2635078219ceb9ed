/* What dlsym gives out for the functions that are interposed: entries, made from the list of api.h. */
#include "agent/loading/entries.inc"
#include "collectors/openssl/api.h"

    .text
#define ENTRIES(type, name, parameters) ENTRY_COPIES given_SSL_##name, SSL_##name;
SSL_INTERPOSED(ENTRIES)

    .section .note.GNU-stack, "", @progbits
