/* The entries of a copy of a library whose functions are called directly: each function that is interposed jumps to ours, with a
 * note of which copy is meant (agent/loading/copies.h), and what stood there is called in its place. All of them or none.
 */
#ifndef NPLUS1_AGENT_PATCHING_PATCH_H
#define NPLUS1_AGENT_PATCHING_PATCH_H

#include "agent/loading/copies_kind.h"
#include "agent/patching/find.h"
#include "agent/patching/image.h"
#include "agent/patching/move.h"

enum patch_result {
    PATCH_DONE,
    PATCH_MOVE,   /* a beginning cannot be moved: see move_result */
    PATCH_KNOWN,  /* a function that callers may know more of than the ABI says (reach.h) */
    PATCH_SHARED, /* two functions are one */
    PATCH_MEMORY, /* no memory, or none near the module that may be executed */
    PATCH_WRITE,  /* its code may not be written */
    PATCH_LATE,   /* other threads may be running it */
};

struct patch_outcome {
    enum patch_result result;
    enum move_result move;
    const char *function; /* the one that could not be patched; NULL: none in particular */
};

/* In words, without the function. */
const char *patch_words(const struct patch_outcome *outcome);

/* Whether all that is needed could be patched; changes nothing. */
bool patch_is_possible(const struct image *image, const struct client_library *kind, const struct found_table *table,
                       struct patch_outcome *ret);

/* Nobody may run the module's code meanwhile. alone: no other thread is there. One thread at a time (lookout.c). */
bool patch_copy(const struct image *image, struct client_library *kind, const struct found_table *table, bool alone,
                struct patch_outcome *ret);

#endif
