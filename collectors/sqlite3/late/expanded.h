/* The values that a statement runs with, where nobody was seen to bind them: read from its text with the values in it
 * (sqlite3_expanded_sql, c3ref/expanded_sql.html), which is compared with the text as it was prepared. What stands where a
 * parameter stood (lang_expr.html#varparam) is its value.
 *
 * SQLite allocates memory for it, and frees it. */
#ifndef NPLUS1_COLLECTORS_SQLITE3_LATE_EXPANDED_H
#define NPLUS1_COLLECTORS_SQLITE3_LATE_EXPANDED_H

#include "agent/probe/probe.h"
#include "collectors/sqlite3/api.h"

/* Where they cannot be told (no memory; a statement inside of two others, of which SQLite gives only the text), all are NULL, and
 * together like those of no other execution. */
void expanded_read(const struct sqlite_api *api, sqlite3_stmt *handle, struct values *ret);

#endif
