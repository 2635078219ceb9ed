/* The table of its functions that every copy of SQLite keeps for extensions, by which it is found without names. Agent and viewer
 * look for it. */
#ifndef NPLUS1_COLLECTORS_SQLITE3_TABLE_H
#define NPLUS1_COLLECTORS_SQLITE3_TABLE_H

#include "agent/loading/copies_kind.h"

extern const struct copies_hidden sqlite_table;

#endif
