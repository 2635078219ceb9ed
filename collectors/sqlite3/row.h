/* The values of a row, for provenance. */
#ifndef NPLUS1_SQLITE3_ROW_H
#define NPLUS1_SQLITE3_ROW_H

#include "handle.h"

/* The statement stands on a row whose values are wanted (execution.source is set). */
void row_capture(struct thread *thread, struct stmt *stmt, sqlite3_stmt *handle);

#endif
