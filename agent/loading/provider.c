#include "agent/loading/provider.h"

#include <stdatomic.h>
#include <string.h>

#include "agent/loading/resolve.h"

/* A copy of any library is no larger; it is put together on the stack. */
#define PROVIDER_SIZE_MAX 1024

__thread struct provider_given provider_given;

union provider_copy {
    struct provider provider;
    unsigned char bytes[PROVIDER_SIZE_MAX];
};

static void *api_of(struct provider *provider)
{
    return provider + 1;
}

static void api_set(void *api, const struct provider_symbol *symbol, void *function)
{
    if (!function)
        function = (void *)(uintptr_t)symbol->missing;
    memcpy((char *)api + symbol->offset, &function, sizeof function);
}

/* All functions of the copy that has `function`. Takes the loader's lock, and must therefore hold none of ours: a constructor
 * that opens a database runs with the loader's lock held. */
static bool load(const struct provider_kind *kind, uintptr_t function, struct provider *ret)
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
static const struct provider *publish(struct provider_kind *kind, struct provider *found)
{
    struct provider *provider = NULL;
    size_t i;

    lock_take(&kind->lock);
    for (i = 0; i < PROVIDER_COPIES && (provider = kind->copies[i]); i++) {
        if (memcmp(api_of(provider), api_of(found), kind->size - sizeof *found) == 0)
            break;
    }
    if (i < PROVIDER_COPIES && !provider) {
        provider = pool_alloc(&kind->pool, kind->size);
        if (provider)
            memcpy(provider, found, kind->size);
        atomic_store_explicit(&kind->copies[i], provider, memory_order_release);
        if (kind->copy_added)
            kind->copy_added();
    }
    if (provider) {
        provider->start = found->start;
        provider->end = found->end;
        atomic_store_explicit(&provider->loader_changes, found->loader_changes, memory_order_release);
    }
    lock_release(&kind->lock);
    return provider;
}

/* After a dlclose the range may belong to somebody else. */
static bool is_loaded(const struct provider_kind *kind, struct provider *provider)
{
    const struct provider_symbol *symbol = &kind->symbols[0];
    uint32_t now = lifecycle_loader_changes;
    struct resolve_object object;
    void *known;

    if (likely(atomic_load_explicit(&provider->loader_changes, memory_order_acquire) == now))
        return true;
    memcpy(&known, (const char *)api_of(provider) + symbol->offset, sizeof known);
    if (!resolve_object_at(provider->start, &object) || object.start != provider->start || object.end != provider->end ||
        resolve_in_object(symbol->name, provider->start) != known)
        return false;
    atomic_store_explicit(&provider->loader_changes, now, memory_order_release);
    return true;
}

static const struct provider *caller_known(const struct provider_kind *kind, uintptr_t caller)
{
    uint32_t count = atomic_load_explicit(&kind->caller_count, memory_order_acquire);

    for (uint32_t i = 0; i < count; i++) {
        const struct provider_caller *known = &kind->callers[i];
        if (caller >= known->start && caller < known->end && known->loader_changes == lifecycle_loader_changes)
            return known->provider;
    }
    return NULL;
}

/* Locked. */
static void caller_remember(struct provider_kind *kind, uintptr_t caller, const struct provider *provider)
{
    struct resolve_object object;
    struct provider_caller *known;
    uint32_t i;

    if (!resolve_object_at(caller, &object))
        return;
    for (i = 0; i < kind->caller_count; i++) {
        if (kind->callers[i].start == object.start && kind->callers[i].end == object.end)
            break;
    }
    if (i == PROVIDER_CALLERS)
        return; /* it will be looked up anew each time */
    known = &kind->callers[i];
    known->loader_changes = 0;
    known->start = object.start;
    known->end = object.end;
    known->provider = provider;
    known->loader_changes = lifecycle_loader_changes;
    if (i == kind->caller_count)
        atomic_store_explicit(&kind->caller_count, i + 1, memory_order_release);
}

/* The copy that has a function, which becomes known. */
static const struct provider *copy_with(struct provider_kind *kind, void *function)
{
    union provider_copy found = {.provider.loader_changes = lifecycle_loader_changes};

    if (!function || kind->size > sizeof found || !load(kind, (uintptr_t)function, &found.provider))
        return NULL;
    return publish(kind, &found.provider);
}

const struct provider *provider_pointed_to(const struct provider_kind *kind, const void *object, size_t words)
{
    struct provider *copy;
    uintptr_t word[64];

    memcpy(word, object, words * sizeof word[0]);
    for (size_t i = 0; i < PROVIDER_COPIES && (copy = atomic_load_explicit(&kind->copies[i], memory_order_acquire)); i++) {
        for (size_t j = 0; j < words; j++) {
            if (provider_contains(copy, word[j]) && is_loaded(kind, copy))
                return copy;
        }
    }
    return NULL;
}

/* Nobody knows who calls. */
static COLD const struct provider *for_hidden(struct provider_kind *kind, const char *name, const void *const hints[2])
{
    uint64_t loads = resolve_loads();
    const struct provider *provider = NULL;
    void *functions[2];

    for (size_t i = 0; i < 2 && !provider; i++)
        provider = copy_with(kind, hints[i] ? resolve_in_object(name, (uintptr_t)hints[i]) : NULL);
    if (provider)
        return provider;
    lock_take(&kind->lock);
    if (kind->hidden.loads == loads)
        provider = kind->hidden.provider;
    lock_release(&kind->lock);
    if (provider || resolve_everywhere(name, functions, 2) != 1)
        return provider;
    provider = copy_with(kind, functions[0]);
    lock_take(&kind->lock);
    kind->hidden.provider = provider;
    kind->hidden.loads = loads;
    lock_release(&kind->lock);
    return provider;
}

static COLD const struct provider *discover(struct provider_kind *kind, const char *name, uintptr_t caller,
                                            const void *const hints[2])
{
    void *function = resolve_next(name);
    const struct provider *provider;

    if (!function)
        function = resolve_in_object(name, caller);
    if (!function)
        return for_hidden(kind, name, hints);
    provider = copy_with(kind, function);
    lock_take(&kind->lock);
    caller_remember(kind, caller, provider);
    lock_release(&kind->lock);
    return provider;
}

/* The number is that of the call's own entry: an earlier one left another slot or another return address. */
static const struct provider *given_to(struct provider_kind *kind, const uintptr_t *slot)
{
    struct provider *provider;

    if (likely(provider_given.slot != slot) || provider_given.caller != *slot)
        return NULL;
    provider_given.slot = NULL;
    provider = atomic_load_explicit(&kind->copies[provider_given.copy], memory_order_acquire);
    return provider && is_loaded(kind, provider) ? provider : NULL;
}

const struct provider *provider_for_open(struct provider_kind *kind, const char *name, const uintptr_t *slot,
                                         const void *const hints[2])
{
    const struct provider *provider = given_to(kind, slot);
    struct provider *own;

    if (provider)
        return provider;
    for (size_t i = 0; i < PROVIDER_COPIES && (own = atomic_load_explicit(&kind->copies[i], memory_order_acquire)); i++) {
        if (provider_contains(own, *slot) && is_loaded(kind, own))
            return own;
    }
    provider = caller_known(kind, *slot);
    return provider ? provider : discover(kind, name, *slot, hints);
}

const struct provider *provider_for_caller(struct provider_kind *kind, const char *name, const uintptr_t *slot)
{
    static const void *const no_hints[2];

    return provider_for_open(kind, name, slot, no_hints);
}

const struct provider_symbol *provider_symbol_of(const char *name, struct provider_kind **ret_kind)
{
    for (size_t k = 0; k < provider_kind_count; k++) {
        for (size_t i = 0; i < provider_kinds[k]->symbol_count; i++) {
            const struct provider_symbol *symbol = &provider_kinds[k]->symbols[i];
            if (symbol->entries && strcmp(symbol->name, name) == 0) {
                *ret_kind = provider_kinds[k];
                return symbol;
            }
        }
    }
    return NULL;
}

/* Whether an object has the library: not only functions of these names, as another preload has. In another namespace (dlmopen)
 * the same path is another copy, which we cannot reach. */
static bool is_library(const struct provider_kind *kind, const struct provider_symbol *symbol, void *function)
{
    const char *not_interposed = kind->symbols[kind->symbol_count - 1].name;
    struct resolve_object object;
    uintptr_t other = (uintptr_t)resolve_in_object(not_interposed, (uintptr_t)function);

    return resolve_object_at((uintptr_t)function, &object) && other >= object.start && other < object.end &&
           resolve_in_object(symbol->name, (uintptr_t)function) == function;
}

void *provider_give_out(struct provider_kind *kind, const struct provider_symbol *symbol, void *function)
{
    const struct provider *provider = is_library(kind, symbol, function) ? copy_with(kind, function) : NULL;

    for (size_t i = 0; provider && i < PROVIDER_GIVEN; i++) {
        if (kind->copies[i] == provider)
            return (void *)(uintptr_t)(symbol->entries + i * PROVIDER_ENTRY);
    }
    return function;
}

const void *provider_for_call(struct provider_kind *kind, const char *name, const uintptr_t *slot)
{
    const struct provider *provider = provider_for_caller(kind, name, slot);

    if (provider)
        return provider + 1;
    for (size_t i = 0; i < kind->symbol_count; i++)
        api_set(kind->none, &kind->symbols[i], NULL);
    return kind->none;
}
