/* sqlite3_step of a copy of which a compiler has put the other functions into those that call them (agent/patching/late).
 *
 * Nobody is seen to open a connection, to prepare a statement or to bind a value. At the step of a statement that is not busy
 * (c3ref/stmt_busy.html) the copy is asked for all of that: text, connection, values, and how often it has run
 * (c3ref/c_stmtstatus_counter.html, SQLITE_STMTSTATUS_RUN), which tells a new statement from one that was at the same address,
 * and whether all runs of it came past here. What the program reads of the results is not known. A step calls no function but the
 * copy's.
 */
#ifndef NPLUS1_COLLECTORS_SQLITE3_LATE_LATE_H
#define NPLUS1_COLLECTORS_SQLITE3_LATE_LATE_H

#include <sqlite3.h>

#include "agent/base/compiler.h"

HIDDEN int late_step(sqlite3_stmt *handle);

#endif
