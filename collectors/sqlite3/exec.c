/* sqlite3_exec and sqlite3_get_table: each statement of the text is an execution of its own, seen when the library prepares and
 * steps it (entry.h). A copy of the library whose calls to itself do not come past us (linked with -Bsymbolic) is counted as one
 * execution of the whole text. */
#include <string.h>

#include "collectors/sqlite3/entry.h"

static void count_as_one(struct thread *thread, struct connection *connection, const char *sql, const uintptr_t *slot,
                         uint64_t since)
{
    struct probe_statement statement = {.database = connection->database, .transaction = &connection->transaction};
    struct probe_execution execution = {0};
    struct values values = {0};

    probe_text(thread, &statement, sql, strlen(sql));
    if (probe_is_empty(&statement))
        return;
    probe_time(thread, probe_begin(thread, &execution, &statement, &values, slot), clock_ticks() - since);
}

/* The real call runs in between: see EXECUTE. */
struct exec_entry {
    struct thread *thread, *own_state; /* NULL: not for us; see entry_go_on */
    bool own;                          /* the library's, for its own purposes, while it runs another one for the program */
    struct connection *connection;
    uint64_t since, steps;
    uintptr_t outer;
    struct entry_outermost outermost;
    void *outer_statement;
};

static void exec_enter(struct exec_entry *entry, const struct sqlite_library *library, sqlite3 *db, const uintptr_t *slot)
{
    entry->thread = NULL;
    entry->own = false;
    if (entry_is_own(library, slot)) {
        /* Of a copy that is not reached by name it may be in the middle of sqlite3_exec, when that prepares (the schema is read).
         */
        entry->own = library->loaded.patch && entry_behalf.frame && !entry_is_on_behalf(library, slot);
        entry->outer = entry_behalf.frame;
        if (entry->own) {
            if (entry_behalf.statement && probe_is_idle(&entry_behalf.statement->execution))
                entry_forget_statement(); /* which it has finalized, perhaps by a call that we do not see */
            entry_behalf.frame = 0;
        }
        return;
    }
    entry->thread = entry_go_on(&entry->own_state, true);
    if (!entry->thread)
        return;
    entry->connection = connection_find(db);
    if (!entry->connection && db)
        entry->connection = connection_add(entry->thread, library, db);
    entry->since = clock_ticks();
    entry->steps = entry->connection ? entry->connection->steps_inside : 0;
    entry->outer_statement = entry_behalf.statement;
    entry_behalf.statement = NULL;
    entry->outermost = entry_go_inside(library, slot);
    entry->outer = entry_enter(entry->thread, (uintptr_t)slot);
}

static void exec_leave(const struct exec_entry *entry, const char *sql, const uintptr_t *slot, int result)
{
    int saved_errno = errno;

    if (entry->own)
        entry_behalf.frame = entry->outer;
    if (!entry->thread)
        return;
    if (entry_again(entry->thread, entry->outer, entry->outermost) != entry->thread)
        goto out;
    entry_forget_statement();
    entry_behalf.statement = entry->outer_statement;
    if (result == SQLITE_OK && sql && entry->connection && entry->connection->steps_inside == entry->steps)
        count_as_one(entry->thread, entry->connection, sql, slot, entry->since);
out:
    entry_go_back(entry->own_state);
    errno = saved_errno;
}

#define EXECUTE(function, ...)                                                                                                   \
    struct connection *connection = connection_find(db);                                                                         \
    const uintptr_t *slot = front_behind(STACK_SLOT);                                                                            \
    const struct sqlite_library *library = likely(connection) ? connection->library                                              \
                                                              : library_for_caller("sqlite3_" #function, db, slot);              \
    struct exec_entry entry;                                                                                                     \
    int result;                                                                                                                  \
                                                                                                                                 \
    if (unlikely(!library))                                                                                                      \
        return SQLITE_MISUSE;                                                                                                    \
    exec_enter(&entry, library, db, slot);                                                                                       \
    result = library->api.function(__VA_ARGS__);                                                                                 \
    exec_leave(&entry, sql, slot, result);                                                                                       \
    return result

EXPORT int sqlite3_exec(sqlite3 *db, const char *sql, int (*callback)(void *, int, char **, char **), void *argument,
                        char **error)
{
    EXECUTE(exec, db, sql, callback, argument, error);
}

EXPORT int sqlite3_get_table(sqlite3 *db, const char *sql, char ***table, int *rows, int *columns, char **error)
{
    EXECUTE(get_table, db, sql, table, rows, columns, error);
}
