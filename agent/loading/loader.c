#include "agent/loading/loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/loading/bindings.h"
#include "agent/loading/copies.h"
#include "agent/loading/real.h"
#include "agent/loading/resolve.h"
#include "agent/process/settings.h"
#include "agent/process/thread.h"

/* Called and read by the jumps of entries.S, which the compiler does not see. */
HIDDEN bool loader_answers(void *handle, const char *name, uintptr_t caller) __attribute__((used));
HIDDEN void *loader_dlsym(void *handle, const char *name) __attribute__((used));
HIDDEN bool loader_calls(const char *file, int mode, uintptr_t caller) __attribute__((used));
HIDDEN void *loader_dlopen(const char *file, int mode) __attribute__((used));
HIDDEN void loader_settle(void) __attribute__((used));
__attribute__((used)) HIDDEN bool loader_is_watched;

static const struct loader_watcher *watcher;
static _Atomic bool is_unsettled; /* something was loaded that the watcher has not seen */

/* Whether a name that begins with this letter may be one that we answer for; until loader_start has looked, any may. A sanitizer
 * asks so early that not even its strcmp works: with one none is, until then. */
#define LETTERS 256
#ifdef WITH_SANITIZER
#define UNTIL_START false
#else
#define UNTIL_START true
#endif
__attribute__((used)) HIDDEN bool loader_first_letters[LETTERS] = {[0 ... LETTERS - 1] = UNTIL_START};

static bool is_claimed(const char *claimed, const char *name)
{
    size_t length = strlen(claimed) - 1;

    return claimed[length] == '*' ? strncmp(claimed, name, length) == 0 : strcmp(claimed, name) == 0;
}

static const struct loader_claim *claim_of(const char *name)
{
    for (size_t i = 0; i < loader_claim_count; i++) {
        for (const char *const *claimed = loader_claims[i]->names; *claimed; claimed++) {
            if (is_claimed(*claimed, name))
                return loader_claims[i];
        }
    }
    return NULL;
}

static bool is_ours(void *symbol)
{
    struct resolve_object agent;

    return resolve_object_at((uintptr_t)&is_ours, &agent) && (uintptr_t)symbol >= agent.start && (uintptr_t)symbol < agent.end;
}

/* Whether a name is there for the code at `caller` when we are not. */
static bool is_there(const char *name, uintptr_t caller)
{
    return resolve_next(name) || resolve_in_object(name, caller);
}

/* Whether the answer to a dlsym is ours to give: of a library for a function that we interpose or that a walker wants to know of,
 * and of everything for one that no library has, where our own would be found. What else there is, only the real dlsym knows. */
bool loader_answers(void *handle, const char *name, uintptr_t caller)
{
    bool of_library = handle != RTLD_DEFAULT && handle != RTLD_NEXT;
    struct client_library *kind;

    if (of_library && settings.disabled)
        return false;
    if (!copies_symbol_of(name, &kind))
        return of_library && claim_of(name) != NULL;
    return of_library || !is_there(name, caller);
}

void *loader_dlsym(void *handle, const char *name)
{
    struct client_library *kind;
    const struct copies_symbol *interposed = copies_symbol_of(name, &kind);
    const struct loader_claim *claim = interposed ? NULL : claim_of(name);
    uintptr_t caller = (uintptr_t)__builtin_return_address(0); /* of dlsym, which jumps here */
    int saved_errno = errno;
    void *symbol;

    if (handle == RTLD_DEFAULT || handle == RTLD_NEXT)
        return real_dlsym(RTLD_NEXT, name); /* NULL, and dlerror says why */
    symbol = real_dlsym(handle, name);
    if (claim) {
        if (symbol) {
            symbol = claim->give_out(name, symbol, caller);
            dlerror();
            errno = saved_errno;
        }
        return symbol;
    }
    if (is_ours(symbol)) /* the handle is the program's: everything is searched */
        symbol = real_dlsym(RTLD_NEXT, name);
    if (symbol) {
        symbol = copies_give_out(kind, interposed, symbol);
        dlerror(); /* nothing that the program did has failed */
        errno = saved_errno;
    }
    return symbol;
}

/* Whether dlopen is to be called rather than jumped to. */
bool loader_calls(const char *file, int mode, uintptr_t caller)
{
    if (!file || !*file || mode & RTLD_NOLOAD)
        return false;
    if (watcher->may_call(file, caller))
        return true;
    atomic_store(&is_unsettled, true);
    bindings_pending = true; /* for loader_settle to be called */
    return false;
}

void *loader_dlopen(const char *file, int mode)
{
    unsigned at_begin = watcher->opening();
    void *handle = real_dlopen(file, mode);

    if (handle)
        watcher->opened(handle, at_begin);
    return handle;
}

void loader_settle(void)
{
    bindings_settle();
    if (watcher && atomic_exchange(&is_unsettled, false))
        watcher->settle();
}

void loader_watch(const struct loader_watcher *who)
{
    watcher = who;
    loader_is_watched = true;
}

void loader_start(void)
{
    memset(loader_first_letters, 0, sizeof loader_first_letters);
    for (size_t i = 0; i < copies_kind_count; i++) {
        for (size_t j = 0; j < copies_kinds[i]->symbol_count; j++)
            loader_first_letters[(unsigned char)copies_kinds[i]->symbols[j].name[0]] = true;
    }
    for (size_t i = 0; i < loader_claim_count; i++) {
        for (const char *const *name = loader_claims[i]->names; *name; name++)
            loader_first_letters[(unsigned char)**name] = true;
    }
    for (size_t i = 0; i < loader_stand_in_count; i++)
        bindings_stand_in(loader_stand_ins[i]->kind, loader_stand_ins[i]->names, loader_stand_ins[i]->functions,
                          loader_stand_ins[i]->is_known);
    bindings_start();
}

/* Interposed: addresses that we remember may mean something else after this. */
EXPORT int dlclose(void *handle)
{
    int result = real_dlclose(handle);

    atomic_fetch_add(&real_loader_changes, 1);
    bindings_forget();
    if (watcher)
        watcher->closed();
    thread_forget_all();
    return result;
}
