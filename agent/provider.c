#include "provider.h"

#include <stdatomic.h>
#include <string.h>

#include "lifecycle.h"
#include "resolve.h"

/* A copy of any library is no larger; it is put together on the stack. */
#define PROVIDER_SIZE_MAX 1024

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

static COLD const struct provider *discover(struct provider_kind *kind, const char *name, uintptr_t caller)
{
    union provider_copy found = {.provider.loader_changes = lifecycle_loader_changes};
    const struct provider *provider;
    void *function = resolve_for_caller(name, caller);

    if (!function || kind->size > sizeof found || !load(kind, (uintptr_t)function, &found.provider))
        return NULL;
    provider = publish(kind, &found.provider);
    lock_take(&kind->lock);
    caller_remember(kind, caller, provider);
    lock_release(&kind->lock);
    return provider;
}

const struct provider *provider_for_caller(struct provider_kind *kind, const char *name, uintptr_t caller)
{
    const struct provider *provider;
    struct provider *own;

    for (size_t i = 0; i < PROVIDER_COPIES && (own = atomic_load_explicit(&kind->copies[i], memory_order_acquire)); i++) {
        if (provider_contains(own, caller) && is_loaded(kind, own))
            return own;
    }
    provider = caller_known(kind, caller);
    return provider ? provider : discover(kind, name, caller);
}

const void *provider_for_call(struct provider_kind *kind, const char *name, uintptr_t caller)
{
    const struct provider *provider = provider_for_caller(kind, name, caller);

    if (provider)
        return provider + 1;
    for (size_t i = 0; i < kind->symbol_count; i++)
        api_set(kind->none, &kind->symbols[i], NULL);
    return kind->none;
}
