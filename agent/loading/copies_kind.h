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

/* Whose code calls, in a module that has a library inside. */
enum copies_side {
    COPIES_PROGRAM,   /* not the library's */
    COPIES_OWN,       /* the library's, for its own purposes */
    COPIES_ON_BEHALF, /* one of its functions that run what the program gave them (copies_hidden.behalf_slots) */
};

/* What was written over the beginnings of a copy's functions, which are called directly (agent/patching). */
struct copies_patch {
    uintptr_t at; /* of one of them; 0: nothing is */
    uint8_t jump[8];
    bool late; /* only those of copies_hidden.late */
    enum copies_side (*side_of)(const struct copies_patch *patch, uintptr_t address);
};

#define COPIES_JUMP 5 /* bytes of a jump */

struct loaded_copy {
    uintptr_t start, end;             /* mapped range of the object that provides it */
    const struct copies_patch *patch; /* NULL: its functions are found by name */
    _Atomic uint32_t loader_changes;  /* when the range was last known to be right */
    _Atomic bool ignored;             /* not all calls of it are seen: none counts */
    _Atomic bool embedded;            /* in a module that uses it, so that not every call from inside is the library's own */
};

struct copies_symbol {
    const char *name;
    size_t offset;            /* of the pointer in the api */
    void (*missing)(void);    /* what stands in when the copy lacks it; NULL: the pointer is NULL */
    const char *entries;      /* COPIES_GIVEN of them, see entries.inc; NULL: not interposed */
    void (*interposed)(void); /* our function; NULL: not interposed, or only by name */
};

/* How a copy is known whose functions are called directly: by a table of pointers to them that it keeps for its own modules, as
 * they have no names there; or by the names that a module exports them under. */
struct copies_hidden {
    const char *file_name; /* the library's own begins so; where it is found by names, else NULL: by its table */
    /* Slots of functions that return the version as a text, as a number, and what it was built from as a text. */
    unsigned text_slot, number_slot, source_slot;
    unsigned behalf_slots[2];
    size_t least_slots, least_functions; /* of any version that is known */
    const uint16_t *slots;               /* of each function of the library, in the order of client_library.symbols */
    const char *const *names;            /* likewise */
    const char *part_texts[2];           /* that stand in parts of the library which its table does not lead to */
    size_t opening_count;                /* of them, the first ones: those that make connections */
    size_t interposed_count;             /* likewise, those that are interposed */
    /* Where a compiler has put functions into the program's: numbers of the only ones that are patched then, the first of which
     * runs statements; of those that the copy must have; and a slot that it must have. */
    const uint16_t *late, *late_needed;
    size_t late_count, late_needed_count, late_least_slot;
    /* The slots of a version's table that are known; 0: the texts do not agree, or it is too old. */
    size_t (*slots_of)(const char *version, uint64_t number);
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
    const struct copies_hidden *direct; /* NULL: copies that are called directly are not looked for */
    void (*late)(void);                 /* our function for the first one of direct->late */
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

/* Of an address in the copy's module. Where functions have names, the module is the library. */
static inline enum copies_side copies_side_of(const struct loaded_copy *loaded, uintptr_t address)
{
    return loaded->patch ? loaded->patch->side_of(loaded->patch, address) : COPIES_OWN;
}

static inline void *copies_api(const struct loaded_copy *loaded)
{
    return (void *)(uintptr_t)(loaded + 1);
}

#endif
