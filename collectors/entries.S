/* dlsym gives these out for the functions that are interposed: entries, made from the lists of the clients' api.h. */
#include "agent/loading/entries.inc"
#include "collectors/libpq/api.h"
#include "collectors/sqlite3/api.h"

    .text
#define ENTRIES(type, name, parameters) ENTRY_COPIES given_sqlite3_##name, sqlite3_##name;
SQLITE_INTERPOSED(ENTRIES)
SQLITE_READING(ENTRIES)
#undef ENTRIES
#define ENTRIES(type, name, parameters) ENTRY_COPIES given_PQ##name, PQ##name;
PQ_INTERPOSED(ENTRIES)

    .section .note.GNU-stack, "", @progbits
