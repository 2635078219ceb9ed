/* The values of a row, for provenance. Both return SQLITE_ROW: a step ends with them. */
#ifndef NPLUS1_COLLECTORS_SQLITE3_ROW_H
#define NPLUS1_COLLECTORS_SQLITE3_ROW_H

#include "collectors/sqlite3/handle.h"

/* The statement stands on the first row of an execution for which probe_captures is true. */
COLD int row_capture_first(struct thread *thread, struct stmt *stmt);

/* The statement stands on a row whose values are wanted (execution.source is set). */
NOINLINE int row_capture(struct thread *thread, struct stmt *stmt);

#endif
