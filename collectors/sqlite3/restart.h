/* Drivers that run a statement twice for one execution.
 *
 * PHP's class SQLite3 (php-src, ext/sqlite3/sqlite3.c: SQLite3::query, SQLite3Stmt::execute) and LuaSQL (src/ls_sqlite3.c:
 * conn_execute) step a statement once, to see whether it works and has rows, reset it, and step it again from elsewhere when the
 * program fetches (SQLite3Result::fetchArray, cur_fetch). For a statement that only reads that is one execution, its first row
 * comes twice.
 *
 * A program of its own that steps, resets and steps does execute twice, and nothing in the calls tells it from these: so only the
 * drivers that are known to do it are treated so, by what their modules export. Inside of them the place of the call decides: a
 * step at another place than the one that began the last execution, and at which none began, goes on with it. Statements that
 * write take effect with every run, in PHP too (fetchArray on the result of an INSERT inserts again), and count each time.
 */
#ifndef NPLUS1_COLLECTORS_SQLITE3_RESTART_H
#define NPLUS1_COLLECTORS_SQLITE3_RESTART_H

#include <stdbool.h>
#include <stdint.h>

struct thread;

/* A statement's state here; zeroed when it is new. */
struct restart {
    bool possible;
    bool had_row;
    uintptr_t began_at;    /* return address of the step that began an execution nobody has fetched from; 0: there is none */
    uintptr_t fetching_at; /* of the step that fetches; 0: not known yet */
    struct thread *thread; /* of that execution */
};

/* Whether the code at an address is such a driver's. Takes the loader's lock: asked once for a connection. errno is preserved. */
bool restart_is_habit(uintptr_t caller);

/* Whether an idle statement's step goes on with the last execution. */
static inline bool restart_continues(const struct restart *restart, const struct thread *thread, uintptr_t caller)
{
    return restart->began_at && restart->began_at != caller && restart->thread == thread;
}

#endif
