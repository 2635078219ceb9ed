/* What is to be written so that a copy's functions come to us, worked out before anything is; pure, for agent and viewer.
 *
 * All functions that are meant and that the copy has, or none. */
#ifndef NPLUS1_AGENT_PATCHING_PLAN_H
#define NPLUS1_AGENT_PATCHING_PLAN_H

#include "agent/patching/find.h"
#include "agent/patching/move.h"

#define PLAN_FUNCTIONS 64
#define PLAN_STUB      64  /* bytes of a jump to ours */
#define PLAN_PLACE     192 /* bytes for a function: that, and its beginning */
#define PLAN_SIZE      (PLAN_FUNCTIONS * PLAN_PLACE)

enum patch_result {
    PATCH_DONE,
    PATCH_MOVE,       /* a beginning cannot be moved: see move_result */
    PATCH_KNOWN,      /* a function that callers may know more of than the ABI says (unknown.h) */
    PATCH_MIXED,      /* it was compiled together with what calls it (callers/mixed.h) */
    PATCH_UNUSED,     /* nothing refers to the functions that open a connection: likewise, or the program uses none */
    PATCH_SHARED,     /* two functions are one */
    PATCH_MEMORY,     /* no memory, or none near the module that may be executed */
    PATCH_WRITE,      /* its code may not be written */
    PATCH_LATE,       /* other threads may be running it */
    PATCH_TRANSLATED, /* valgrind runs a translation of it, made before it was patched */
};

struct patch_outcome {
    enum patch_result result;
    enum move_result move;
    const char *function; /* the one that could not be patched; NULL: none in particular */
};

/* In words, without the function. */
const char *plan_words(const struct patch_outcome *outcome);

struct plan {
    size_t count;
    size_t symbols[PLAN_FUNCTIONS]; /* of the library's, each function's number */
    uintptr_t functions[PLAN_FUNCTIONS];
    struct moved moved[PLAN_FUNCTIONS];
};

/* The address of a function of the library, by its number; 0: the copy has none. */
uintptr_t plan_function(const struct copies_hidden *library, const struct found_table *table, size_t symbol);

/* only: numbers of the functions that are meant, library->late_count of them; NULL: all that are interposed. place: where
 * PLAN_SIZE bytes for code will be. False: *outcome says why not. */
bool plan_make(const struct image *image, const struct copies_hidden *library, const struct found_table *table,
               const uint16_t *only, uintptr_t place, struct plan *plan, struct patch_outcome *outcome);

#endif
