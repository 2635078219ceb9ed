#include "agent/probe/front.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>

#include "agent/base/calm.h"
#include "agent/loading/copies.h"
#include "agent/loading/answers.h"
#include "agent/loading/resolve.h"
#include "agent/stack/walker.h"

#define FRONT_MAX 4
#define WALK_MAX  64

bool front_is_there;

static struct resolve_object in_front[FRONT_MAX];
static size_t front_count;

static bool is_known(uintptr_t address)
{
    for (size_t i = 0; i < front_count; i++) {
        if (address >= in_front[i].start && address < in_front[i].end)
            return true;
    }
    return false;
}

/* Whoever has a function of a library's name before us, and not the library. */
static void look_for(const struct client_library *kind)
{
    const char *not_interposed = kind->symbols[kind->symbol_count - 1].name;

    for (size_t i = 0; i < kind->symbol_count && front_count < FRONT_MAX; i++) {
        bool may_be = kind->symbols[i].entries && answers_precede(kind->symbols[i].name);
        uintptr_t first = may_be ? (uintptr_t)resolve_first(kind->symbols[i].name) : 0, other;
        struct resolve_object object;

        if (!first || is_known(first) || !resolve_object_at(first, &object))
            continue;
        other = (uintptr_t)resolve_in_object(not_interposed, first);
        if (other < object.start || other >= object.end)
            in_front[front_count++] = object;
    }
}

void front_look(void)
{
    static _Atomic bool looked;

    if (atomic_load_explicit(&looked, memory_order_relaxed) || atomic_exchange(&looked, true) || !resolve_is_preceded())
        return;
    calm_begin();
    for (size_t k = 0; k < copies_kind_count; k++)
        look_for(copies_kinds[k]);
    calm_end();
    atomic_thread_fence(memory_order_release);
    front_is_there = front_count > 0;
}

const uintptr_t *front_walk(const uintptr_t *slot)
{
    uintptr_t addresses[WALK_MAX], slots[WALK_MAX];
    size_t count, i = 0;

    if (!is_known(*slot) || !walkers_have_native())
        return slot;
    count = native_walker->walk((uintptr_t)slot, 0, addresses, slots, WALK_MAX);
    while (i < count && is_known(addresses[i]))
        i++;
    return i < count && slots[i] ? (const uintptr_t *)slots[i] : slot;
}
