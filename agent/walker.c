#include "walker.h"

#include <stdatomic.h>

#include "base/compiler.h"
#include "base/lock.h"
#include "base/log.h"
#include "recording.h"

static _Atomic bool native_works;

void walkers_start(void)
{
    static _Atomic bool begun;
    const char *why = "";

    /* Loading a library takes the loader's lock, which another thread may hold while a constructor opens a connection: so nobody
     * waits here, and the few statements of other threads in these microseconds have a stack of one frame. */
    if (likely(atomic_load_explicit(&begun, memory_order_relaxed)) || atomic_exchange(&begun, true))
        return;
    if (native_walker->start(&why)) {
        atomic_store(&native_works, true);
        return;
    }
    lock_take(&recording_lock);
    recording_note(why);
    lock_release(&recording_lock);
    log_line(LOG_WARN, "%s", why);
}

bool walkers_have_native(void)
{
    return atomic_load_explicit(&native_works, memory_order_relaxed);
}

size_t walkers_in_use(const char **names, size_t max)
{
    size_t count = 0;

    if (walkers_have_native() && count < max)
        names[count++] = native_walker->name;
    return count;
}
