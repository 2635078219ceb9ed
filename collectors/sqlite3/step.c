/* Executions: sqlite3_step, reset, clear_bindings.
 *
 * An execution begins at the step of a statement that was idle, and ends with the step that says SQLITE_DONE or an error, with
 * a reset, or when the statement is finalized (sqlite.org/c3ref/step.html: after SQLITE_DONE or an error the next step begins anew).
 */
#include <string.h>

#include "entry.h"

/* A statement that came from somewhere that we do not see; NULL: one of SQLite's own, or memory is used up. */
static COLD struct stmt *adopt(struct thread *thread, const struct sqlite_library *library, sqlite3_stmt *handle,
                               const uintptr_t *slot)
{
    if (!handle || !thread || library_contains(library, *slot))
        return NULL;
    return stmt_add(thread, library, handle);
}

/* A step of a statement that is not known. */
static COLD int step_unknown(sqlite3_stmt *handle, const uintptr_t *slot)
{
    const struct sqlite_library *library = library_for_caller("sqlite3_step", *slot);

    if (!library || !library->api.step)
        return SQLITE_MISUSE;
    if (adopt(thread_current(), library, handle, slot))
        return sqlite3_step(handle);
    return library->api.step(handle);
}

EXPORT int sqlite3_step(sqlite3_stmt *handle)
{
    struct stmt *stmt = stmt_find(handle);
    struct thread *thread = thread_current();
    uintptr_t outer;
    uint64_t since;
    int result;

    if (unlikely(!stmt))
        return step_unknown(handle, STACK_SLOT);
    if (unlikely(!thread) || unlikely(!entry_counts(thread, stmt->library, STACK_SLOT)))
        return stmt->library->api.step(handle);
    if (probe_is_idle(&stmt->execution))
        probe_begin(thread, &stmt->execution, &stmt->probe, &stmt->values,
                    entry_caller(thread, stmt->library, STACK_SLOT));
    outer = entry_enter(thread, 0);
    since = probe_clock(&stmt->execution);
    result = stmt->library->api.step(handle);
    probe_time(thread, &stmt->execution, since);
    entry_leave(thread, outer);
    if (result == SQLITE_ROW)
        probe_row(thread, &stmt->execution);
    else
        probe_end(thread, &stmt->execution, result != SQLITE_DONE);
    return result;
}

EXPORT int sqlite3_reset(sqlite3_stmt *handle)
{
    struct stmt *stmt = stmt_find(handle);
    const struct sqlite_library *library;

    if (likely(stmt)) {
        stmt->execution.thread = NULL;
        return stmt->library->api.reset(handle);
    }
    library = library_for_caller("sqlite3_reset", *STACK_SLOT);
    return library && library->api.reset ? library->api.reset(handle) : SQLITE_MISUSE;
}

EXPORT int sqlite3_clear_bindings(sqlite3_stmt *handle)
{
    struct stmt *stmt = stmt_find(handle);
    const struct sqlite_library *library;

    if (likely(stmt)) {
        memset(&stmt->values, 0, sizeof stmt->values);
        return stmt->library->api.clear_bindings(handle);
    }
    library = library_for_caller("sqlite3_clear_bindings", *STACK_SLOT);
    return library && library->api.clear_bindings ? library->api.clear_bindings(handle) : SQLITE_MISUSE;
}
