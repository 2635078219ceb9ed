/* The copies of an interposed library in the process: there can be several, and a handle of one must never reach the other.
 *
 * A collector describes its library once: struct provider_kind with the functions that it interposes or calls. It keeps, for each
 * copy,
 *
 *     struct its_library {
 *         struct provider provider;
 *         struct its_api api;         pointers to the functions of this copy
 *     };
 *
 * which is found by the address of the code that calls, and never freed: a handle may outlive the object's mapping only in a
 * program that is broken without us. Look-ups take no lock once the caller's object is known (about 10 ns); the first one of
 * an object takes the loader's lock and may allocate. errno is preserved.
 */
#ifndef NPLUS1_PROVIDER_H
#define NPLUS1_PROVIDER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/lock.h"
#include "base/memory.h"

#define PROVIDER_COPIES  16 /* of one library in a process */
#define PROVIDER_CALLERS 64 /* objects that call it, remembered */

struct provider {
    uintptr_t start, end;            /* mapped range of the object that provides it */
    _Atomic uint32_t loader_changes; /* when the range was last known to be right */
};

struct provider_symbol {
    const char *name;
    size_t offset;         /* of the pointer in the api */
    void (*missing)(void); /* what stands in when the copy lacks it; NULL: the pointer is NULL */
};

struct provider_caller {
    uintptr_t start, end;
    const struct provider *provider;
    uint32_t loader_changes; /* valid while this is lifecycle_loader_changes */
};

/* The first symbol is one that every copy has. */
struct provider_kind {
    const struct provider_symbol *symbols;
    size_t symbol_count;
    size_t size;              /* bytes of struct its_library */
    void *none;               /* an api, to be filled with what stands in */
    void (*copy_added)(void); /* NULL: nobody wants to know */
    /* From here on zeroed to begin with. */
    struct lock lock; /* guards the writing of all below */
    struct provider *_Atomic copies[PROVIDER_COPIES];
    struct provider_caller callers[PROVIDER_CALLERS];
    _Atomic uint32_t caller_count;
    struct pool pool;
};

/* Another thread may have held the lock when the process forked. */
static inline void provider_reset_after_fork(struct provider_kind *kind)
{
    kind->lock = (struct lock){0};
}

/* A call whose return address lies here is the library's own. */
static inline bool provider_contains(const struct provider *provider, uintptr_t address)
{
    return address - provider->start < provider->end - provider->start;
}

/* The copy, when there is just one; NULL: none or several. */
static inline const struct provider *provider_only(const struct provider_kind *kind)
{
    const struct provider *first = atomic_load_explicit(&kind->copies[0], memory_order_relaxed);

    return atomic_load_explicit(&kind->copies[1], memory_order_relaxed) ? NULL : first;
}

/* The copy that the code at `caller` means: the one that it is part of, or the one that it is bound to. name: the function
 * that it calls. NULL: there is none. */
COLD const struct provider *provider_for_caller(struct provider_kind *kind, const char *name, uintptr_t caller);

/* The api for a call that is passed on at once. When there is no copy, its functions fail as the real ones would. */
COLD const void *provider_for_call(struct provider_kind *kind, const char *name, uintptr_t caller);

#endif
