#include "collectors/sqlite3/entry.h"

#include "agent/loading/resolve.h"

__thread struct entry_outermost entry_outermost;
__thread struct entry_behalf entry_behalf;

void entry_reset(struct thread *thread)
{
    if (!thread->lane) /* which goes on in what its carrier may be in the middle of */
        entry_behalf = (struct entry_behalf){0};
    entry_look(thread);
}

bool entry_is_inside(const uintptr_t *slot)
{
    const struct thread *thread = thread_self;
    const uintptr_t *outer = entry_outermost.slot;
    bool readable = (uintptr_t)slot >= thread->stack_low && (uintptr_t)outer < thread->stack_high;

    return outer && slot < outer && (!readable || *outer == entry_outermost.caller);
}

/* What the library passes on by a jump, as sqlite3_bind_int does with bind_int64, returns to whoever called the first of the
 * two: to us, where the compiler did not end our own function with a jump. With a sanitizer it does not. */
static bool returns_to_us(uintptr_t caller)
{
    struct resolve_object object;

    return resolve_object_at(caller, &object) && object.start <= (uintptr_t)&returns_to_us &&
           (uintptr_t)&returns_to_us < object.end;
}

struct stmt *entry_adopt(struct thread *thread, const struct sqlite_library *library, sqlite3_stmt *handle, const uintptr_t *slot)
{
    if (!library || !handle || !thread || entry_is_own(library, slot) || returns_to_us(*slot))
        return NULL;
    return stmt_add(thread, library, NULL, handle);
}
