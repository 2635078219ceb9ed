/* The samples' database, in SQLite. What a sample shows, its queries, stands in the sample itself. */
#ifndef NPLUS1_SAMPLES_C_SQLITE_SHOP_H
#define NPLUS1_SAMPLES_C_SQLITE_SHOP_H

#include <sqlite3.h>

#include "ids.h"
#include "sample.h"

/* Reads the command line, opens the database (in memory unless --db names a file) and fills it. */
sqlite3 *shop_open(int argc, char **argv, const struct scene *scene);
int shop_close(sqlite3 *db); /* the exit status */

/* The statement of that text, prepared once per connection and idle; belongs to the connection. */
sqlite3_stmt *shop_statement(sqlite3 *db, const char *sql);
/* `sql` followed by a list of parameters with these keys as values: sql must end in IN. */
sqlite3_stmt *shop_statement_in(sqlite3 *db, const char *sql, const struct ids *ids);
void shop_done(sqlite3_stmt *stmt); /* ends an execution; a failed one ends the program */

#endif
