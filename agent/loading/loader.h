/* The loader's functions that are interposed so that libraries of interest are reached: dlopen, dlmopen, dlsym.
 *
 * After a dlopen or dlmopen with RTLD_DEEPBIND, with which a module finds its library before it finds us (PHP loads its
 * extensions so), the module's references are put right (bindings.h). dlsym gives out an entry of ours for a function that we
 * interpose (agent/loading/copies.h), to those who ask a library for it by name: ctypes, FFI.
 *
 * A watcher's dlopen is called, and its caller's not asked for, where the caller makes no difference. Else all three
 * go on to the real function by a jump: it reads its caller's return address, to know whose RUNPATH and $ORIGIN count, and what
 * RTLD_NEXT means. The jumps are x86-64, as the build is (meson.build refuses others); elsewhere the three would have to be left
 * out, and these programs be unseen. Any thread, before the constructor too: constructors of libraries, which run before ours,
 * call them.
 */
#ifndef NPLUS1_AGENT_LOADING_LOADER_H
#define NPLUS1_AGENT_LOADING_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Functions, besides those that we interpose, that somebody wants to stand in front of when dlsym is asked for them. */
struct loader_claim {
    const char *const *names; /* NULL at the end; luaopen_*: all that begin so */
    /* Returns the address that the code at `caller` gets in place of `function`, which a library has under one of these names:
     * `function` itself, or something that does the same. Any thread, before the agent's start too, in whatever locks the caller
     * of dlsym holds. */
    void *(*give_out)(const char *name, void *function, uintptr_t caller);
};

/* Defined by collectors/collectors.c. */
extern const struct loader_claim *const loader_claims[];
extern const size_t loader_claim_count;

/* Functions of the program's that modules of some kind call by name, and for which others stand in there (bindings.h). */
struct loader_stand_ins {
    const char *kind;         /* a function that such a module has, or calls */
    const char *const *names; /* NULL at the end */
    void (*const *functions)(void);
    bool (*is_known)(void); /* whether those behind them were found; asked when such a module has come, by one thread at a time */
};

/* Defined by collectors/collectors.c. */
extern const struct loader_stand_ins *const loader_stand_ins[];
extern const size_t loader_stand_in_count;

/* Somebody who wants to see what was loaded before the program does. Any thread; none of ours is locked. */
struct loader_watcher {
    bool (*may_call)(const char *file, uintptr_t caller); /* whether dlopen finds the same when we call it */
    unsigned (*opening)(void);                            /* a dlopen begins; what it returns is given to `opened` */
    void (*opened)(void *handle, unsigned at_begin);
    void (*settle)(void); /* something was loaded that could not be seen, some time before */
    void (*closed)(void);
};

void loader_watch(const struct loader_watcher *watcher); /* by the constructor */

void loader_start(void); /* the settings are known */

#endif
