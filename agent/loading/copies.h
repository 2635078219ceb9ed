/* The copies of an interposed library in the process: there can be several, and a handle of one must never reach the other.
 *
 * A collector describes its library once: struct client_library with the functions that it interposes or calls. It keeps, for
 * each copy,
 *
 *     struct its_library {
 *         struct loaded_copy loaded;
 *         struct its_api api;         pointers to the functions of this copy
 *     };
 *
 * which is found by who calls, and used again for another copy once this one is unloaded: a handle may outlive the object's
 * mapping only in a program that is broken without us. Look-ups take no lock once the caller's object is known (about 10 ns); the
 * first one of an object takes the loader's lock and may allocate. errno is preserved.
 *
 * Who calls is told by the return address, where the caller's object, or what it was linked with, has the library. Two kinds of
 * callers hide:
 *
 * - What dlsym gave out, to libffi and the like, is not the interposed function but an entry of its own (entries.inc) that
 *   notes which copy it stands for.
 * - A call in tail position leaves no return address. Then the copy is that of the object which owns what it passes (see
 *   copies_for_open), else the only one that anything loaded is bound to. With several the call fails, as the library's own
 *   would: a guess would hand a connection of one copy to another.
 */
#ifndef NPLUS1_AGENT_LOADING_COPIES_H
#define NPLUS1_AGENT_LOADING_COPIES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/compiler.h"
#include "agent/loading/copies_kind.h"
#include "agent/loading/real.h"

#define COPIES_ENTRY 64 /* bytes of an entry, see entries.inc */

/* Notes of an entry about the call that came through it. */
struct copies_given {
    const uintptr_t *slot; /* of the call's return address */
    uintptr_t caller;
    uint64_t copy;
};

extern HIDDEN __thread struct copies_given copies_given __attribute__((tls_model("initial-exec")));

/* Another thread may have held the lock when the process forked. */
static inline void copies_reset_after_fork(struct client_library *kind)
{
    kind->lock = (struct lock){0};
}

/* The copy, when there is just one; NULL: none or several. */
static inline const struct loaded_copy *copies_only(const struct client_library *kind)
{
    const struct loaded_copy *first = atomic_load_explicit(&kind->copies[0], memory_order_relaxed);

    return atomic_load_explicit(&kind->copies[1], memory_order_relaxed) ? NULL : first;
}

/* Defined by collectors/collectors.c. */
extern struct client_library *const copies_kinds[];
extern const size_t copies_kind_count;

/* The copy that was found first, if it has this address; NULL says nothing. */
static inline __attribute__((always_inline)) const struct loaded_copy *copies_first_with(const struct client_library *kind,
                                                                                         uintptr_t address)
{
    const struct loaded_copy *first = atomic_load_explicit(&kind->copies[0], memory_order_acquire);

    return first && first->loader_changes == real_loader_changes && copies_contains(first, address) ? first : NULL;
}

/* The copy that an object of the library points into, in its first words (64 at the most); NULL: none of those known. */
const struct loaded_copy *copies_pointed_to(const struct client_library *kind, const void *object, size_t words);

/* The copy that the call which returns to *slot is for: what it was given out for, or the one that its code is part of or bound
 * to. name: the function that it calls. NULL: there is none, or nobody can tell. */
COLD const struct loaded_copy *copies_for_caller(struct client_library *kind, const char *name, const uintptr_t *slot);

/* Finds the copy for a call that makes a connection. hints: addresses that the call passes (NULL: none), which may be the
 * module's own data. */
COLD const struct loaded_copy *copies_for_open(struct client_library *kind, const char *name, const uintptr_t *slot,
                                               const void *const hints[2]);

/* The api for a call that is passed on at once. When there is no copy, its functions fail as the real ones would. */
COLD const void *copies_for_call(struct client_library *kind, const char *name, const uintptr_t *slot);

/* The interposed function of this name; NULL: none. *ret_kind: whose. */
const struct copies_symbol *copies_symbol_of(const char *name, struct client_library **ret_kind);

/* The address that dlsym gives out for a function of a copy: an entry of ours, or the function itself. */
void *copies_give_out(struct client_library *kind, const struct copies_symbol *symbol, void *function);

#endif
