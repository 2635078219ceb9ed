#include "collectors/sqlite3/entry.h"

__thread struct entry_outermost entry_outermost;
__thread struct entry_behalf entry_behalf;

void entry_reset(void)
{
    entry_behalf = (struct entry_behalf){0};
}

bool entry_is_inside(const uintptr_t *slot)
{
    const struct thread *thread = thread_self;
    const uintptr_t *outer = entry_outermost.slot;
    bool readable = (uintptr_t)slot >= thread->stack_low && (uintptr_t)outer < thread->stack_high;

    return outer && slot < outer && (!readable || *outer == entry_outermost.caller);
}

struct stmt *entry_adopt(struct thread *thread, const struct sqlite_library *library, sqlite3_stmt *handle, const uintptr_t *slot)
{
    if (!library || !handle || !thread || entry_is_own(library, slot))
        return NULL;
    return stmt_add(thread, library, NULL, handle);
}
