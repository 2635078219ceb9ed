#include "agent/loading/copies.h"

#include <stdatomic.h>
#include <string.h>

#include "agent/base/calm.h"
#include "agent/loading/copies_table.h"
#include "agent/loading/answers.h"
#include "agent/loading/resolve.h"

/* A copy of any library is no larger; it is put together on the stack. */
#define COPIES_SIZE_MAX 1024
#define QUESTIONS       16 /* that are asked at once, on a stack that may be small */

__thread struct copies_given copies_given;

union any_copy {
    struct loaded_copy loaded;
    unsigned char bytes[COPIES_SIZE_MAX];
};

static void api_set(void *api, const struct copies_symbol *symbol, void *function)
{
    if (!function)
        function = (void *)(uintptr_t)symbol->missing;
    memcpy((char *)api + symbol->offset, &function, sizeof function);
}

static void *ask_loader(const char *name, uintptr_t function, bool is_programs)
{
    void *symbol = is_programs ? resolve_next(name) : NULL;

    return symbol ? symbol : resolve_in_object(name, function);
}

/* All functions of the copy that has `function`. Takes the loader's lock, and must therefore hold none of ours: a constructor
 * that opens a database runs with the loader's lock held. */
static bool load(const struct client_library *kind, uintptr_t function, struct loaded_copy *ret)
{
    struct answers_question questions[QUESTIONS];
    struct resolve_object object;
    const char *first = kind->symbols[0].name;
    void *programs = resolve_next(first);
    /* Where the program itself means this copy, another preload behind us may stand in for some of its functions. */
    bool is_programs = programs && programs == resolve_in_object(first, function);

    if (!resolve_object_at(function, &object))
        return false;
    ret->start = object.start;
    ret->end = object.end;
    for (size_t done = 0, count; done < kind->symbol_count; done += count) {
        count = kind->symbol_count - done < QUESTIONS ? kind->symbol_count - done : QUESTIONS;
        for (size_t i = 0; i < count; i++)
            questions[i].name = kind->symbols[done + i].name;
        answers_ask(questions, count, object.start, object.end, is_programs);
        for (size_t i = 0; i < count; i++) {
            const struct answers_question *question = &questions[i];
            api_set(copies_api(ret), &kind->symbols[done + i],
                    question->is_doubtful ? ask_loader(question->name, function, is_programs) : question->found);
        }
    }
    return true;
}

static bool caller_is(const struct copies_caller *known, uintptr_t caller)
{
    return atomic_load_explicit(&known->loader_changes, memory_order_acquire) == real_loader_changes && caller >= known->start &&
           caller < known->end;
}

static const struct loaded_copy *caller_known(const struct client_library *kind, uintptr_t caller)
{
    uint32_t count = atomic_load_explicit(&kind->caller_count, memory_order_acquire);

    for (uint32_t i = 0; i < count; i++) {
        const struct copies_caller *known = &kind->callers[i];
        const struct loaded_copy *loaded;
        if (!caller_is(known, caller))
            continue;
        loaded = known->loaded;
        atomic_thread_fence(memory_order_acquire);
        if (caller_is(known, caller)) /* still: it may have been made another one's meanwhile */
            return loaded;
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
    for (uint32_t old = 0; i == COPIES_CALLERS && old < COPIES_CALLERS; old++) {
        if (kind->callers[old].loader_changes != real_loader_changes)
            i = old; /* it may be gone, or will be looked up anew */
    }
    if (i == COPIES_CALLERS)
        return; /* it will be looked up anew each time */
    known = &kind->callers[i];
    atomic_store(&known->loader_changes, 0);
    known->start = object.start;
    known->end = object.end;
    known->loaded = loaded;
    atomic_store_explicit(&known->loader_changes, real_loader_changes, memory_order_release);
    if (i == kind->caller_count)
        atomic_store_explicit(&kind->caller_count, i + 1, memory_order_release);
}

/* One whose functions were patched, by an address of its module; NULL: none. */
static const struct loaded_copy *patched_with(struct client_library *kind, uintptr_t address)
{
    struct loaded_copy *copy;

    for (size_t i = 0; i < COPIES_MAX && (copy = atomic_load_explicit(&kind->copies[i], memory_order_acquire)); i++) {
        if (copy->patch && copies_is_at(kind, copy, address))
            return copy;
    }
    return NULL;
}

/* The copy that has a function, which becomes known. */
static const struct loaded_copy *copy_with(struct client_library *kind, void *function)
{
    union any_copy found = {.loaded.loader_changes = real_loader_changes};
    const struct loaded_copy *patched = function ? patched_with(kind, (uintptr_t)function) : NULL;

    if (patched)
        return patched;
    if (!function || kind->size > sizeof found || !load(kind, (uintptr_t)function, &found.loaded))
        return NULL;
    return copies_publish(kind, &found.loaded);
}

const struct loaded_copy *copies_pointed_to(const struct client_library *kind, const void *object, size_t words)
{
    struct loaded_copy *copy;
    uintptr_t word[64];

    memcpy(word, object, words * sizeof word[0]);
    for (size_t i = 0; i < COPIES_MAX && (copy = atomic_load_explicit(&kind->copies[i], memory_order_acquire)); i++) {
        for (size_t j = 0; j < words; j++) {
            if (copies_is_at(kind, copy, word[j]))
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
    return loaded && copies_is_loaded(kind, loaded) ? loaded : NULL;
}

const struct loaded_copy *copies_for_open(struct client_library *kind, const char *name, const uintptr_t *slot,
                                          const void *const hints[2])
{
    const struct loaded_copy *loaded = given_to(kind, slot);
    struct loaded_copy *own;

    if (loaded)
        return loaded;
    for (size_t i = 0; i < COPIES_MAX && (own = atomic_load_explicit(&kind->copies[i], memory_order_acquire)); i++) {
        if (copies_is_at(kind, own, *slot))
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
