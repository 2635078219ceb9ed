#include "collectors/sqlite3/late/late.h"

#include "agent/base/log.h"
#include "agent/stack/walker.h"
#include "collectors/sqlite3/entry.h"
#include "collectors/sqlite3/late/expanded.h"

#define OWN_FRAMES 4 /* sqlite3_get_table, sqlite3_exec, and copies of them */

static int runs_of(const struct sqlite_library *library, sqlite3_stmt *handle)
{
    return library->api.stmt_status(handle, SQLITE_STMTSTATUS_RUN, 0);
}

/* Where the program called the library's function that runs statements for it, and now steps; NULL: the library did, for its own
 * purposes, or nobody can tell. Some microseconds, for each statement once. */
static const uintptr_t *find_program(const struct sqlite_library *library, const uintptr_t *slot)
{
    uintptr_t addresses[OWN_FRAMES], slots[OWN_FRAMES];
    size_t count;

    if (!walkers_have_native())
        return NULL;
    count = native_walker->walk((uintptr_t)slot, 0, addresses, slots, OWN_FRAMES);
    for (size_t i = 0; i < count; i++) {
        enum copies_side side = library_contains(library, addresses[i]) ? copies_side_of(&library->loaded, addresses[i])
                                                                        : COPIES_PROGRAM;
        if (side != COPIES_ON_BEHALF)
            return side == COPIES_PROGRAM && slots[i] ? (const uintptr_t *)slots[i] : NULL;
    }
    return NULL;
}

/* *slot: where the step returns to; set to where the program called. NULL: the statement is SQLite's own. */
static struct stmt *adopt(struct thread *thread, const struct sqlite_library *library, sqlite3_stmt *handle,
                          const uintptr_t **slot)
{
    enum copies_side side = library_contains(library, **slot) ? copies_side_of(&library->loaded, **slot) : COPIES_PROGRAM;
    struct stmt *stmt;

    if (side == COPIES_OWN)
        return NULL;
    connection_keep(thread, library, library->api.db_handle(handle)); /* starts the walker, too */
    if (side == COPIES_ON_BEHALF && !(*slot = find_program(library, *slot)))
        return NULL;
    stmt = stmt_add(thread, library, NULL, handle);
    if (!stmt)
        return NULL;
    stmt->on_behalf = side == COPIES_ON_BEHALF;
    stmt->unread = true;
    stmt->runs = runs_of(library, handle);
    stmt->probe.fresh = stmt->runs == 0;
    return stmt;
}

/* The state of a statement that is about to begin an execution; NULL: it does not count. */
static struct stmt *find_beginning(struct thread *thread, const struct sqlite_library *library, struct stmt *stmt,
                                   sqlite3_stmt *handle, const uintptr_t **slot)
{
    int runs;

    if (!stmt)
        return adopt(thread, library, handle, slot);
    probe_end(&stmt->execution); /* of one that was reset by nobody that we saw */
    runs = runs_of(library, handle);
    /* sqlite3_exec steps none again that is done. One that has never run is new. */
    if (stmt->on_behalf || (runs == 0 && stmt->runs > 0)) {
        stmt_forget(stmt);
        return adopt(thread, library, handle, slot);
    }
    /* The step that was left by a longjmp has run, too. */
    if (unlikely(runs > stmt->runs) && !stmt->is_stepping) {
        log_line(LOG_WARN, "a copy of SQLite runs statements that are not seen: from here on none of it counts");
        ((struct sqlite_library *)(uintptr_t)library)->loaded.ignored = true;
        return NULL;
    }
    return stmt;
}

static int step(struct thread *thread, const struct sqlite_library *library, struct stmt *stmt, sqlite3_stmt *handle,
                const uintptr_t *slot)
{
    bool is_busy = library->api.stmt_busy(handle), is_idle = !stmt || probe_is_idle(&stmt->execution);
    uintptr_t outer;
    int result;

    if (!is_busy)
        stmt = find_beginning(thread, library, stmt, handle, &slot);
    if (!stmt)
        return library->api.step(handle);
    if (!is_busy || is_idle) /* a step that had to wait for a lock, and failed, is tried again from where it was */
        expanded_read(&library->api, handle, &stmt->values);
    stmt->is_stepping = true;
    outer = entry_enter(thread, 0);
    result = step_counted(thread, stmt, slot);
    if (thread == thread_self)
        entry_leave(thread, outer);
    stmt->runs = runs_of(library, handle);
    stmt->is_stepping = false;
    return result;
}

static int step_uncounted(const struct sqlite_library *library, struct stmt *stmt, sqlite3_stmt *handle)
{
    int result = library->api.step(handle);

    if (stmt)
        stmt->runs = runs_of(library, handle);
    return result;
}

int late_step(sqlite3_stmt *handle)
{
    const uintptr_t *slot = STACK_SLOT;
    const struct sqlite_api *unwatched = entry_unwatched("sqlite3_step", handle, slot);
    const struct sqlite_library *library;
    struct thread *thread;
    struct stmt *stmt;
    int saved_errno = errno;

    if (unwatched)
        return unwatched->step(handle);
    stmt = stmt_find(handle);
    library = stmt ? stmt->library : library_for_caller("sqlite3_step", library_db_of(handle), slot);
    thread = handle ? thread_current() : NULL;
    errno = saved_errno;
    if (!library)
        return library_for_call("sqlite3_step", handle, slot)->step(handle);
    if (!thread || library->loaded.ignored)
        return step_uncounted(library, stmt, handle);
    return step(thread, library, stmt, handle, slot);
}
