/* The copies of an interposed library in the process: there can be several, and a handle of one must never reach the other.
 *
 * A collector describes its library once: struct provider_kind with the functions that it interposes or calls. It keeps, for each
 * copy,
 *
 *     struct its_library {
 *         struct provider provider;
 *         struct its_api api;         pointers to the functions of this copy
 *     };
 *
 * which is found by who calls, and never freed: a handle may outlive the object's mapping only in a
 * program that is broken without us. Look-ups take no lock once the caller's object is known (about 10 ns); the first one of
 * an object takes the loader's lock and may allocate. errno is preserved.
 *
 * Who calls is told by the return address, where the caller's object, or what it was linked with, has the library. Two kinds of
 * callers hide:
 *
 * - What dlsym gave out, to libffi and the like, is not the interposed function but an entry of its own (PROVIDER_ENTRIES) that
 *   notes which copy it stands for.
 * - A call in tail position leaves no return address. Then the copy is that of the object which owns what it passes (see
 *   provider_for_open), else the only one that anything loaded is bound to. With several the call fails, as the library's own
 *   would: a guess would hand a connection of one copy to another.
 */
#ifndef NPLUS1_PROVIDER_H
#define NPLUS1_PROVIDER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/compiler.h"
#include "agent/base/lock.h"
#include "agent/base/memory.h"
#include "agent/lifecycle.h"

#define PROVIDER_COPIES  16 /* of one library in a process */
#define PROVIDER_CALLERS 64 /* objects that call it, remembered */
#define PROVIDER_GIVEN   4  /* copies whose functions dlsym gives out with us in between */

struct provider {
    uintptr_t start, end;            /* mapped range of the object that provides it */
    _Atomic uint32_t loader_changes; /* when the range was last known to be right */
    _Atomic bool embedded;           /* in a module that uses it, so that not every call from inside is the library's own */
};

struct provider_symbol {
    const char *name;
    size_t offset;         /* of the pointer in the api */
    void (*missing)(void); /* what stands in when the copy lacks it; NULL: the pointer is NULL */
    const char *entries;   /* by PROVIDER_ENTRIES; NULL: not interposed */
};

/* PROVIDER_GIVEN entries of PROVIDER_ENTRY bytes into an interposed function: each says in provider_given that this very call is
 * for the copy of its number, and goes on by a jump. */
#define PROVIDER_ENTRY 64
#define PROVIDER_ENTER(function, copy)                                                                                           \
    ".p2align 6\n"                                                                                                               \
    "endbr64\n"                                                                                                                  \
    "movq provider_given@gottpoff(%rip), %r11\n"                                                                                 \
    "movq (%rsp), %r10\n"                                                                                                        \
    "movq %rsp, %fs:(%r11)\n"                                                                                                    \
    "movq %r10, %fs:8(%r11)\n"                                                                                                   \
    "movq $" copy ", %fs:16(%r11)\n"                                                                                             \
    "jmp " function "\n"
#define PROVIDER_ENTRIES(label, function)                                                                                        \
    __asm__(".text\n"                                                                                                            \
            ".p2align 6\n"                                                                                                       \
            ".globl " label "\n"                                                                                                 \
            ".hidden " label "\n"                                                                                                \
            ".type " label ", @function\n" label ":\n"                                                                           \
            ".cfi_startproc\n" PROVIDER_ENTER(function, "0") PROVIDER_ENTER(function, "1") PROVIDER_ENTER(function, "2")         \
                PROVIDER_ENTER(function, "3") ".cfi_endproc\n"                                                                   \
                                              ".size " label ", .-" label "\n")

struct provider_given {
    const uintptr_t *slot; /* of the call's return address */
    uintptr_t caller;
    uint64_t copy;
};

extern HIDDEN __thread struct provider_given provider_given __attribute__((tls_model("initial-exec")));

struct provider_caller {
    uintptr_t start, end;
    const struct provider *provider;
    uint32_t loader_changes; /* valid while this is lifecycle_loader_changes */
};

/* The first symbol is one that every copy has, and so is the last one, which is not interposed. */
struct provider_kind {
    const struct provider_symbol *symbols;
    size_t symbol_count;
    size_t size;              /* bytes of struct its_library */
    void *none;               /* an api, to be filled with what stands in */
    void (*copy_added)(void); /* NULL: nobody wants to know */
    /* From here on zeroed to begin with. */
    struct lock lock; /* guards the writing of all below */
    struct provider *_Atomic copies[PROVIDER_COPIES];
    struct provider_caller callers[PROVIDER_CALLERS];
    _Atomic uint32_t caller_count;
    struct { /* what hidden callers mean, while nothing is loaded or unloaded */
        uint64_t loads;
        const struct provider *provider;
    } hidden;
    struct pool pool;
};

/* Another thread may have held the lock when the process forked. */
static inline void provider_reset_after_fork(struct provider_kind *kind)
{
    kind->lock = (struct lock){0};
}

/* A call whose return address lies here is the library's own. */
static inline bool provider_contains(const struct provider *provider, uintptr_t address)
{
    return address - provider->start < provider->end - provider->start;
}

/* The copy, when there is just one; NULL: none or several. */
static inline const struct provider *provider_only(const struct provider_kind *kind)
{
    const struct provider *first = atomic_load_explicit(&kind->copies[0], memory_order_relaxed);

    return atomic_load_explicit(&kind->copies[1], memory_order_relaxed) ? NULL : first;
}

/* Defined by collectors/collectors.c. */
extern struct provider_kind *const provider_kinds[];
extern const size_t provider_kind_count;

/* The copy that was found first, if it has this address; NULL says nothing. */
static inline const struct provider *provider_first_with(const struct provider_kind *kind, uintptr_t address)
{
    const struct provider *first = atomic_load_explicit(&kind->copies[0], memory_order_acquire);

    return first && provider_contains(first, address) && first->loader_changes == lifecycle_loader_changes ? first : NULL;
}

/* The copy that an object of the library points into, in its first words (64 at the most); NULL: none of those known. */
const struct provider *provider_pointed_to(const struct provider_kind *kind, const void *object, size_t words);

/* The copy that the call which returns to *slot is for: what it was given out for, or the one that its code is part of or bound
 * to. name: the function that it calls. NULL: there is none, or nobody can tell. */
COLD const struct provider *provider_for_caller(struct provider_kind *kind, const char *name, const uintptr_t *slot);

/* The same for a call that makes a connection. hints: addresses that the call passes (NULL: none), which may be the module's own
 * data. */
COLD const struct provider *provider_for_open(struct provider_kind *kind, const char *name, const uintptr_t *slot,
                                              const void *const hints[2]);

/* The api for a call that is passed on at once. When there is no copy, its functions fail as the real ones would. */
COLD const void *provider_for_call(struct provider_kind *kind, const char *name, const uintptr_t *slot);

/* The interposed function of this name; NULL: none. *ret_kind: whose. */
const struct provider_symbol *provider_symbol_of(const char *name, struct provider_kind **ret_kind);

/* What dlsym gives out for a function of a copy: an entry of ours, or the function itself. */
void *provider_give_out(struct provider_kind *kind, const struct provider_symbol *symbol, void *function);

#endif
