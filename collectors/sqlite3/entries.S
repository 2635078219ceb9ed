/* What dlsym gives out for the functions that are interposed: entries, made from the lists of api.h. */
#include "agent/loading/entries.inc"
#include "collectors/sqlite3/api.h"

    .text
#define ENTRIES(type, name, parameters) ENTRY_COPIES given_sqlite3_##name, sqlite3_##name;
SQLITE_INTERPOSED(ENTRIES)
SQLITE_READING(ENTRIES)

    .section .note.GNU-stack, "", @progbits
