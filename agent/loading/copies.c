#include "agent/loading/copies.h"

#include <stdatomic.h>
#include <string.h>

#include "agent/base/calm.h"
#include "agent/loading/resolve.h"

/* A copy of any library is no larger; it is put together on the stack. */
#define COPIES_SIZE_MAX 1024

__thread struct copies_given copies_given;

union any_copy {
    struct loaded_copy loaded;
    unsigned char bytes[COPIES_SIZE_MAX];
};

static void *api_of(struct loaded_copy *loaded)
{
    return loaded + 1;
}

static void api_set(void *api, const struct copies_symbol *symbol, void *function)
{
    if (!function)
        function = (void *)(uintptr_t)symbol->missing;
    memcpy((char *)api + symbol->offset, &function, sizeof function);
}

/* All functions of the copy that has `function`. Takes the loader's lock, and must therefore hold none of ours: a constructor
 * that opens a database runs with the loader's lock held. */
static bool load(const struct client_library *kind, uintptr_t function, struct loaded_copy *ret)
{
    struct resolve_object object;
    const char *first = kind->symbols[0].name;
    /* Where the program itself means this copy, another preload behind us may stand in for some of its functions. */
    bool is_programs = resolve_next(first) && resolve_next(first) == resolve_in_object(first, function);

    if (!resolve_object_at(function, &object))
        return false;
    ret->start = object.start;
    ret->end = object.end;
    for (size_t i = 0; i < kind->symbol_count; i++) {
        void *symbol = is_programs ? resolve_next(kind->symbols[i].name) : NULL;
        api_set(api_of(ret), &kind->symbols[i], symbol ? symbol : resolve_in_object(kind->symbols[i].name, function));
    }
    return true;
}

/* Makes a copy known, if it is not. */
static const struct loaded_copy *publish(struct client_library *kind, struct loaded_copy *found)
{
    struct loaded_copy *loaded = NULL;
    size_t i;

    lock_take(&kind->lock);
    for (i = 0; i < COPIES_MAX && (loaded = kind->copies[i]); i++) {
        if (memcmp(api_of(loaded), api_of(found), kind->size - sizeof *found) == 0)
            break;
    }
    if (i < COPIES_MAX && !loaded) {
        loaded = pool_alloc(&kind->pool, kind->size);
        if (loaded)
            memcpy(loaded, found, kind->size);
        atomic_store_explicit(&kind->copies[i], loaded, memory_order_release);
        if (kind->copy_added)
            kind->copy_added();
    }
    if (loaded) {
        loaded->start = found->start;
        loaded->end = found->end;
        atomic_store_explicit(&loaded->loader_changes, found->loader_changes, memory_order_release);
    }
    lock_release(&kind->lock);
    return loaded;
}

/* After a dlclose the range may belong to somebody else. */
static bool is_loaded(const struct client_library *kind, struct loaded_copy *loaded)
{
    const struct copies_symbol *symbol = &kind->symbols[0];
    uint32_t now = real_loader_changes;
    struct resolve_object object;
    void *known;

    if (likely(atomic_load_explicit(&loaded->loader_changes, memory_order_acquire) == now))
        return true;
    memcpy(&known, (const char *)api_of(loaded) + symbol->offset, sizeof known);
    if (!resolve_object_at(loaded->start, &object) || object.start != loaded->start || object.end != loaded->end ||
        resolve_in_object(symbol->name, loaded->start) != known)
        return false;
    atomic_store_explicit(&loaded->loader_changes, now, memory_order_release);
    return true;
}

static const struct loaded_copy *caller_known(const struct client_library *kind, uintptr_t caller)
{
    uint32_t count = atomic_load_explicit(&kind->caller_count, memory_order_acquire);

    for (uint32_t i = 0; i < count; i++) {
        const struct copies_caller *known = &kind->callers[i];
        if (caller >= known->start && caller < known->end && known->loader_changes == real_loader_changes)
            return known->loaded;
    }
    return NULL;
}

/* Locked. */
static void caller_remember(struct client_library *kind, uintptr_t caller, const struct loaded_copy *loaded)
{
    struct resolve_object object;
    struct copies_caller *known;
    uint32_t i;

    if (!resolve_object_at(caller, &object))
        return;
    for (i = 0; i < kind->caller_count; i++) {
        if (kind->callers[i].start == object.start && kind->callers[i].end == object.end)
            break;
    }
    if (i == COPIES_CALLERS)
        return; /* it will be looked up anew each time */
    known = &kind->callers[i];
    known->loader_changes = 0;
    known->start = object.start;
    known->end = object.end;
    known->loaded = loaded;
    known->loader_changes = real_loader_changes;
    if (i == kind->caller_count)
        atomic_store_explicit(&kind->caller_count, i + 1, memory_order_release);
}

/* The copy that has a function, which becomes known. */
static const struct loaded_copy *copy_with(struct client_library *kind, void *function)
{
    union any_copy found = {.loaded.loader_changes = real_loader_changes};

    if (!function || kind->size > sizeof found || !load(kind, (uintptr_t)function, &found.loaded))
        return NULL;
    return publish(kind, &found.loaded);
}

const struct loaded_copy *copies_pointed_to(const struct client_library *kind, const void *object, size_t words)
{
    struct loaded_copy *copy;
    uintptr_t word[64];

    memcpy(word, object, words * sizeof word[0]);
    for (size_t i = 0; i < COPIES_MAX && (copy = atomic_load_explicit(&kind->copies[i], memory_order_acquire)); i++) {
        for (size_t j = 0; j < words; j++) {
            if (copies_contains(copy, word[j]) && is_loaded(kind, copy))
                return copy;
        }
    }
    return NULL;
}

/* Nobody knows who calls. */
static COLD const struct loaded_copy *for_hidden(struct client_library *kind, const char *name, const void *const hints[2])
{
    uint64_t loads = resolve_loads();
    const struct loaded_copy *loaded = NULL;
    void *functions[2];

    for (size_t i = 0; i < 2 && !loaded; i++)
        loaded = copy_with(kind, hints[i] ? resolve_in_object(name, (uintptr_t)hints[i]) : NULL);
    if (loaded)
        return loaded;
    lock_take(&kind->lock);
    if (kind->hidden.loads == loads)
        loaded = kind->hidden.loaded;
    lock_release(&kind->lock);
    if (loaded || resolve_everywhere(name, functions, 2) != 1)
        return loaded;
    loaded = copy_with(kind, functions[0]);
    lock_take(&kind->lock);
    kind->hidden.loaded = loaded;
    kind->hidden.loads = loads;
    lock_release(&kind->lock);
    return loaded;
}

static COLD const struct loaded_copy *discover(struct client_library *kind, const char *name, uintptr_t caller,
                                               const void *const hints[2])
{
    void *function = resolve_next(name);
    const struct loaded_copy *loaded;

    if (!function)
        function = resolve_in_object(name, caller);
    if (!function)
        return for_hidden(kind, name, hints);
    loaded = copy_with(kind, function);
    lock_take(&kind->lock);
    caller_remember(kind, caller, loaded);
    lock_release(&kind->lock);
    return loaded;
}

/* The number is that of the call's own entry: an earlier one left another slot or another return address. */
static const struct loaded_copy *given_to(struct client_library *kind, const uintptr_t *slot)
{
    struct loaded_copy *loaded;

    if (likely(copies_given.slot != slot) || copies_given.caller != *slot)
        return NULL;
    copies_given.slot = NULL;
    loaded = atomic_load_explicit(&kind->copies[copies_given.copy], memory_order_acquire);
    return loaded && is_loaded(kind, loaded) ? loaded : NULL;
}

const struct loaded_copy *copies_for_open(struct client_library *kind, const char *name, const uintptr_t *slot,
                                          const void *const hints[2])
{
    const struct loaded_copy *loaded = given_to(kind, slot);
    struct loaded_copy *own;

    if (loaded)
        return loaded;
    for (size_t i = 0; i < COPIES_MAX && (own = atomic_load_explicit(&kind->copies[i], memory_order_acquire)); i++) {
        if (copies_contains(own, *slot) && is_loaded(kind, own))
            return own;
    }
    loaded = caller_known(kind, *slot);
    if (!loaded) {
        calm_begin(); /* the loader takes locks of its own, and allocates */
        loaded = discover(kind, name, *slot, hints);
        calm_end();
    }
    return loaded;
}

const struct loaded_copy *copies_for_caller(struct client_library *kind, const char *name, const uintptr_t *slot)
{
    static const void *const no_hints[2];

    return copies_for_open(kind, name, slot, no_hints);
}

const struct copies_symbol *copies_symbol_of(const char *name, struct client_library **ret_kind)
{
    for (size_t k = 0; k < copies_kind_count; k++) {
        for (size_t i = 0; i < copies_kinds[k]->symbol_count; i++) {
            const struct copies_symbol *symbol = &copies_kinds[k]->symbols[i];
            if (symbol->entries && strcmp(symbol->name, name) == 0) {
                *ret_kind = copies_kinds[k];
                return symbol;
            }
        }
    }
    return NULL;
}

/* Whether an object has the library: not only functions of these names, as another preload has. In another namespace (dlmopen)
 * the same path is another copy, which we cannot reach. */
static bool is_library(const struct client_library *kind, const struct copies_symbol *symbol, void *function)
{
    const char *not_interposed = kind->symbols[kind->symbol_count - 1].name;
    struct resolve_object object;
    uintptr_t other = (uintptr_t)resolve_in_object(not_interposed, (uintptr_t)function);

    return resolve_object_at((uintptr_t)function, &object) && other >= object.start && other < object.end &&
           resolve_in_object(symbol->name, (uintptr_t)function) == function;
}

void *copies_give_out(struct client_library *kind, const struct copies_symbol *symbol, void *function)
{
    const struct loaded_copy *loaded = is_library(kind, symbol, function) ? copy_with(kind, function) : NULL;

    for (size_t i = 0; loaded && i < COPIES_GIVEN; i++) {
        if (kind->copies[i] == loaded)
            return (void *)(uintptr_t)(symbol->entries + i * COPIES_ENTRY);
    }
    return function;
}

const void *copies_for_call(struct client_library *kind, const char *name, const uintptr_t *slot)
{
    const struct loaded_copy *loaded = copies_for_caller(kind, name, slot);

    if (loaded)
        return loaded + 1;
    for (size_t i = 0; i < kind->symbol_count; i++)
        api_set(kind->none, &kind->symbols[i], NULL);
    return kind->none;
}
