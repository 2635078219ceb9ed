/* What is known of an interposed library and its copies; copies.h says how they are found. */
#ifndef NPLUS1_AGENT_LOADING_COPIES_KIND_H
#define NPLUS1_AGENT_LOADING_COPIES_KIND_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/lock.h"

#define COPIES_MAX     256 /* of one library in a process, at once */
#define COPIES_CALLERS 64  /* objects that call it, remembered */
#define COPIES_GIVEN   4   /* copies whose functions dlsym gives out with us in between */

struct loaded_copy {
    uintptr_t start, end;            /* mapped range of the object that provides it */
    _Atomic uint32_t loader_changes; /* when the range was last known to be right */
    _Atomic bool embedded;           /* in a module that uses it, so that not every call from inside is the library's own */
};

struct copies_symbol {
    const char *name;
    size_t offset;         /* of the pointer in the api */
    void (*missing)(void); /* what stands in when the copy lacks it; NULL: the pointer is NULL */
    const char *entries;   /* COPIES_GIVEN of them, see entries.inc; NULL: not interposed */
};

struct copies_caller {
    uintptr_t start, end;
    const struct loaded_copy *loaded;
    _Atomic uint32_t loader_changes; /* valid while this is real_loader_changes */
};

/* The first symbol is one that every copy has, and so is the last one, which is not interposed. */
struct client_library {
    const struct copies_symbol *symbols;
    size_t symbol_count;
    size_t size;              /* bytes of struct its_library */
    void *storage;            /* COPIES_MAX of them: without its functions no call can be passed on, whatever memory is left */
    void *none;               /* an api, to be filled with what stands in */
    void (*copy_added)(void); /* NULL: nobody wants to know */
    /* From here on zeroed to begin with. */
    struct lock lock; /* guards the writing of all below */
    struct loaded_copy *_Atomic copies[COPIES_MAX];
    struct copies_caller callers[COPIES_CALLERS];
    _Atomic uint32_t caller_count;
    struct { /* what hidden callers mean, while nothing is loaded or unloaded */
        uint64_t loads;
        const struct loaded_copy *loaded;
    } hidden;
};

/* A call whose return address lies here is the library's own. */
static inline bool copies_contains(const struct loaded_copy *loaded, uintptr_t address)
{
    return address - loaded->start < loaded->end - loaded->start;
}

static inline void *copies_api(const struct loaded_copy *loaded)
{
    return (void *)(uintptr_t)(loaded + 1);
}

#endif
