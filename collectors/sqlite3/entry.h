/* How an interposed function begins: whose copy of the library, and whether the call counts.
 *
 * libsqlite3 calls itself through the PLT (sqlite3_exec prepares and steps, the first prepare reads the schema, FTS5 runs
 * statements inside a step), so calls whose return address lies in the library are its own and do not count, with one exception:
 * what sqlite3_exec and sqlite3_get_table prepare and step on behalf of the program. entry_behalf.frame is the stack slot of
 * the return address of such a call while it is the innermost interposed one, else 0. A longjmp out of a callback can leave it
 * standing; it then lies above the frames of later calls only by chance, and those prepare nothing that we know.
 *
 * A module that embeds and exports SQLite calls it from inside as well. It is known by its opening of a connection, which the
 * library never does (but for RBU, whose statements are executions then). There the outermost call is the program's, and what
 * is called while it runs is the library's; so statements that the module's own callbacks issue are not seen. entry_outermost
 * remembers that call by its stack slot and the return address there: after a longjmp the slot is another frame's.
 */
#ifndef NPLUS1_COLLECTORS_SQLITE3_ENTRY_H
#define NPLUS1_COLLECTORS_SQLITE3_ENTRY_H

#include <errno.h>

#include "collectors/sqlite3/handle.h"
#include "agent/probe/front.h"
#include "agent/probe/probe.h"
#include "agent/stack/walker.h"

struct entry_outermost {
    const uintptr_t *slot; /* NULL: none */
    uintptr_t caller;
};

extern HIDDEN __thread struct entry_outermost entry_outermost __attribute__((tls_model("initial-exec")));

/* The calling thread's: statements that the library runs on behalf of the program. */
struct entry_behalf {
    uintptr_t frame;
    struct stmt *statement; /* that was prepared last by the call of `frame` */
};

extern HIDDEN __thread struct entry_behalf entry_behalf __attribute__((tls_model("initial-exec")));

/* A thread is new to the agent. */
void entry_reset(struct thread *thread);

/* Whether it is plain may have changed without it: a copy that is embedded, say, was found by another one, and its next call may
 * be a step that another one has prepared. */
static inline void entry_look(struct thread *thread)
{
    if (unlikely(walkers_wander))
        library_unusual = true;
    thread->unusual |= library_unusual;
}

/* The state that a call goes on with; NULL: it is not for us. *own: that of the thread itself, for entry_go_back behind the call.
 * begins: see walkers_enter_task. */
static inline struct thread *entry_go_on(struct thread **own, bool begins)
{
    *own = thread_current();
    return unlikely(walkers_wander) ? walkers_enter_task(own, begins) : *own;
}

static inline void entry_go_back(struct thread *own)
{
    if (unlikely(walkers_wander))
        walkers_leave_task(own);
}

/* Whether a call of an embedded copy is made while an outer one runs. */
COLD bool entry_is_inside(const uintptr_t *slot);

/* In a process that is not watched no statement is known, and a call is not looked at any further. NULL: the process is watched.
 */
static inline __attribute__((always_inline)) const struct sqlite_api *
entry_unwatched(const char *name, const sqlite3_stmt *handle, const uintptr_t *slot)
{
    return likely(!thread_disabled) ? NULL : library_for_call(name, handle, slot);
}

/* The library's own statements are those of its virtual tables (R-tree, FTS), several for each row of the program's: where
 * nothing is unusual, a call on a statement that was not found at once is passed on when the library makes it, whether or not the
 * process is watched. NULL says nothing. */
static inline __attribute__((always_inline)) const struct sqlite_api *entry_own(const uintptr_t *slot)
{
    const struct loaded_copy *first = copies_first_with(&library_kind, *slot);

    if (!first || unlikely(first->patch != NULL) || unlikely(library_unusual) || unlikely(entry_behalf.frame != 0))
        return NULL;
    return &((const struct sqlite_library *)first)->api;
}

/* Around the real call. */
static inline struct entry_outermost entry_go_inside(const struct sqlite_library *library, const uintptr_t *slot)
{
    struct entry_outermost outer = {NULL, 0};

    if (likely(!library_some_embedded))
        return outer;
    outer = entry_outermost;
    if (library->loaded.embedded && !entry_is_inside(slot))
        entry_outermost = (struct entry_outermost){slot, *slot};
    return outer;
}

static inline void entry_come_back(struct entry_outermost outer)
{
    if (unlikely(library_some_embedded))
        entry_outermost = outer;
}

/* Whether the library calls itself, or its calls are of no interest. */
static inline bool entry_is_own(const struct sqlite_library *library, const uintptr_t *slot)
{
    if (unlikely(library->loaded.ignored))
        return true;
    return unlikely(library_contains(library, *slot)) && copies_side_of(&library->loaded, *slot) != COPIES_PROGRAM &&
           (likely(!library->loaded.embedded) || entry_is_inside(slot));
}

/* The state of a statement that came from somewhere that we do not see, or was prepared by a call in tail position; NULL: it is
 * one of SQLite's own, or memory is used up. */
COLD struct stmt *entry_adopt(struct thread *thread, const struct sqlite_library *library, sqlite3_stmt *handle,
                              const uintptr_t *slot);

/* Whether a call that returns to *slot, which is the library's own, was made by sqlite3_exec or sqlite3_get_table for the
 * program. */
static inline bool entry_is_on_behalf(const struct sqlite_library *library, const uintptr_t *slot)
{
    return entry_behalf.frame != 0 && (uintptr_t)slot < entry_behalf.frame &&
           (likely(!library->loaded.patch) || copies_side_of(&library->loaded, *slot) == COPIES_ON_BEHALF);
}

/* Around the real call: nothing that happens inside is on behalf of the program, unless it is sqlite3_exec itself. */
static inline uintptr_t entry_enter(struct thread *thread, uintptr_t frame)
{
    uintptr_t outer = entry_behalf.frame;

    if (likely(thread->plain) && likely(frame == outer) && likely(!library_unusual)) /* it is all so */
        return outer;
    entry_behalf.frame = frame;
    thread->unusual = frame != 0 || library_unusual;
    thread->plain = !thread->unusual && thread->alive && clock_has_tsc;
    return outer;
}

static inline void entry_leave(struct thread *thread, uintptr_t outer)
{
    if (likely(thread->plain) && likely(entry_behalf.frame == outer) && likely(!library_unusual))
        return;
    entry_behalf.frame = outer;
    thread->unusual = outer != 0 || library_unusual;
    thread->plain = !thread->unusual && thread->alive && clock_has_tsc;
}

/* Both, behind a real call. The thread that it came back in (NULL: there is nothing to do): in another one nothing was noted. */
static inline struct thread *entry_again(struct thread *thread, uintptr_t outer, struct entry_outermost outermost)
{
    if (unlikely(thread != thread_self))
        return thread_current();
    entry_leave(thread, outer);
    entry_come_back(outermost);
    return thread;
}

/* A step that counts, with the real one in it: begins an execution where the statement is idle, else goes on with it (step.c). */
int step_counted(struct thread *thread, struct stmt *stmt, const uintptr_t *slot);

/* sqlite3_exec and sqlite3_get_table finalize each statement before they prepare the next one, and by a call that we do not see.
 * Its state must go before the library uses the address for a statement of its own. */
static inline void entry_forget_statement(void)
{
    if (entry_behalf.statement)
        stmt_forget(entry_behalf.statement);
    entry_behalf.statement = NULL;
}

#endif
