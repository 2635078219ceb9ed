/* The values of a row, for provenance. */
#ifndef NPLUS1_SQLITE3_ROW_H
#define NPLUS1_SQLITE3_ROW_H

#include "handle.h"

/* The statement stands on the first row of an execution for which probe_captures is true. */
COLD void row_capture_first(struct thread *thread, struct stmt *stmt);

/* The statement stands on a row whose values are wanted (execution.source is set). */
NOINLINE void row_capture(struct thread *thread, struct stmt *stmt);

#endif
