/* Executions: sqlite3_step, reset, clear_bindings.
 *
 * An execution begins at the step of a statement that was idle, and ends with the step that says SQLITE_DONE or an error, with
 * a reset, or when the statement is finalized (sqlite.org/c3ref/step.html: after SQLITE_DONE or an error the next step begins
 * anew).
 */
#include <ctype.h>
#include <string.h>

#include "collectors/sqlite3/entry.h"
#include "collectors/sqlite3/row.h"

/* One that sqlite3_exec prepares without a call that we see: within one module a compiler may put functions into each other. */
static COLD struct stmt *adopt_on_behalf(struct thread *thread, const struct sqlite_library *library, sqlite3_stmt *handle)
{
    struct stmt *stmt;

    entry_forget_statement();
    stmt = stmt_add(thread, library, NULL, handle);
    if (stmt)
        stmt->on_behalf = true;
    entry_behalf.statement = stmt;
    return stmt;
}

static bool is_on_behalf(struct thread *thread, const struct sqlite_library *library, const uintptr_t *slot)
{
    return library && library->loaded.patch && thread && entry_is_own(library, slot) && entry_is_on_behalf(library, slot);
}

/* BEGIN, COMMIT and their kin, and errors that roll back (sqlite.org/c3ref/get_autocommit.html). */
static COLD void look_at_transaction(struct thread *thread, struct stmt *stmt, uint64_t ticks)
{
    struct connection *connection = stmt->connection;
    bool is_open = !stmt->library->api.get_autocommit(connection->handle);

    if (!is_open)
        open_transaction_took(thread, &connection->transaction, ticks);
    open_transaction_now(thread, &connection->transaction, probe_shard(thread, &stmt->execution), is_open);
}

/* The step said neither row nor done. */
static COLD int step_failed(struct thread *thread, struct stmt *stmt, uint64_t ticks, int result)
{
    if (transaction_is_open(&stmt->connection->transaction))
        look_at_transaction(thread, stmt, ticks);
    probe_error(probe_shard(thread, &stmt->execution));
    probe_end(&stmt->execution);
    return result;
}

/* A call of an execution that `before` began ends in another thread, or in the child of a fork, which counts what is its own. */
static COLD int step_ended_elsewhere(struct thread *before, struct stmt *stmt, uint64_t ticks, int result)
{
    struct thread *thread = thread_current();
    struct group_shard *shard;

    stmt->execution.thread = before;
    if (!thread || probe_is_of_parent(&stmt->execution)) {
        if (result != SQLITE_ROW)
            probe_end(&stmt->execution);
        return result;
    }
    shard = probe_shard(thread, &stmt->execution);
    probe_time(thread, shard, ticks);
    if (result == SQLITE_ROW) {
        probe_row(shard);
        return SQLITE_ROW;
    }
    if (result != SQLITE_DONE)
        return step_failed(thread, stmt, ticks, result);
    if (stmt->probe.text.special & STATEMENT_TRANSACTION)
        look_at_transaction(thread, stmt, ticks);
    probe_end(&stmt->execution);
    return SQLITE_DONE;
}

/* The first call of an execution, which has begun. */
static inline __attribute__((always_inline)) int step_run(struct thread *thread, struct stmt *stmt, struct group_shard *shard,
                                                          uint64_t (*now)(void))
{
    uint64_t since = now(), until;
    int result;

    probe_since(thread, since);
    result = stmt->library->api.step(stmt->handle);
    until = now();
    if (unlikely(thread != thread_self))
        return step_ended_elsewhere(thread, stmt, until - since, result);
    probe_until(thread, until);
    probe_time(thread, shard, until - since);
    if (likely(result == SQLITE_ROW)) {
        stmt->execution.thread = thread; /* a step after SQLITE_DONE begins with a reset of the library's own */
        probe_row(shard);
        return unlikely(probe_captures(shard)) ? row_capture_first(thread, stmt) : SQLITE_ROW;
    }
    if (unlikely(result != SQLITE_DONE))
        return step_failed(thread, stmt, until - since, result);
    if (unlikely(stmt->probe.text.special & STATEMENT_TRANSACTION))
        look_at_transaction(thread, stmt, until - since);
    probe_end(&stmt->execution);
    return SQLITE_DONE;
}

static COLD int step_run_left_out(struct thread *thread, struct stmt *stmt)
{
    return step_run(thread, stmt, NULL, clock_ticks);
}

/* Apart, so that nothing that follows is done for both. perhaps_fresh: it may be one that was woken. */
static inline __attribute__((always_inline)) int step_begin(struct thread *thread, struct stmt *stmt, const uintptr_t *slot,
                                                            uint64_t (*now)(void), bool perhaps_fresh)
{
    struct group_shard *shard = probe_begin(thread, &stmt->execution, &stmt->probe, &stmt->values, slot);

    if (perhaps_fresh && stmt->probe.fresh)
        probe_prepared(&stmt->probe, shard);
    return likely(shard != NULL) ? step_run(thread, stmt, shard, now) : step_run_left_out(thread, stmt);
}

static NOINLINE int step_first(struct thread *thread, struct stmt *stmt, const uintptr_t *slot)
{
    return step_begin(thread, stmt, slot, clock_ticks, true);
}

/* Begins an execution of a thread that is plain (thread.h): its clock is the TSC. */
static NOINLINE int step_first_plain(struct thread *thread, struct stmt *stmt, const uintptr_t *slot)
{
    return step_begin(thread, stmt, slot, clock_tsc, false);
}

static NOINLINE int step_woken_plain(struct thread *thread, struct stmt *stmt, const uintptr_t *slot)
{
    return step_begin(thread, stmt, slot, clock_tsc, true);
}

static inline void restart_note(struct restart *restart, struct thread *thread, uintptr_t caller, int result)
{
    restart->began_at = caller != restart->fetching_at && (result == SQLITE_ROW || result == SQLITE_DONE) ? caller : 0;
    restart->had_row = result == SQLITE_ROW;
    restart->thread = thread;
}

static NOINLINE int step_restartable_plain(struct thread *thread, struct stmt *stmt, const uintptr_t *slot)
{
    int result = step_begin(thread, stmt, slot, clock_tsc, false);

    restart_note(&stmt->restart, thread, *slot, result);
    return result;
}

/* The driver goes on with an execution that it began to see whether it works. */
static COLD int step_restarted(struct thread *thread, struct stmt *stmt, const uintptr_t *slot)
{
    struct restart *restart = &stmt->restart;
    uint64_t since, ticks;
    int result;

    restart->began_at = 0;
    restart->fetching_at = *slot;
    stmt->execution.thread = thread;
    since = clock_ticks();
    result = stmt->library->api.step(stmt->handle);
    if (thread != thread_self)
        return step_ended_elsewhere(thread, stmt, clock_ticks() - since, result);
    ticks = clock_ticks() - since;
    probe_time(thread, stmt->execution.shard, ticks);
    if (result == SQLITE_ROW) {
        if (!restart->had_row)
            probe_row(stmt->execution.shard);
        return SQLITE_ROW;
    }
    if (result != SQLITE_DONE)
        return step_failed(thread, stmt, ticks, result);
    probe_end(&stmt->execution);
    return SQLITE_DONE;
}

static COLD int step_restarting(struct thread *thread, struct stmt *stmt, const uintptr_t *slot)
{
    int result;

    if (restart_continues(&stmt->restart, thread, *slot))
        return step_restarted(thread, stmt, slot);
    result = step_first(thread, stmt, slot);
    restart_note(&stmt->restart, thread, *slot, result);
    return result;
}

/* Whether a value was bound: where the text has a parameter, its expansion has NULL unless there is one. */
static bool has_values(const struct sqlite_api *api, sqlite3_stmt *handle)
{
    const char *sql = api->sql(handle), *at = sql;
    char *expanded = api->expanded_sql ? api->expanded_sql(handle) : NULL, *to = expanded;
    bool found = false;

    if (!sql || !expanded ||
        strncmp(expanded, "-- ", 3) == 0) { /* of a statement within two others it is the text, as comments */
        if (expanded)
            api->free(expanded);
        return false; /* nobody can tell */
    }
    while (*at && *to && !found) {
        if (*at == *to && *at != '?' && *at != ':' && *at != '@' && *at != '$' && *at != '#') {
            at++;
            to++;
        } else if (strncmp(to, "NULL", 4) == 0) {
            for (at++; *at == '_' || *at == ':' || *at == '$' || *at < 0 || isalnum((unsigned char)*at); at++)
                ;
            to += 4;
        } else if (*at == *to) { /* in a string or a name */
            at++;
            to++;
        } else {
            found = true;
        }
    }
    api->free(expanded);
    return found;
}

/* Within one module a compiler may put the library's functions into the program's (link-time optimisation): a statement with
 * values of which none was seen to be bound then shows that such calls pass us by. What is seen of that copy would mislead. */
static COLD void check_parameters(struct stmt *stmt)
{
    const struct sqlite_api *api = &stmt->library->api;

    stmt->unchecked = false;
    if (!stmt->on_behalf && api->bind_parameter_count && api->bind_parameter_count(stmt->handle) > 0 &&
        has_values(api, stmt->handle))
        ((struct sqlite_library *)(uintptr_t)stmt->library)->loaded.ignored = true;
}

static COLD int step_special(struct thread *thread, struct stmt *stmt, const uintptr_t *slot)
{
    stmt->special = stmt->restart.possible ? SPECIAL_OTHER : SPECIAL_NONE;
    if (stmt->unchecked)
        check_parameters(stmt);
    return stmt->restart.possible ? step_restarting(thread, stmt, slot) : step_first(thread, stmt, slot);
}

static NOINLINE int step_special_plain(struct thread *thread, struct stmt *stmt, const uintptr_t *slot)
{
    return likely(stmt->restart.possible) && likely(!stmt->unchecked) && likely(!restart_continues(&stmt->restart, thread, *slot))
               ? step_restartable_plain(thread, stmt, slot)
               : step_special(thread, stmt, slot);
}

static COLD int step_further_timed(struct thread *thread, struct stmt *stmt)
{
    uint64_t since;
    int result;

    probe_time_again(thread);
    since = clock_ticks();
    result = stmt->library->api.step(stmt->handle);
    probe_time_sampled(thread_self, &stmt->execution, since);
    return result;
}

/* A row of an execution that another thread began, or that is left out. */
static COLD int step_row_elsewhere(struct stmt *stmt)
{
    struct thread *thread = thread_current();

    if (!thread || probe_is_of_parent(&stmt->execution))
        return SQLITE_ROW;
    probe_row(probe_shard(thread, &stmt->execution));
    return stmt->execution.source ? row_capture(thread, stmt) : SQLITE_ROW;
}

static COLD int step_further_failed(struct stmt *stmt, int result)
{
    struct thread *thread = thread_current();

    if (thread && !probe_is_of_parent(&stmt->execution))
        return step_failed(thread, stmt, 0, result); /* what rolls back: a cost that nothing would have saved */
    probe_end(&stmt->execution);
    return result;
}

/* Nothing but the statement is kept across the real call, and what is unusual is called last: most rows of a scan come here. */
static NOINLINE int step_further(struct thread *thread, struct stmt *stmt)
{
    int result = probe_is_timed(thread) ? step_further_timed(thread, stmt) : stmt->library->api.step(stmt->handle);

    if (result == SQLITE_ROW) {
        if (unlikely(stmt->execution.thread != thread_self) || unlikely(!stmt->execution.shard))
            return step_row_elsewhere(stmt);
        probe_row(stmt->execution.shard);
        return unlikely(stmt->execution.source != NULL) ? row_capture(thread_self, stmt) : SQLITE_ROW;
    }
    if (unlikely(result != SQLITE_DONE))
        return step_further_failed(stmt, result);
    probe_end(&stmt->execution);
    return SQLITE_DONE;
}

static inline int step(struct thread *thread, struct stmt *stmt, const uintptr_t *slot)
{
    if (probe_is_idle(&stmt->execution))
        return unlikely(stmt->special) ? step_special(thread, stmt, slot) : step_first(thread, stmt, slot);
    return step_further(thread, stmt);
}

COLD int step_counted(struct thread *thread, struct stmt *stmt, const uintptr_t *slot)
{
    return probe_is_idle(&stmt->execution) ? step_first(thread, stmt, slot) : step_further(thread, stmt);
}

/* A step inside of sqlite3_exec: one that it makes itself, or a callback of the program makes. */
static int step_in_exec(struct thread *thread, struct stmt *stmt, const uintptr_t *slot)
{
    uintptr_t outer;
    int result;

    if (entry_is_own(stmt->library, slot)) {
        if (!stmt->on_behalf || !entry_is_on_behalf(stmt->library, slot))
            return stmt->library->api.step(stmt->handle);
        stmt->stepped = true;
        slot = (const uintptr_t *)entry_behalf.frame; /* where the program called */
        stmt->connection->steps_inside++;
    }
    outer = entry_enter(thread, 0);
    result = step(thread, stmt, slot);
    if (thread == thread_self)
        entry_leave(thread, outer);
    return result;
}

static COLD int step_watched(struct thread *thread, sqlite3_stmt *handle, const uintptr_t *slot)
{
    struct stmt *stmt = stmt_find(handle);
    struct entry_outermost outermost;
    int result;

    slot = front_behind(slot);
    if (stmt && unlikely(stmt->stay == STMT_RESTS)) {
        stmt_forget(stmt);
        stmt = NULL;
    }
    if (!stmt) {
        const struct sqlite_library *library = library_for_caller("sqlite3_step", library_db_of(handle), slot);
        stmt = is_on_behalf(thread, library, slot) ? adopt_on_behalf(thread, library, handle)
                                                   : entry_adopt(thread, library, handle, slot);
        if (!stmt)
            return (library ? &library->api : library_for_call("sqlite3_step", handle, slot))->step(handle);
    } else if (unlikely(stmt->stepped) && probe_is_idle(&stmt->execution) && is_on_behalf(thread, stmt->library, slot)) {
        /* sqlite3_exec steps none again that is done: it is another one at the same address. */
        const struct sqlite_library *library = stmt->library;
        stmt = adopt_on_behalf(thread, library, handle);
        if (!stmt)
            return library->api.step(handle);
    }
    if (!thread)
        return stmt->library->api.step(handle);
    if (unlikely(library_unusual))
        thread->plain = false;
    outermost = entry_go_inside(stmt->library, slot);
    result = entry_behalf.frame != 0 ? step_in_exec(thread, stmt, slot) : step(thread, stmt, slot);
    if (thread == thread_self)
        entry_come_back(outermost);
    return result;
}

static NOINLINE int step_unknown(sqlite3_stmt *handle, const uintptr_t *slot)
{
    const struct sqlite_api *unwatched = entry_unwatched("sqlite3_step", handle, slot);

    struct thread *own;
    int result;

    if (unwatched)
        return unwatched->step(handle);
    result = step_watched(entry_go_on(&own, false), handle, slot);
    entry_go_back(own);
    return result;
}

/* One that sqlite3_exec steps may have come to another thread with it. */
static NOINLINE int step_own(const struct sqlite_api *own, sqlite3_stmt *handle, const uintptr_t *slot)
{
    return unlikely(stmt_find_further(handle) != NULL) ? step_unknown(handle, slot) : own->step(handle);
}

/* Whatever is not plain. */
static NOINLINE int step_slow(sqlite3_stmt *handle, const uintptr_t *slot)
{
    const struct sqlite_api *own = entry_own(slot);

    if (!own)
        return step_unknown(handle, slot);
    return likely(stmt_is_unknown(handle)) ? own->step(handle) : step_own(own, handle, slot);
}

EXPORT int sqlite3_step(sqlite3_stmt *handle)
{
    struct thread *thread = thread_self;
    struct stmt *stmt;

    if (unlikely(!stmt_find_first(handle, &stmt)) || unlikely(!thread->plain))
        return step_slow(handle, STACK_SLOT);
    if (probe_is_idle(&stmt->execution)) {
        if (unlikely(stmt->special)) {
            /* Read again, so that the test above needs no register. */
            if (*(volatile uint8_t *)&stmt->special != SPECIAL_WOKEN)
                return likely(stmt->stay != STMT_RESTS) ? step_special_plain(thread, stmt, STACK_SLOT)
                                                        : step_slow(handle, STACK_SLOT);
            stmt->special = SPECIAL_NONE;
            return step_woken_plain(thread, stmt, STACK_SLOT);
        }
        return step_first_plain(thread, stmt, STACK_SLOT);
    }
    return step_further(thread, stmt);
}

static NOINLINE int reset_unknown(sqlite3_stmt *handle, const uintptr_t *slot)
{
    const struct sqlite_api *unwatched = entry_unwatched("sqlite3_reset", handle, slot);
    struct stmt *stmt;

    if (unwatched)
        return unwatched->reset(handle);
    stmt = stmt_find(handle);
    if (!stmt)
        return library_for_call("sqlite3_reset", handle, slot)->reset(handle);
    probe_end(&stmt->execution);
    return stmt->library->api.reset(handle);
}

static NOINLINE int reset_own(const struct sqlite_api *own, sqlite3_stmt *handle, const uintptr_t *slot)
{
    return unlikely(stmt_find_further(handle) != NULL) ? reset_unknown(handle, slot) : own->reset(handle);
}

static NOINLINE int reset_slow(sqlite3_stmt *handle, const uintptr_t *slot)
{
    const struct sqlite_api *own = entry_own(slot);

    if (!own)
        return reset_unknown(handle, slot);
    return likely(stmt_is_unknown(handle)) ? own->reset(handle) : reset_own(own, handle, slot);
}

EXPORT int sqlite3_reset(sqlite3_stmt *handle)
{
    struct stmt *stmt;

    if (unlikely(!stmt_find_first(handle, &stmt)))
        return reset_slow(handle, STACK_SLOT);
    probe_end(&stmt->execution);
    return stmt->library->api.reset(handle);
}

static NOINLINE int clear_bindings_slow(sqlite3_stmt *handle, const uintptr_t *slot)
{
    struct stmt *stmt = stmt_find(handle);

    if (!stmt)
        return library_for_call("sqlite3_clear_bindings", handle, slot)->clear_bindings(handle);
    values_clear(&stmt->values);
    return stmt->library->api.clear_bindings(handle);
}

EXPORT int sqlite3_clear_bindings(sqlite3_stmt *handle)
{
    struct stmt *stmt;

    if (unlikely(!stmt_find_first(handle, &stmt)))
        return clear_bindings_slow(handle, STACK_SLOT);
    if (stmt->values.all | stmt->values.more) /* else nothing was bound since, or NULL */
        values_clear(&stmt->values);
    return stmt->library->api.clear_bindings(handle);
}
