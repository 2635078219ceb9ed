#include "agent/lifecycle.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <sys/random.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/loading/loader.h"
#include "agent/recording/recording.h"
#include "agent/process/settings.h"
#include "agent/process/thread.h"
#include "agent/base/value.h"

_Atomic uint32_t lifecycle_loader_changes = 1;

static void choose_salt(void)
{
    /* Before the random pool is ready there is the clock: the salt hides values from readers of a core dump, no more. */
    if (getrandom(&value_salt, sizeof value_salt, GRND_NONBLOCK) != (ssize_t)sizeof value_salt)
        value_salt = clock_monotonic_ns() * HASH_K1;
}

/* Everything that a program without a database pays for. The environment is read now: later it may be gone. */
__attribute__((constructor)) static void lifecycle_begin(void)
{
    int saved_errno = errno;

    settings_read();
    loader_start();
    thread_disabled = settings.disabled;
    if (!thread_disabled) {
        clock_start();
        choose_salt();
        thread_start();
    }
    errno = saved_errno;
}

__attribute__((destructor)) static void lifecycle_end(void)
{
    if (thread_process_is_ours())
        recording_end();
}

int lifecycle_give_back(void *handle)
{
    static int (*_Atomic real)(void *);
    int (*function)(void *) = atomic_load_explicit(&real, memory_order_relaxed);

    if (!function) {
        *(void **)&function = dlsym(RTLD_NEXT, "dlclose");
        atomic_store_explicit(&real, function, memory_order_relaxed);
    }
    return function(handle);
}

/* Interposed: addresses that we remember may mean something else after this. */
EXPORT int dlclose(void *handle)
{
    int result = lifecycle_give_back(handle);

    atomic_fetch_add(&lifecycle_loader_changes, 1);
    thread_forget_all();
    return result;
}
