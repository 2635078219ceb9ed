#include "agent/loading/copies_table.h"

#include <stdatomic.h>
#include <string.h>

#include "agent/loading/real.h"
#include "agent/loading/resolve.h"

enum presence { THERE, GONE, UNKNOWN };

/* Takes the loader's lock. */
static enum presence look_for(const struct client_library *kind, const struct loaded_copy *loaded)
{
    const struct copies_symbol *symbol = &kind->symbols[0];
    struct resolve_object object;
    void *known, *found;

    memcpy(&known, (const char *)copies_api(loaded) + symbol->offset, sizeof known);
    if (!resolve_object_at(loaded->start, &object) || object.start != loaded->start || object.end != loaded->end)
        return GONE;
    if (loaded->patch) /* what was loaded again has its functions as they were */
        return loaded->patch->at && memcmp((const void *)loaded->patch->at, loaded->patch->jump, COPIES_JUMP) == 0 ? THERE : GONE;
    found = resolve_in_object(symbol->name, loaded->start);
    return found == known ? THERE : found ? GONE : UNKNOWN;
}

static bool is_known_to_be_there(const struct loaded_copy *loaded)
{
    return atomic_load_explicit(&loaded->loader_changes, memory_order_acquire) == real_loader_changes;
}

bool copies_is_loaded(const struct client_library *kind, struct loaded_copy *loaded)
{
    uint32_t now = real_loader_changes;

    if (likely(is_known_to_be_there(loaded)))
        return true;
    if (look_for(kind, loaded) != THERE)
        return false;
    atomic_store_explicit(&loaded->loader_changes, now, memory_order_release);
    return true;
}

/* Asked again at the end: the entry may have been another copy's a moment before. */
bool copies_is_at(const struct client_library *kind, struct loaded_copy *loaded, uintptr_t address)
{
    return copies_contains(loaded, address) && copies_is_loaded(kind, loaded) && copies_contains(loaded, address);
}

/* An entry whose copy is gone: a module that comes and goes may bring its library to another address each time. */
static struct loaded_copy *find_gone(const struct client_library *kind)
{
    struct loaded_copy *loaded;

    for (size_t i = 0; i < COPIES_MAX && (loaded = atomic_load_explicit(&kind->copies[i], memory_order_acquire)); i++) {
        if (!is_known_to_be_there(loaded) && look_for(kind, loaded) == GONE)
            return loaded;
    }
    return NULL;
}

/* Whoever looks at the range first finds it empty or whole, see copies_is_at. */
static void write_over(const struct client_library *kind, struct loaded_copy *loaded, const struct loaded_copy *found)
{
    atomic_store(&loaded->loader_changes, 0);
    loaded->start = loaded->end = 0;
    atomic_thread_fence(memory_order_seq_cst);
    memcpy(copies_api(loaded), copies_api(found), kind->size - sizeof *found);
    atomic_store(&loaded->embedded, false);
    atomic_store(&loaded->ignored, false);
    loaded->patch = found->patch;
    loaded->start = found->start;
    loaded->end = found->end;
    atomic_store_explicit(&loaded->loader_changes, found->loader_changes, memory_order_release);
}

/* Locked. count: entries so far. */
static struct loaded_copy *add(struct client_library *kind, const struct loaded_copy *found, struct loaded_copy *gone,
                               uint32_t gone_since, size_t count)
{
    struct loaded_copy *loaded = gone;

    if (gone && atomic_load(&gone->loader_changes) == gone_since) { /* nobody else has taken it */
        write_over(kind, gone, found);
    } else {
        if (count == COPIES_MAX)
            return NULL;
        loaded = (struct loaded_copy *)(void *)((char *)kind->storage + count * kind->size);
        memcpy(loaded, found, kind->size);
        atomic_store_explicit(&kind->copies[count], loaded, memory_order_release);
    }
    if (kind->copy_added)
        kind->copy_added();
    return loaded;
}

const struct loaded_copy *copies_publish(struct client_library *kind, const struct loaded_copy *found)
{
    struct loaded_copy *known, *loaded = NULL, *gone = find_gone(kind);
    uint32_t gone_since = gone ? atomic_load(&gone->loader_changes) : 0;
    size_t i;

    lock_take(&kind->lock);
    for (i = 0; i < COPIES_MAX && !loaded && (known = kind->copies[i]); i++) {
        if (memcmp(copies_api(known), copies_api(found), kind->size - sizeof *found) == 0)
            loaded = known;
    }
    if (!loaded) {
        loaded = add(kind, found, gone, gone_since, i);
    } else {
        loaded->start = found->start;
        loaded->end = found->end;
        atomic_store_explicit(&loaded->loader_changes, found->loader_changes, memory_order_release);
    }
    lock_release(&kind->lock);
    return loaded;
}
