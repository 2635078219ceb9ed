#include "library.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "base/lock.h"
#include "base/memory.h"
#include "lifecycle.h"
#include "resolve.h"

#define LIBRARIES_MAX 16
#define CALLERS_MAX   64

static struct lock lock; /* guards the writing of everything below */
static struct sqlite_library *_Atomic libraries[LIBRARIES_MAX];
static struct pool pool;

/* Which copy an object's calls go to. */
struct caller {
    uintptr_t start, end;
    const struct sqlite_library *library;
    uint32_t loader_changes; /* valid while this is lifecycle_loader_changes */
};
static struct caller callers[CALLERS_MAX];
static _Atomic uint32_t caller_count;

/* What stands in for a function that is not there. All interposed ones return int; the caller's arguments are simply not used. */
static int missing(void)
{
    return SQLITE_MISUSE;
}

static const struct {
    const char *name;
    size_t offset;
    bool interposed;
} symbols[] = {
#define SYMBOL(type, name, parameters) {"sqlite3_" #name, offsetof(struct sqlite_api, name), true},
    SQLITE_INTERPOSED(SYMBOL)
#undef SYMBOL
#define SYMBOL(type, name, parameters) {"sqlite3_" #name, offsetof(struct sqlite_api, name), false},
        SQLITE_CALLED(SYMBOL)
#undef SYMBOL
};

/* All functions of the copy that has `function`. Takes the loader's lock, and must therefore hold none of ours: a constructor
 * that opens a database runs with the loader's lock held. */
static bool load_api(uintptr_t function, struct sqlite_library *ret)
{
    struct resolve_object object;

    if (!resolve_object_at(function, &object))
        return false;
    ret->start = object.start;
    ret->end = object.end;
    for (size_t i = 0; i < ARRAY_LENGTH(symbols); i++) {
        void *symbol = resolve_in_object(symbols[i].name, function);
        if (!symbol && symbols[i].interposed)
            symbol = (void *)(uintptr_t)missing;
        memcpy((char *)&ret->api + symbols[i].offset, &symbol, sizeof symbol);
    }
    return true;
}

/* Makes a copy known, if it is not. */
static const struct sqlite_library *library_publish(const struct sqlite_library *found)
{
    struct sqlite_library *library = NULL;
    size_t i;

    lock_take(&lock);
    for (i = 0; i < LIBRARIES_MAX && (library = libraries[i]); i++) {
        if (memcmp(&library->api, &found->api, sizeof library->api) == 0)
            break;
    }
    if (i < LIBRARIES_MAX && !library) {
        library = pool_alloc(&pool, sizeof *library);
        if (library)
            *library = *found;
        atomic_store_explicit(&libraries[i], library, memory_order_release);
    }
    if (library) {
        library->start = found->start;
        library->end = found->end;
        atomic_store_explicit(&library->loader_changes, found->loader_changes, memory_order_release);
    }
    lock_release(&lock);
    return library;
}

/* After a dlclose the range may belong to somebody else. */
static bool library_is_loaded(struct sqlite_library *library)
{
    uint32_t now = lifecycle_loader_changes;
    struct resolve_object object;

    if (likely(atomic_load_explicit(&library->loader_changes, memory_order_acquire) == now))
        return true;
    if (!resolve_object_at(library->start, &object) || object.start != library->start || object.end != library->end ||
        resolve_in_object("sqlite3_step", library->start) != *(void **)&library->api.step)
        return false;
    atomic_store_explicit(&library->loader_changes, now, memory_order_release);
    return true;
}

static const struct sqlite_library *caller_known(uintptr_t caller)
{
    uint32_t count = atomic_load_explicit(&caller_count, memory_order_acquire);

    for (uint32_t i = 0; i < count; i++) {
        if (caller >= callers[i].start && caller < callers[i].end && callers[i].loader_changes == lifecycle_loader_changes)
            return callers[i].library;
    }
    return NULL;
}

/* Locked. */
static void caller_remember(uintptr_t caller, const struct sqlite_library *library)
{
    struct resolve_object object;
    uint32_t i;

    if (!resolve_object_at(caller, &object))
        return;
    for (i = 0; i < caller_count; i++) {
        if (callers[i].start == object.start && callers[i].end == object.end)
            break;
    }
    if (i == CALLERS_MAX)
        return; /* it will be looked up anew each time */
    callers[i].loader_changes = 0;
    callers[i].start = object.start;
    callers[i].end = object.end;
    callers[i].library = library;
    callers[i].loader_changes = lifecycle_loader_changes;
    if (i == caller_count)
        atomic_store_explicit(&caller_count, i + 1, memory_order_release);
}

const struct sqlite_library *library_for_caller(const char *name, uintptr_t caller)
{
    struct sqlite_library found = {.loader_changes = lifecycle_loader_changes}, *own;
    const struct sqlite_library *library;
    void *function;

    for (size_t i = 0; i < LIBRARIES_MAX && (own = atomic_load_explicit(&libraries[i], memory_order_acquire)); i++) {
        if (library_contains(own, caller) && library_is_loaded(own))
            return own;
    }
    library = caller_known(caller);
    if (library)
        return library;
    function = resolve_for_caller(name, caller);
    if (!function || !load_api((uintptr_t)function, &found))
        return NULL;
    library = library_publish(&found);
    lock_take(&lock);
    caller_remember(caller, library);
    lock_release(&lock);
    return library;
}

const struct sqlite_api *library_for_call(const char *name, uintptr_t caller)
{
    static struct sqlite_api none;
    const struct sqlite_library *library = library_for_caller(name, caller);

    if (library)
        return &library->api;
    for (size_t i = 0; i < ARRAY_LENGTH(symbols); i++) {
        void *symbol = symbols[i].interposed ? (void *)(uintptr_t)missing : NULL;
        memcpy((char *)&none + symbols[i].offset, &symbol, sizeof symbol);
    }
    return &none;
}
