#include "agent/unit/unit.h"

void unit_idle(struct thread *thread)
{
    if (!thread->scope_depth && !thread->transactions)
        unit_pause(thread);
}
